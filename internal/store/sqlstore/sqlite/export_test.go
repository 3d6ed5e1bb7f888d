package sqlite

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore"
)

// CommitStatements commits statements that no change set can have.
func (s *Store) CommitStatements(ctx context.Context, texts ...string) error {
	var statements []sqlstore.Statement
	for _, text := range texts {
		statements = append(statements, sqlstore.Statement{Op: store.OpDrop, Text: text})
	}
	return s.writer.commit(ctx, statements)
}

// CommitKnowing commits a set whose updates are made by what known says of rows, which
// need not be so any more.
func (s *Store) CommitKnowing(ctx context.Context, set *store.ChangeSet, known func(row.Key) row.Row) error {
	statements, err := sqlstore.SQLite.Compile(set, known)
	if err != nil {
		return err
	}
	return s.writer.commit(ctx, statements)
}

// ReadTexts returns the statements that read a row of the table by its key.
func (s *Store) ReadTexts(t *sqlstore.Table) (read, even string) {
	return s.readTexts[t].read, s.readTexts[t].even
}

// LostCommits is how many commits a log has lost.
func LostCommits(path string) (int, error) {
	lost, _, err := inspectLog(path)
	return lost, err
}

// Queued is how many sets wait.
func (s *Store) Queued() int { return len(s.writer.queue) }

// ShortenLog lets the background begin when the log has so many pages, for this test.
func ShortenLog(t *testing.T, pages int64) {
	before := logPages
	logPages = pages
	t.Cleanup(func() { logPages = before })
}

// HoldBackground keeps the log from being moved until release.
func (s *Store) HoldBackground() (release func()) {
	s.writer.checkpointer.busy.Lock()
	return s.writer.checkpointer.busy.Unlock
}

// MoveLog moves the log into the file, as the background does when there is enough of it.
func (s *Store) MoveLog() { s.writer.checkpointer.move() }

// CheckIntegrity has SQLite look through the whole file.
func (s *Store) CheckIntegrity(ctx context.Context) error {
	return s.readers.use(ctx, func(c *conn) error {
		var said []string
		err := c.query(ctx, "PRAGMA integrity_check", nil, func(values []any) error {
			said = append(said, fmt.Sprint(values[0]))
			return nil
		})
		if err == nil && !slices.Equal(said, []string{"ok"}) {
			err = fmt.Errorf("the database is damaged: %q", said)
		}
		return err
	})
}
