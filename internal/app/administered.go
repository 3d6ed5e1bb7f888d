package app

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"

	"poolhouse.dev/internal/caller"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/sigv4"
)

// administered answers administrators' calls beside the operations: signed like those,
// recorded like those, and answered in their form.
type administered struct {
	verifier *sigv4.Verifier
	sourceIP func(*http.Request) string
	timeout  time.Duration
	logger   *slog.Logger
}

// adminCall does what a call asks for. It returns the answer, and what the record tells
// of the call beside who made it and how it ended.
type adminCall func(ctx context.Context, r *http.Request, body []byte) (answer any, told []slog.Attr, err error)

// handle returns the handler of a call. maxBody bounds its body, in bytes; 0 is a call
// without one.
func (a administered) handle(operation string, maxBody int64, call adminCall) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), a.timeout)
		defer cancel()
		var who sigv4.Identity
		var result any
		var told []slog.Attr
		body, err := readBody(w, r, maxBody)
		if err == nil {
			who, err = a.verifier.Verify(r, body)
		}
		if err == nil {
			result, told, err = call(caller.With(ctx, caller.Caller{AccessKeyID: who.AccessKeyID, Region: who.Region}), r, body)
		}
		a.logger.LogAttrs(ctx, slog.LevelInfo, "audit", append([]slog.Attr{
			slog.String("operation", operation), slog.String("outcome", fault.Outcome(err)),
			slog.String("principal", who.AccessKeyID), slog.String("region", who.Region), slog.String("source_ip", a.sourceIP(r)),
		}, told...)...)
		a.answer(w, result, err)
	})
}

func readBody(w http.ResponseWriter, r *http.Request, most int64) ([]byte, error) {
	if most == 0 {
		return nil, nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	if err != nil {
		return nil, fault.InvalidParameterf("The body cannot be read, or is longer than %d bytes.", most)
	}
	return body, nil
}

func (a administered) answer(w http.ResponseWriter, result any, err error) {
	if err == nil {
		var body []byte
		if body, err = json.Marshal(result); err == nil {
			answer(w, http.StatusOK, string(body))
			return
		}
	}
	f := fault.As(err)
	if f == nil {
		a.logger.Error("an administrator's call failed", "error", err)
		f = fault.Internal()
	}
	body, _ := json.Marshal(map[string]string{"__type": f.Code, "message": f.Message})
	answer(w, f.Status(), string(body))
}
