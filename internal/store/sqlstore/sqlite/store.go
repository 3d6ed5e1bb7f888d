package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"

	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore"
)

// Store is a store.Store in one SQLite file.
type Store struct {
	writer  *writer
	readers *readers
	cache   *cache
	// readTexts is read only.
	readTexts map[*sqlstore.Table]readText
	decoys    *sqlstore.Decoys
	lock      *os.File
	closed    atomic.Bool
}

var (
	_ store.Store  = (*Store)(nil)
	_ store.Lender = (*Store)(nil)
)

// errClosed answers calls after Close.
var errClosed = unavailable(errors.New("the store is closed"))

// unavailable marks err as store.ErrUnavailable.
func unavailable(err error) error {
	if err == nil || errors.Is(err, store.ErrUnavailable) {
		return err
	}
	return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
}

// Commit implements store.Store. When ctx ends before the writer has taken the
// set, the set is withdrawn and the error is a store.ErrUnavailable that wraps
// the context's; while the disk is quick nobody looks at that. After that moment
// Commit waits for the outcome though ctx be cancelled, but not past its deadline:
// the error is then a store.ErrUnknown, the set is applied or not when the disk
// answers, and its rows must stay as they are.
func (s *Store) Commit(ctx context.Context, set *store.ChangeSet) error {
	if set.Empty() {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return unavailable(err)
	}
	statements, err := sqlstore.SQLite.Compile(set, s.cache.known)
	if err != nil {
		return fmt.Errorf("preparing a change set: %w", err)
	}
	if err := s.writer.commit(ctx, statements); err != nil {
		return err
	}
	set.Applied()
	return nil
}

// Ping reports whether the store can be read and its writer has a database to
// write to, where the next start will find it.
func (s *Store) Ping(ctx context.Context) error {
	if s.writer.broken.Load() {
		return unavailable(errors.New("the database file could not be opened again after a failed sync"))
	}
	if err := s.writer.source.stillThere(); err != nil {
		return unavailable(err)
	}
	return s.readers.use(ctx, func(c *conn) error {
		_, err := c.count("SELECT 1 FROM material LIMIT 1", nil)
		return err
	})
}

// Stats counts what the writer did since the store was opened.
type Stats struct {
	// Commits is the number of COMMITs that succeeded, each with one sync of the
	// log to the disk.
	Commits int64
	// Sets is the number of change sets in them.
	Sets int64
	// Lost is the number of change sets that lost to another one.
	Lost int64
	// Failed is the number of batches that the database failed, apart from Reopened.
	Failed int64
	// Reopened is how often a COMMIT or a sync of the file failed, after which the file was
	// opened anew.
	Reopened int64
}

// Stats returns the counts so far.
func (s *Store) Stats() Stats {
	c := &s.writer.counts
	return Stats{
		Commits:  c.commits.Load(),
		Sets:     c.sets.Load(),
		Lost:     c.lost.Load(),
		Failed:   c.failed.Load(),
		Reopened: c.reopened.Load(),
	}
}

// Close commits what was submitted, closes the database and gives the folder
// free. Calls that come later are answered with store.ErrUnavailable.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	s.writer.stop()
	err := s.readers.closeAll(func() error {
		s.readers.shut.Store(true)
		return s.writer.close()
	})
	return errors.Join(err, s.writer.checkpointer.data.Close(), s.lock.Close())
}
