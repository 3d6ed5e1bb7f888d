package app

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"time"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
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
}

// rotationAnswer tells of an exchange.
type rotationAnswer struct {
	New       []string  `json:"new"`
	Old       []string  `json:"old"`
	SignsFrom time.Time `json:"signsFrom"`
	RetiresAt time.Time `json:"retiresAt"`
}

func (a rotation) call(ctx context.Context, r *http.Request, _ []byte) (any, []slog.Attr, error) {
	done, err := a.rotate(ctx, r)
	return rotationAnswer{New: done.New, Old: done.Old, SignsFrom: done.SignsFrom.UTC(), RetiresAt: done.RetiresAt.UTC()}, nil, err
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
