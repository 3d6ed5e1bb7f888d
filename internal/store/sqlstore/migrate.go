package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Migrate brings the schema of db up to date. Processes that share a database
// may call it at the same time: they wait for each other at a row, which holds
// on every database, unlike a session's lock. A schema that has every step is not
// touched, so that a role that may not change it is enough. A schema that is newer than this
// program's is left as it is and is no error, since releases next to each other
// can work with each other's schema.
func Migrate(ctx context.Context, db *sql.DB, d Dialect) error {
	steps, err := d.steps()
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}
	at, err := d.schema(ctx, db)
	if err != nil || at >= len(steps) {
		return err
	}
	options := []goose.ProviderOption{
		goose.WithGoMigrations(steps...),
		goose.WithDisableGlobalRegistry(true),
		goose.WithTableName(versionTable),
	}
	if d.shared {
		locker, err := lock.NewPostgresTableLocker(
			lock.WithTableName("schema_lock"),
			lock.WithTableLockTimeout(200*time.Millisecond, 600),
		)
		if err != nil {
			return fmt.Errorf("making the lock of the migrations: %w", err)
		}
		options = append(options, goose.WithLocker(locker))
	}
	provider, err := goose.NewProvider(d.goose, db, nil, options...)
	if err != nil {
		return fmt.Errorf("preparing the migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrating the schema: %w", err)
	}
	return nil
}

// schema returns the number of the schema of db, 0 for none.
func (d Dialect) schema(ctx context.Context, db *sql.DB) (int, error) {
	var found, last int
	err := db.QueryRowContext(ctx, d.tables, versionTable).Scan(&found)
	if err == nil && found > 0 {
		err = db.QueryRowContext(ctx, "SELECT COALESCE(MAX(version_id), 0) FROM "+versionTable).Scan(&last)
	}
	if err != nil {
		return 0, fmt.Errorf("reading the schema's number: %w", err)
	}
	return last, nil
}

func (d Dialect) steps() ([]*goose.Migration, error) {
	list, err := d.Migrations()
	if err != nil {
		return nil, err
	}
	steps := make([]*goose.Migration, len(list))
	for i, m := range list {
		steps[i] = goose.NewGoMigration(int64(m.Number), &goose.GoFunc{
			RunTx: func(ctx context.Context, tx *sql.Tx) error {
				_, err := tx.ExecContext(ctx, m.Text)
				return err
			},
		}, nil)
	}
	return steps, nil
}
