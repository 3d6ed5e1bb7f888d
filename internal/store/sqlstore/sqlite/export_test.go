package sqlite

import (
	"context"

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

// Queued is how many sets wait.
func (s *Store) Queued() int { return len(s.writer.queue) }
