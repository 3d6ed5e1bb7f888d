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
// on every database, unlike a session's lock. A schema that is newer than this
// program's is left as it is and is no error, since releases next to each other
// can work with each other's schema.
func Migrate(ctx context.Context, db *sql.DB, d Dialect) error {
	steps, err := d.steps()
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}
	options := []goose.ProviderOption{
		goose.WithGoMigrations(steps...),
		goose.WithDisableGlobalRegistry(true),
		goose.WithTableName("schema_versions"),
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
