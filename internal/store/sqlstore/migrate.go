package sqlstore

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// migrations holds one DDL statement a file, numbered from 1 without gaps, since
// some distributed databases do not change a schema inside a transaction. A file
// that was released is never changed. The words in braces are what a Dialect
// says otherwise.
//
//go:embed migrations/*.sql
var migrations embed.FS

// Dialect is what the schemas of two engines differ in.
type Dialect struct {
	goose goose.Dialect
	// words replaces the words in braces.
	words *strings.Replacer
	// shared says that several processes may migrate at once.
	shared bool
}

// Dialects of the engines.
var (
	SQLite = Dialect{
		goose: goose.DialectSQLite3,
		words: strings.NewReplacer("{key}", "TEXT", "{bytes}", "BLOB", "{compact}", " WITHOUT ROWID"),
	}
	Postgres = Dialect{
		goose:  goose.DialectPostgres,
		words:  strings.NewReplacer("{key}", `TEXT COLLATE "C"`, "{bytes}", "BYTEA", "{compact}", ""),
		shared: true,
	}
)

// Migrate brings the schema of db up to date. Processes that share a database
// may call it at the same time: they wait for each other at a row, which holds
// on every database, unlike a session's lock. A schema that is newer than this
// program's is left as it is and is no error, since releases next to each other
// can work with each other's schema.
func Migrate(ctx context.Context, db *sql.DB, d Dialect) error {
	return MigrateTo(ctx, db, d, SchemaVersion())
}

// MigrateTo is [Migrate] as far as a schema of the past, which a new database can be
// given.
func MigrateTo(ctx context.Context, db *sql.DB, d Dialect, version int64) error {
	steps, err := d.migrations()
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}
	options := []goose.ProviderOption{
		goose.WithGoMigrations(steps...),
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
	if _, err := provider.UpTo(ctx, version); err != nil {
		return fmt.Errorf("migrating the schema: %w", err)
	}
	return nil
}

// VersionsTable has a row for each migration that was done, and VersionText asks for the
// number of the last.
const (
	VersionsTable = "schema_versions"
	VersionText   = "SELECT MAX(version_id) FROM " + VersionsTable
)

// SchemaVersion returns the number of the last migration that this program knows.
func SchemaVersion() int64 { return schemaVersion() }

var schemaVersion = sync.OnceValue(func() int64 {
	files, _ := fs.Glob(migrations, "migrations/*.sql") // the pattern is well-formed
	return int64(len(files))
})

// Schema returns the statements of all migrations in their order.
func (d Dialect) Schema() ([]string, error) {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	texts := make([]string, len(files))
	for i, name := range files {
		number, _, _ := strings.Cut(strings.TrimPrefix(name, "migrations/"), "_")
		if n, err := strconv.Atoi(number); err != nil || n != i+1 {
			return nil, errors.New(name + " is out of sequence")
		}
		b, err := fs.ReadFile(migrations, name)
		if err != nil {
			return nil, err
		}
		texts[i] = d.words.Replace(string(b))
	}
	return texts, nil
}

func (d Dialect) migrations() ([]*goose.Migration, error) {
	texts, err := d.Schema()
	if err != nil {
		return nil, err
	}
	steps := make([]*goose.Migration, len(texts))
	for i, text := range texts {
		steps[i] = goose.NewGoMigration(int64(i)+1, &goose.GoFunc{
			RunTx: func(ctx context.Context, tx *sql.Tx) error {
				_, err := tx.ExecContext(ctx, text)
				return err
			},
		}, nil)
	}
	return steps, nil
}
