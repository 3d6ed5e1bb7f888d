package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"poolhouse.dev/internal/caller"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
)

// maxForm bounds what a button sends, in bytes.
const maxForm = 16 << 10

// Config is what the pages work with.
type Config struct {
	// Confirm confirms a sign-up. Its faults are those of ConfirmSignUp, of which
	// ExpiredCodeException stands for every link that is of no use.
	Confirm func(ctx context.Context, client pool.ClientID, username, code string) error
	// Allow refuses what comes too often, as it does for the operation; the pool is
	// "" for one that is not there.
	Allow func(ctx context.Context, operation string, p pool.ID) error
	// PoolOf returns the pool of a client, "" for one that is not there.
	PoolOf func(ctx context.Context, client pool.ClientID) (pool.ID, error)
	// SourceIP tells where a request comes from.
	SourceIP func(*http.Request) string
	// Account is the twelve-digit account id that the server plays.
	Account string
	Timeout time.Duration
	Logger  *slog.Logger
}

// Pages are the pages. They are safe for concurrent use.
type Pages struct{ Config }

// New returns the pages.
func New(c Config) *Pages { return &Pages{c} }

// Mount adds the pages to mux.
func (p *Pages) Mount(mux *http.ServeMux) {
	for _, path := range []string{confirmPath + "{$}", strings.TrimSuffix(confirmPath, "/")} {
		mux.HandleFunc("GET "+path, p.askToConfirm)
		mux.HandleFunc("POST "+path, p.confirm)
	}
}

// call runs what a button asks for, as the operation of a client that it stands
// for.
func (p *Pages) call(r *http.Request, operation string, client pool.ClientID, do func(context.Context) error) error {
	c := caller.Caller{Account: p.Account, SourceIP: p.SourceIP(r), UserAgent: r.UserAgent()}
	ctx, cancel := context.WithTimeout(caller.With(r.Context(), c), p.Timeout)
	defer cancel()
	id, err := p.PoolOf(ctx, client)
	if err != nil {
		return err
	}
	if err := p.Allow(ctx, operation, id); err != nil {
		return err
	}
	return do(ctx)
}

// form reads what a button sent; nil after a refusal.
func form(w http.ResponseWriter, r *http.Request) url.Values {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		show(w, http.StatusBadRequest, incomplete)
		return nil
	}
	return r.PostForm
}

// fail shows the page of an error that is the same everywhere, with stale for a
// link that is of no use.
func (p *Pages) fail(w http.ResponseWriter, err error, stale page) {
	f := fault.As(err)
	switch {
	case f == nil:
		p.Logger.Error("a page could not be answered", "error", err)
		show(w, http.StatusInternalServerError, broken)
	case f.Is(fault.TooManyRequests("")), f.Is(fault.LimitExceeded("")):
		show(w, http.StatusTooManyRequests, tooOften)
	case f.Is(fault.ExpiredCode("")), f.Is(fault.CodeMismatch("")), f.Is(fault.NotAuthorized("")):
		show(w, http.StatusBadRequest, stale)
	default:
		show(w, http.StatusBadRequest, page{Title: "That did not work", Text: f.Message, Said: "alert"})
	}
}

var (
	incomplete = page{
		Title: "This link is not complete", Said: "alert",
		Text: "Part of its address is missing. Open it from the message again, or copy the whole of it.",
	}
	tooOften = page{
		Title: "Too many attempts", Said: "alert",
		Text: "Please wait a while and open the link again.",
	}
	broken = page{
		Title: "Something went wrong here", Said: "alert",
		Text: "It is not your fault. Please open the link again in a few minutes.",
	}
)
