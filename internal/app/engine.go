package app

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"poolhouse.dev/internal/config"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore/postgres"
	"poolhouse.dev/internal/store/sqlstore/sqlite"
)

// engine is a store with its life.
type engine interface {
	store.Store
	Ping(ctx context.Context) error
	Close() error
}

// sharing is an engine whose database several nodes may share.
type sharing interface {
	// Clock is the time that they agree on.
	Clock(ctx context.Context) (time.Time, error)
}

// openEngine opens the database that the configuration names: a PostgreSQL
// server, or the embedded one in the data folder.
func openEngine(ctx context.Context, c config.Config, logger *slog.Logger) (engine, error) {
	if c.Database.IsSet() {
		e, err := postgres.Open(ctx, postgres.Config{URL: c.Database.Reveal(), AllowUnsafeDurability: c.DatabaseUnsafeDurability, Logger: logger})
		if err != nil {
			return nil, fmt.Errorf("--database: %w", err)
		}
		return e, nil
	}
	e, err := sqlite.Open(ctx, sqlite.Config{Path: c.Data, Logger: logger})
	if err != nil {
		return nil, fmt.Errorf("--data: %w", err)
	}
	return e, nil
}
