// Package ledger keeps request rates that the nodes of an installation share, in
// rows of the store. It is the [limit.Ledger] of nodes over one database.
package ledger

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"poolhouse.dev/internal/limit"
	"poolhouse.dev/internal/store"
)

// quietTime is how long a failure is not told again.
const quietTime = time.Minute

// Config is what a Ledger works with.
type Config struct {
	Store store.Store
	// Clock tells the time that all nodes agree on: the database's.
	Clock  func(ctx context.Context) (time.Time, error)
	Logger *slog.Logger
}

// Ledger leases from shared buckets. It is safe for concurrent use.
type Ledger struct {
	Config
	// quietUntil is in nanoseconds since 1970.
	quietUntil atomic.Int64
}

// New returns a Ledger.
func New(c Config) *Ledger { return &Ledger{Config: c} }

// Lease implements limit.Ledger: it reads the bucket's row, takes what is there
// and commits the rest, again from the start where another node was faster. What
// it took and could not tell about, because the commit's outcome is unknown, is
// lost for all.
func (l *Ledger) Lease(ctx context.Context, name string, perSecond float64, capacity, n int) (taken int, wait time.Duration, err error) {
	err = store.Retry(ctx, func(ctx context.Context) error {
		now, err := l.Clock(ctx)
		if err != nil {
			return err
		}
		level := &limit.Level{Bucket: name}
		if err := l.Store.Read(ctx, level); err != nil {
			return err
		}
		if taken, wait = level.Take(now, perSecond, capacity, n); taken == 0 {
			return nil
		}
		set := store.NewChangeSet()
		set.Put(level)
		err = l.Store.Commit(ctx, set)
		if _, first := store.Duplicate(err); first {
			return store.ErrConflict
		}
		return err
	})
	if err != nil {
		l.tell(err)
		return 0, 0, fmt.Errorf("leasing from the shared rate %s: %w", name, err)
	}
	return taken, wait, nil
}

// tell logs that this node counts for itself, once in a while.
func (l *Ledger) tell(err error) {
	now, until := time.Now().UnixNano(), l.quietUntil.Load()
	if now >= until && l.quietUntil.CompareAndSwap(until, now+int64(quietTime)) {
		l.Logger.Warn("request rates are counted by this node alone, since the shared counts cannot be reached", "error", err)
	}
}
