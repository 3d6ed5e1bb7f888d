// Package sweep clears away rows that mean nothing any more: codes, sign-ins,
// challenges, attempts and messages that have run out, and all that deleted
// pools left. Nothing depends on it for correctness, only the size of the
// database does.
package sweep

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"poolhouse.dev/internal/limit"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
)

const (
	// every is the pause between two sweeps.
	every = time.Minute
	// batch bounds one change set, so that no sweep holds up a request.
	batch = 200
	// grace keeps rows that have run out for a while, so that a request that is
	// just using one is not met by its absence.
	grace = time.Hour
	// sessionGrace is longer, since the last access token of a sign-in can
	// outlive its refresh token by a day.
	sessionGrace = 25 * time.Hour
)

// Sweeper clears the store. Any number of nodes may run one.
type Sweeper struct {
	store  store.Store
	logger *slog.Logger
	now    func() time.Time
}

// New returns a Sweeper.
func New(s store.Store, logger *slog.Logger, now func() time.Time) *Sweeper {
	return &Sweeper{store: s, logger: logger, now: now}
}

// Run sweeps from time to time until ctx ends.
func (s *Sweeper) Run(ctx context.Context) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.logger.Warn("sweeping stopped early; it goes on later", "error", err)
		}
	}
}

// Sweep clears everything that can be cleared now.
func (s *Sweeper) Sweep(ctx context.Context) error {
	for _, table := range []row.Table{user.TableCodes, user.TableSessions, user.TableSpent, user.TableAttempts, user.TableOutbox, user.TableChanges, user.TableChallenges, user.TableAuthEvents, limit.TableLevels} {
		after := grace
		if table == user.TableSessions {
			after = sessionGrace
		}
		due := &store.DueTerm{Column: "expires_at", Time: s.now().Add(-after)}
		if _, err := s.clear(ctx, store.Query{Table: table, Due: due}); err != nil {
			return fmt.Errorf("sweeping %s: %w", table, err)
		}
	}
	return s.removePools(ctx)
}

// removePools clears what deleted pools left. The mark of the removal goes
// last, so that a sweep that was cut short is taken up again.
func (s *Sweeper) removePools(ctx context.Context) error {
	page, err := s.store.List(ctx, store.Query{Table: pool.TableRemovals, Limit: batch})
	if err != nil {
		return fmt.Errorf("listing deleted pools: %w", err)
	}
	for _, r := range page.Rows {
		removal, ok := r.(*pool.Removal)
		if !ok {
			continue
		}
		cleared, err := s.clearPool(ctx, removal.PoolID)
		if err != nil {
			return err
		}
		if !cleared || s.now().Sub(removal.CreatedAt) < grace {
			// Requests that began before the deletion may still write.
			continue
		}
		set := store.NewChangeSet()
		set.Drop(removal)
		if err := s.store.Commit(ctx, set); err != nil {
			return err
		}
	}
	return nil
}

// clearPool deletes every row of a deleted pool and reports whether none is
// left.
func (s *Sweeper) clearPool(ctx context.Context, id pool.ID) (bool, error) {
	all := true
	for _, table := range poolTables {
		of := []store.Term{{Column: "pool_id", Value: string(id)}}
		cleared, err := s.clear(ctx, store.Query{Table: table, Equal: of})
		if err != nil {
			return false, fmt.Errorf("clearing %s of a deleted pool: %w", table, err)
		}
		all = all && cleared
	}
	return all, nil
}

// poolTables are the tables with rows of a pool, besides the pool itself.
var poolTables = append([]row.Table{
	pool.TableClients, pool.TableKeys, user.TableAliases, user.TableUsers, user.TableChanges, pool.TableGroups, pool.TableRisks,
}, user.TablesOfUser...)

// clear deletes what q asks for, batch by batch, and reports whether it got to
// the end.
func (s *Sweeper) clear(ctx context.Context, q store.Query) (bool, error) {
	q.Limit = batch
	for {
		page, err := s.store.List(ctx, q)
		if err != nil {
			return false, err
		}
		if len(page.Rows) == 0 {
			return true, nil
		}
		set := store.NewChangeSet()
		set.Delete(page.Rows...)
		switch err := s.store.Commit(ctx, set); {
		case errors.Is(err, store.ErrConflict):
			// A row came to life again, or another node sweeps as well; the next
			// sweep looks anew.
			return false, nil
		case err != nil:
			return false, err
		}
		if page.Next == nil {
			return true, nil
		}
	}
}
