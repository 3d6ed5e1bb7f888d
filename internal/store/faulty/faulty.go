package faulty

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
)

// Outcome is what happens to one call. The zero Outcome passes it on.
type Outcome struct {
	// Delay is waited first. A context that ends meanwhile gives
	// ErrUnavailable, and the inner store is not called.
	Delay time.Duration
	// Before runs after the delay and before the inner store is called. It may
	// use that store, for example to commit what a faster writer would have.
	Before func()
	// Skip keeps the call from the inner store.
	Skip bool
	// Err is the answer. Without Skip it replaces the answer of a call that
	// went well; a call that failed by itself keeps its own error.
	Err error
}

// Outcomes of commits, and of reads where they make sense.
var (
	// Pass passes the call on.
	Pass = Outcome{}
	// Conflict answers that another writer was faster; nothing is applied.
	Conflict = Outcome{Skip: true, Err: store.ErrConflict}
	// Unavailable answers that the database cannot be reached; nothing is applied.
	Unavailable = Outcome{Skip: true, Err: store.ErrUnavailable}
	// LostApplied applies the set and answers that its outcome is not known.
	LostApplied = Outcome{Err: store.ErrUnknown}
	// LostDropped does not apply the set and answers that its outcome is not known.
	LostDropped = Outcome{Skip: true, Err: store.ErrUnknown}
)

// Config names what a Store is made of. Plans may be nil, which is Pass for
// every call. They are called concurrently if the store is.
type Config struct {
	Inner store.Store
	// Commit says what happens to the n-th commit, counted from 1.
	Commit func(n int, set *store.ChangeSet) Outcome
	// Read says what happens to the n-th Read, counted from 1.
	Read func(n int, rows []row.Row) Outcome
	// List says what happens to the n-th List or Count, counted together from 1.
	List func(n int, q store.Query) Outcome
}

// Script returns a plan for commits that gives the outcomes in turn and then
// passes every call on.
func Script(outcomes ...Outcome) func(int, *store.ChangeSet) Outcome {
	return func(n int, _ *store.ChangeSet) Outcome {
		if n <= len(outcomes) {
			return outcomes[n-1]
		}
		return Pass
	}
}

// Store is a store that fails as planned. It is safe for concurrent use as far
// as the inner store and the plans are.
type Store struct {
	config                Config
	commits, reads, lists atomic.Int64
}

// New returns a Store over c.Inner that fails as c's plans say.
func New(c Config) *Store { return &Store{config: c} }

// Commits returns how many commits were asked for.
func (s *Store) Commits() int { return int(s.commits.Load()) }

// Reads returns how many Reads were asked for: round trips, not rows.
func (s *Store) Reads() int { return int(s.reads.Load()) }

// Lists returns how many Lists and Counts were asked for.
func (s *Store) Lists() int { return int(s.lists.Load()) }

// Commit implements store.Store.
func (s *Store) Commit(ctx context.Context, set *store.ChangeSet) error {
	n := int(s.commits.Add(1))
	var o Outcome
	if s.config.Commit != nil {
		o = s.config.Commit(n, set)
	}
	before := stamps(set)
	err := o.run(ctx, func() error { return s.config.Inner.Commit(ctx, set) })
	if err != nil {
		// Whoever is told of a failure must not find the stamps of a success.
		restore(set, before)
	}
	return err
}

// Read implements store.Reader.
func (s *Store) Read(ctx context.Context, rows ...row.Row) error {
	n := int(s.reads.Add(1))
	var o Outcome
	if s.config.Read != nil {
		o = s.config.Read(n, rows)
	}
	return o.run(ctx, func() error { return s.config.Inner.Read(ctx, rows...) })
}

// List implements store.Reader.
func (s *Store) List(ctx context.Context, q store.Query) (page store.Page, err error) {
	err = s.list(q).run(ctx, func() error {
		page, err = s.config.Inner.List(ctx, q)
		return err
	})
	if err != nil {
		return store.Page{}, err
	}
	return page, nil
}

// Count implements store.Reader.
func (s *Store) Count(ctx context.Context, q store.Query) (count int64, err error) {
	err = s.list(q).run(ctx, func() error {
		count, err = s.config.Inner.Count(ctx, q)
		return err
	})
	if err != nil {
		return 0, err
	}
	return count, nil
}

func (s *Store) list(q store.Query) Outcome {
	n := int(s.lists.Add(1))
	if s.config.List == nil {
		return Pass
	}
	return s.config.List(n, q)
}

func (o Outcome) run(ctx context.Context, call func() error) error {
	if o.Delay > 0 {
		timer := time.NewTimer(o.Delay)
		select {
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("%w: %w", store.ErrUnavailable, ctx.Err())
		case <-timer.C:
		}
	}
	if o.Before != nil {
		o.Before()
	}
	if o.Skip {
		return o.Err
	}
	if err := call(); err != nil {
		return err
	}
	return o.Err
}

func stamps(set *store.ChangeSet) []row.Stamp {
	all := make([]row.Stamp, len(set.Changes))
	for i, c := range set.Changes {
		all[i] = *c.Row.Stamped()
	}
	return all
}

func restore(set *store.ChangeSet, all []row.Stamp) {
	for i, c := range set.Changes {
		*c.Row.Stamped() = all[i]
	}
}
