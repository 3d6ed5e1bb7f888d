package app

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"time"

	"poolhouse.dev/internal/caller"
	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/sigv4"
	"poolhouse.dev/internal/token"
)

// rotationPath is where administrators exchange the signing keys of a pool, with
// requests that are signed like those of operations.
const rotationPath = "/_poolhouse/rotate-keys"

// defaultAnnouncement is how long new keys are published before they sign: longer than
// any common library remembers a set of keys.
const defaultAnnouncement = "24h"

// rotation answers with what an exchange of keys comes to.
type rotation struct {
	rotator   *token.Rotator
	directory *directory.Directory
	verifier  *sigv4.Verifier
	sourceIP  func(*http.Request) string
	timeout   time.Duration
	logger    *slog.Logger
}

// rotationAnswer tells of an exchange.
type rotationAnswer struct {
	New       []string  `json:"new"`
	Old       []string  `json:"old"`
	SignsFrom time.Time `json:"signsFrom"`
	RetiresAt time.Time `json:"retiresAt"`
}

func (a rotation) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), a.timeout)
	defer cancel()
	var done token.Rotation
	who, err := a.verifier.Verify(r, nil)
	if err == nil {
		done, err = a.rotate(caller.With(ctx, caller.Caller{AccessKeyID: who.AccessKeyID, Region: who.Region}), r)
	}
	a.logger.LogAttrs(ctx, slog.LevelInfo, "audit", slog.String("operation", "RotateSigningKeys"), slog.String("outcome", fault.Outcome(err)),
		slog.String("principal", who.AccessKeyID), slog.String("region", who.Region), slog.String("source_ip", a.sourceIP(r)))
	answerWith(w, a.logger, rotationAnswer{New: done.New, Old: done.Old, SignsFrom: done.SignsFrom.UTC(), RetiresAt: done.RetiresAt.UTC()}, err)
}

func (a rotation) rotate(ctx context.Context, r *http.Request) (token.Rotation, error) {
	p, err := a.directory.Pool(ctx, pool.ID(r.URL.Query().Get("user_pool_id")))
	if err != nil {
		return token.Rotation{}, err
	}
	after, err := time.ParseDuration(cmp.Or(r.URL.Query().Get("after"), defaultAnnouncement))
	if err != nil {
		return token.Rotation{}, fault.InvalidParameterf("after: want a time such as 24h, not %q", r.URL.Query().Get("after"))
	}
	return a.rotator.Rotate(ctx, p.ID, after)
}
