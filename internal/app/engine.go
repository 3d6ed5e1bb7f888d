package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"poolhouse.dev/internal/config"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore"
	"poolhouse.dev/internal/store/sqlstore/postgres"
	"poolhouse.dev/internal/store/sqlstore/sqlite"
)

// engine is a store with its life.
type engine interface {
	store.Store
	Ping(ctx context.Context) error
	Snapshot(ctx context.Context) (sqlstore.Snapshot, error)
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
		e, err := postgres.Open(ctx, postgres.Config{URL: c.Database.Reveal(), AllowUnsafeDurability: c.DatabaseUnsafeDurability, Logger: logger, Program: program(logger)})
		if err != nil {
			return nil, fmt.Errorf("--database: %w", err)
		}
		return e, nil
	}
	e, err := sqlite.Open(ctx, sqlite.Config{Path: c.Data, Logger: logger, Program: program(logger)})
	if err != nil {
		return nil, fmt.Errorf("--data: %w", err)
	}
	return e, nil
}

// program is what the store is told of this program.
func program(logger *slog.Logger) sqlstore.Program {
	return sqlstore.Program{Version: version(), Logger: logger}
}

// Distribute lets the database that a URL names, which runs Citus, spread its
// tables over machines, and tells of each table on w.
func Distribute(ctx context.Context, url config.DatabaseURL, w io.Writer) error {
	var told error
	err := postgres.Distribute(ctx, postgres.Config{URL: url.Reveal(), Program: program(nil)}, func(d postgres.Distributed) {
		state := "distributed"
		if d.Already {
			state = "was distributed"
		}
		_, err := fmt.Fprintf(w, "%-20s %-16s by %s%s\n", d.Table, state, d.Column, besides(d.Table, d.Beside))
		told = errors.Join(told, err)
	})
	if err != nil {
		return fmt.Errorf("--database: %w", err)
	}
	return told
}
