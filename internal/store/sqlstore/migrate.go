package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// VersionsTable is the table that says which migrations were applied. It is
// goose's own, with a sequence, and lies on one machine only; nothing reads it
// but a program that starts, and a backup.
const VersionsTable = "schema_versions"

// VersionText asks for the number of the schema.
const VersionText = "SELECT COALESCE(MAX(version_id), 0) FROM " + VersionsTable

// Program is who opens a store. The zero Program is this one, without a name.
type Program struct {
	// Version is what the program calls itself.
	Version string
	// Migrations are the steps that it knows, numbered from 1; nil stands for
	// those of Dialect.Migrations. Tests play earlier and later releases with it.
	Migrations []Migration
	// Logger is told of each step before it is made, on a database that had a schema
	// already: with many users one may take a minute. nil is for nobody.
	Logger *slog.Logger
}

// SchemaVersion returns the number of the last migration that this program knows.
func SchemaVersion() int64 { return schemaVersion() }

var schemaVersion = sync.OnceValue(func() int64 {
	list, _ := Postgres.Migrations() // the files are part of the program, and tested
	return int64(len(list))
})

// Past returns a program that knows the schema of a number and none after it, to give
// that schema to a new database.
func (d Dialect) Past(version int64) (Program, error) {
	list, err := d.Migrations()
	if err != nil {
		return Program{}, fmt.Errorf("reading the migrations: %w", err)
	}
	if version < 1 || version > int64(len(list)) {
		return Program{}, fmt.Errorf("there is no schema %d", version)
	}
	return Program{Migrations: list[:version]}, nil
}

// Migrate brings the schema of db up to what the program knows. Processes that
// share a database may call it at the same time: they wait for each other at a
// row, which holds on every database, unlike a session's lock. A schema that has
// every step is not touched, so that a role that may not change it is enough.
//
// A schema that is newer is left as it is, and works unless it says itself that
// the program is too old for it: then the error is a *TooNewError.
func Migrate(ctx context.Context, db *sql.DB, d Dialect, p Program) error {
	if p.Migrations == nil {
		var err error
		if p.Migrations, err = d.Migrations(); err != nil {
			return fmt.Errorf("reading the migrations: %w", err)
		}
	}
	at, err := d.schema(ctx, db)
	if err != nil {
		return err
	}
	if at < len(p.Migrations) {
		if at == 0 {
			p.Logger = nil
		}
		if err := d.apply(ctx, db, p); err != nil {
			return err
		}
	}
	return d.checkSupport(ctx, db, p)
}

// apply makes the steps that are missing.
func (d Dialect) apply(ctx context.Context, db *sql.DB, p Program) error {
	options := []goose.ProviderOption{
		goose.WithGoMigrations(p.steps()...),
		goose.WithDisableGlobalRegistry(true),
		goose.WithTableName(VersionsTable),
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
	for try := 1; ; try++ {
		_, err := provider.Up(ctx)
		switch {
		case err == nil:
			return nil
		case try == maxTries || !isCrowded(err):
			return fmt.Errorf("migrating the schema: %w", err)
		}
		time.Sleep(rand.N(maxPause)) // it goes on with the step that failed
	}
}

// Bounds of the tries to migrate while others are in the way.
const (
	maxTries = 30
	maxPause = 100 * time.Millisecond
)

// isCrowded reports whether err is a server's word that transactions were in each
// other's way, which at serializable isolation may also meet a migration.
func isCrowded(err error) bool {
	var answer interface{ SQLState() string }
	return errors.As(err, &answer) && (answer.SQLState() == "40001" || answer.SQLState() == "40P01")
}

// schema returns the number of the schema of db, 0 for none.
func (d Dialect) schema(ctx context.Context, db *sql.DB) (int, error) {
	found, err := d.has(ctx, db, VersionsTable)
	if err != nil || !found {
		return 0, err
	}
	var last int
	if err := db.QueryRowContext(ctx, VersionText).Scan(&last); err != nil {
		return 0, fmt.Errorf("reading the schema's number: %w", err)
	}
	return last, nil
}

// has reports whether db has a table.
func (d Dialect) has(ctx context.Context, db *sql.DB, table string) (bool, error) {
	var found int
	if err := db.QueryRowContext(ctx, d.tables, table).Scan(&found); err != nil {
		return false, fmt.Errorf("looking for table %s: %w", table, err)
	}
	return found > 0, nil
}

func (p Program) steps() []*goose.Migration {
	steps := make([]*goose.Migration, len(p.Migrations))
	for i, m := range p.Migrations {
		steps[i] = goose.NewGoMigration(int64(m.Number), &goose.GoFunc{
			RunTx: func(ctx context.Context, tx *sql.Tx) error {
				if m.Text == "" {
					return nil
				}
				if p.Logger != nil {
					p.Logger.Info("changing the schema of the database", "step", m.Number, "of", len(p.Migrations), "name", m.Name)
				}
				_, err := tx.ExecContext(ctx, m.Text)
				return err
			},
		}, nil)
	}
	return steps
}
