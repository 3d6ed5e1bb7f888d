package token

import (
	"context"
	"fmt"
	"time"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
)

// Bounds of the exchange of signing keys.
const (
	// MaxAnnouncement is the longest time for which new keys are published before they
	// sign.
	MaxAnnouncement = 30 * 24 * time.Hour
	// retirement is how long keys are published after they signed last: the longest life
	// of a token, and an hour for the clocks and memories of others.
	retirement = 25 * time.Hour
)

// Rotation is an exchange of a pool's signing keys.
type Rotation struct {
	// New are the ids of the keys that sign from SignsFrom on, for ID and access tokens;
	// Old are those that are published until RetiresAt.
	New, Old             []string
	SignsFrom, RetiresAt time.Time
}

// Rotator exchanges signing keys. It is safe for concurrent use.
type Rotator struct{ config RotatorConfig }

// RotatorConfig names what a Rotator needs.
type RotatorConfig struct {
	Store store.Store
	Stock *Stock
	Keys  *Keys
	Now   func() time.Time
}

// NewRotator returns a Rotator.
func NewRotator(c RotatorConfig) *Rotator { return &Rotator{config: c} }

// Rotate gives a pool two new signing keys. They are published at once and sign after
// the announcement, so that whoever remembers the pool's keys for no longer than that
// knows them by then; the old ones stay published as long as a token of theirs can be
// good. The fault, for an announcement out of bounds and while the keys of an earlier
// exchange do not sign yet, is InvalidParameterException.
func (r *Rotator) Rotate(ctx context.Context, id pool.ID, announcement time.Duration) (Rotation, error) {
	if announcement < 0 || announcement > MaxAnnouncement {
		return Rotation{}, fault.InvalidParameterf("after: want 0s to %s, not %s", MaxAnnouncement, announcement)
	}
	now := r.config.Now()
	made, err := r.config.Stock.Pair(ctx, id, now)
	if err != nil {
		return Rotation{}, err
	}
	defer r.config.Keys.Drop(id)
	var done Rotation
	err = store.Retry(ctx, func(ctx context.Context) (err error) {
		done, err = r.exchange(ctx, id, made, now, now.Add(announcement))
		return err
	})
	return done, err
}

// exchange commits the new keys and the retirement of the old ones, and drops what
// retired before.
func (r *Rotator) exchange(ctx context.Context, id pool.ID, made [2]*pool.SigningKey, now, from time.Time) (Rotation, error) {
	done := Rotation{SignsFrom: from, RetiresAt: from.Add(retirement)}
	page, err := r.config.Store.List(ctx, store.Query{
		Table: pool.TableKeys, Equal: []store.Term{{Column: "pool_id", Value: string(id)}}, Limit: maxKeysOfPool,
	})
	if err != nil {
		return done, fmt.Errorf("loading the signing keys of pool %s: %w", id, err)
	}
	set := store.NewChangeSet()
	for _, row := range page.Rows {
		key := row.(*pool.SigningKey)
		switch {
		case key.IsRetired(now):
			set.Delete(key)
		case !key.Signs(now):
			return done, fault.InvalidParameterf("The keys of an earlier exchange do not sign before %s.", key.SignsFrom.UTC().Format(time.RFC3339))
		case key.RetiresAt.IsZero():
			key.RetiresAt = done.RetiresAt
			set.Update(key)
			done.Old = append(done.Old, key.KID)
		}
	}
	for _, key := range made {
		fresh := *key
		fresh.SignsFrom = from
		set.Insert(&fresh)
		done.New = append(done.New, key.KID)
	}
	return done, r.config.Store.Commit(ctx, set)
}
