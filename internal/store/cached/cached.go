package cached

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
)

// maxRows bounds the memory; the rows that are asked for most stay.
const maxRows = 8192

// Store is a store with a memory for configuration. It is safe for concurrent
// use as far as the inner store is.
//
// Rows that it hands out share what their fields point to with every other
// reader of the same row: they must not be changed, only cloned.
type Store struct {
	inner  store.Store
	lender store.Lender
	life   time.Duration
	now    func() time.Time
	rows   *otter.Cache[row.Key, entry]

	// mu orders remembering and forgetting. epoch grows with every forgetting:
	// a read that began in an older epoch may have seen rows from before the
	// commit and remembers nothing.
	mu    sync.Mutex
	epoch uint64
}

type entry struct {
	row   row.Row
	until time.Time
}

// New returns a Store that remembers configuration read from inner for life,
// counted from before the read.
func New(inner store.Store, life time.Duration, now func() time.Time) *Store {
	return &Store{
		inner:  inner,
		lender: store.LenderOf(inner),
		life:   life,
		now:    now,
		rows:   otter.Must(&otter.Options[row.Key, entry]{MaximumSize: maxRows}),
	}
}

// Commit implements store.Store. Whatever the outcome, which may be unknown,
// the rows that the set writes are no longer remembered when it returns. A
// failure also forgets the rows that the set only expected: an old one among
// them may be the cause, and deciding again needs the new one.
func (s *Store) Commit(ctx context.Context, set *store.ChangeSet) error {
	var written, expected []row.Key
	for _, c := range set.Changes {
		switch {
		case !remembers(c.Row):
		case c.Op == store.OpExpect:
			expected = append(expected, c.Row.RowKey())
		default:
			written = append(written, c.Row.RowKey())
		}
	}
	err := s.inner.Commit(ctx, set)
	s.forget(written)
	if err != nil {
		s.forget(expected)
	}
	return err
}

// Read implements store.Reader. Rows that are remembered are filled from
// memory and the rest from the inner store in one call, in the given order. A
// remembered row may be as old as the memory's life, wherever it stands in the
// order.
func (s *Store) Read(ctx context.Context, rows ...row.Row) error {
	if !slices.ContainsFunc(rows, remembers) {
		return s.inner.Read(ctx, rows...)
	}
	now := s.now()
	missing := rows[:0:0]
	memorable := false
	for _, r := range rows {
		if remembers(r) {
			if known := s.remembered(r.RowKey(), now); known != nil {
				fill(r, known)
				continue
			}
			memorable = true
		}
		missing = append(missing, r)
	}
	if len(missing) == 0 {
		return nil
	}
	epoch := s.current()
	if err := s.inner.Read(ctx, missing...); err != nil {
		return err
	}
	if memorable {
		s.remember(missing, epoch, now.Add(s.life))
	}
	return nil
}

// Lend implements store.Lender: configuration that is remembered, and of other rows
// what the inner store lends.
func (s *Store) Lend(key row.Key) row.Row {
	if !remembersTable(key.Table) {
		return s.lender.Lend(key)
	}
	return s.remembered(key, s.now())
}

func (s *Store) remembered(key row.Key, now time.Time) row.Row {
	if e, ok := s.rows.GetIfPresent(key); ok && now.Before(e.until) {
		return e.row
	}
	return nil
}

// List implements store.Reader; nothing of it is remembered.
func (s *Store) List(ctx context.Context, q store.Query) (store.Page, error) {
	return s.inner.List(ctx, q)
}

// Count implements store.Reader; nothing of it is remembered.
func (s *Store) Count(ctx context.Context, q store.Query) (int64, error) {
	return s.inner.Count(ctx, q)
}

func (s *Store) current() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.epoch
}

func (s *Store) remember(rows []row.Row, epoch uint64, until time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if epoch != s.epoch {
		return
	}
	for _, r := range rows {
		if !remembers(r) {
			continue
		}
		// Absence is not worth remembering, except that of a removal: nearly
		// every pool lacks one, and every look-up of a pool asks.
		if _, removal := r.(*pool.Removal); r.Stamped().Stored() || removal {
			s.rows.Set(r.RowKey(), entry{row: duplicate(r), until: until})
		}
	}
}

func (s *Store) forget(keys []row.Key) {
	if len(keys) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.epoch++
	for _, k := range keys {
		s.rows.Invalidate(k)
	}
}
