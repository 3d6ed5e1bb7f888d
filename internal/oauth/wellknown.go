// Package oauth has the endpoints by which others verify a pool's tokens. It
// translates between HTTP and package token and decides nothing.
package oauth

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
)

// Documents makes a pool's public documents. A pool that is not there is a
// fault.
type Documents interface {
	JWKS(ctx context.Context, id pool.ID) ([]byte, error)
	Discovery(ctx context.Context, id pool.ID) ([]byte, error)
}

// Paths of the documents, below the pool's id.
const (
	JWKSPattern      = "/{pool}/.well-known/jwks.json"
	DiscoveryPattern = "/{pool}/.well-known/openid-configuration"
)

// Mount adds the endpoints to mux. They are public and answer any origin.
func Mount(mux *http.ServeMux, d Documents, logger *slog.Logger) {
	mux.Handle("GET "+JWKSPattern, document(d.JWKS, logger))
	mux.Handle("GET "+DiscoveryPattern, document(d.Discovery, logger))
}

func document(load func(context.Context, pool.ID) ([]byte, error), logger *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status := http.StatusOK
		id := pool.ID(r.PathValue("pool"))
		var body []byte
		var err error = errNoPool
		if hasForm(id) {
			body, err = load(r.Context(), id)
		}
		if err != nil {
			status, body = http.StatusNotFound, []byte(`{"message":"There is no such user pool."}`)
			if fault.As(err) == nil {
				logger.Error("a public document could not be made", "path", r.URL.Path, "error", err)
				status, body = http.StatusInternalServerError, []byte(`{"message":"Internal server error."}`)
			}
		}
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Content-Length", strconv.Itoa(len(body)))
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("X-Content-Type-Options", "nosniff")
		if status == http.StatusOK {
			h.Set("Cache-Control", "public, max-age=60")
		}
		w.WriteHeader(status)
		_, _ = w.Write(body)
	})
}

var errNoPool = fault.ResourceNotFoundf("There is no such user pool.")

// hasForm reports whether id could be a pool's; in a path anything can stand.
func hasForm(id pool.ID) bool {
	return id.Name() != "" && len(id) <= 55 && !strings.ContainsFunc(string(id), func(r rune) bool {
		return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
}
