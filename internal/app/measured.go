package app

import (
	"context"
	"errors"

	"poolhouse.dev/internal/store"
)

// measured tells how every commit ended. It lends what the engine does.
type measured struct {
	store.Store
	store.Lender
	observe func(outcome string)
}

// Commit implements store.Store.
func (m measured) Commit(ctx context.Context, set *store.ChangeSet) error {
	err := m.Store.Commit(ctx, set)
	m.observe(commitOutcome(err))
	return err
}

func commitOutcome(err error) string {
	_, duplicate := store.Duplicate(err)
	switch {
	case err == nil:
		return "committed"
	case duplicate:
		return "duplicate"
	case errors.Is(err, store.ErrConflict):
		return "conflict"
	case errors.Is(err, store.ErrUnknown):
		return "unknown"
	}
	return "unavailable"
}
