package web

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"poolhouse.dev/internal/caller"
	"poolhouse.dev/internal/code"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/guard"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/webacl"
)

// maxForm bounds what a button sends, in bytes.
const maxForm = 16 << 10

// Config is what the pages work with.
type Config struct {
	// Confirm confirms a sign-up. Its faults are those of ConfirmSignUp, of which
	// ExpiredCodeException stands for every link that is of no use.
	Confirm func(ctx context.Context, client pool.ClientID, username, code string) error
	// UndoEmail undoes a change of an e-mail address. Its faults are those of
	// package api/users.
	UndoEmail func(ctx context.Context, p pool.ID, sub user.Sub, token string) error
	// Feedback notes whose a sign-in was. Its faults are those of
	// UpdateAuthEventFeedback, of which NotAuthorizedException stands for every link
	// that is of no use.
	Feedback func(ctx context.Context, p pool.ID, value, token string) error
	// Guard judges a visit by the web ACL of its pool, which is "" for a link that
	// names none, with what a button sent, if it was one.
	Guard func(ctx context.Context, r *http.Request, operation string, p pool.ID, sent []byte) webacl.Verdict
	// Allow refuses what comes too often, as it does for the operation.
	Allow func(ctx context.Context, operation string, p pool.ID) error
	// PoolOf returns the pool of a client, and Known a pool's own id, "" for what is
	// not there.
	PoolOf func(ctx context.Context, client pool.ClientID) (pool.ID, error)
	Known  func(ctx context.Context, id pool.ID) (pool.ID, error)
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
	for _, page := range []struct {
		path, operation string
		poolOf          func(context.Context, url.Values) (pool.ID, error)
		ask, act        func(visit)
	}{
		{code.ConfirmPath, "ConfirmSignUp", p.poolOfLink, p.askToConfirm, p.confirm},
		// Undoing a change is what VerifyUserAttribute does, the other way round.
		{code.UndoPath, "VerifyUserAttribute", p.poolOfUndo, p.askToUndo, p.undo},
		{guard.FeedbackPath, "UpdateAuthEventFeedback", p.poolOfFeedback, p.askForFeedback, p.giveFeedback},
	} {
		for _, path := range []string{page.path + "{$}", strings.TrimSuffix(page.path, "/")} {
			mux.HandleFunc("GET "+path, p.visited(page.operation, page.poolOf, page.ask))
			mux.HandleFunc("POST "+path, p.visited(page.operation, page.poolOf, page.act))
		}
	}
}

// visit is one request for a page.
type visit struct {
	w http.ResponseWriter
	// ctx has the caller and the time that the visit may take.
	ctx context.Context
	// values are those of the link, or those that its button sent.
	values url.Values
	pool   pool.ID
}

// visited serves a page that stands for an operation, to those whom the pool's web
// ACL lets pass. poolOf tells the pool that the page is about.
func (p *Pages) visited(operation string, poolOf func(context.Context, url.Values) (pool.ID, error), serve func(visit)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who := caller.Caller{Account: p.Account, SourceIP: p.SourceIP(r), UserAgent: r.UserAgent()}
		ctx, cancel := context.WithTimeout(caller.With(r.Context(), who), p.Timeout)
		defer cancel()
		v := visit{w: w, ctx: ctx, values: r.URL.Query()}
		var sent []byte
		if r.Method == http.MethodPost {
			var err error
			if sent, err = io.ReadAll(http.MaxBytesReader(w, r.Body, maxForm)); err == nil {
				v.values, err = url.ParseQuery(string(sent))
			}
			if err != nil {
				v.values = nil // and so incomplete
			}
		}
		var err error
		if v.pool, err = poolOf(ctx, v.values); err != nil {
			p.fail(w, err, broken)
			return
		}
		if verdict := p.Guard(ctx, r, operation, v.pool, sent); verdict.Block {
			showBlocked(w, verdict.Custom)
			return
		}
		if r.Method == http.MethodPost {
			if err := p.Allow(ctx, operation, v.pool); err != nil {
				p.fail(w, err, broken)
				return
			}
		}
		serve(v)
	}
}

// showBlocked shows the answer that a web ACL gives, or the usual page.
func showBlocked(w http.ResponseWriter, own *webacl.Response) {
	if own == nil || own.Body == "" {
		status := http.StatusForbidden
		if own != nil {
			status = own.Status
		}
		show(w, status, blocked)
		return
	}
	h := w.Header()
	h.Set("Content-Type", own.ContentType)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'")
	w.WriteHeader(own.Status)
	_, _ = io.WriteString(w, own.Body)
}

// audit leaves a record of what a button did to an account, as there is one of the
// operation that it stands for.
func (p *Pages) audit(v visit, operation string, err error) {
	p.Logger.LogAttrs(v.ctx, slog.LevelInfo, "audit", slog.String("operation", operation), slog.String("outcome", fault.Outcome(err)),
		slog.String("pool", string(v.pool)), slog.String("source_ip", caller.From(v.ctx).SourceIP))
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
	blocked = page{
		Title: "This request is not allowed", Said: "alert",
		Text: "The rules of this site do not let it pass. If you think that is wrong, tell the people who run the application.",
	}
	broken = page{
		Title: "Something went wrong here", Said: "alert",
		Text: "It is not your fault. Please open the link again in a few minutes.",
	}
)
