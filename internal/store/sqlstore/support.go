package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// supportTable has one row, which says which programs the schema still supports.
// Only migrations write it: one that is about to take something away is preceded
// by one that raises the oldest program. Like VersionsTable it lies on one machine
// and is read by programs that start.
const supportTable = "schema_support"

// TooNewError says that a program is older than a schema supports.
type TooNewError struct {
	// Schema is the number of the database's schema.
	Schema int
	// Oldest is the number of the schema that a program has to know, and From the
	// first release that knows it, "" where the database does not say.
	Oldest int
	From   string
	// Program is the program that was refused, and Known the schema that it knows.
	Program string
	Known   int
}

// Error names both versions and what to do.
func (e *TooNewError) Error() string {
	from := ""
	if e.From != "" {
		from = " (poolhouse " + e.From + ")"
	}
	return fmt.Sprintf("the database has schema %d and needs a program that knows schema %d%s or a later one, but this is poolhouse %s, which knows schema %d; "+
		"start the release that ran last or a newer one, or restore a backup from before the upgrade", e.Schema, e.Oldest, from, cmp.Or(e.Program, "(devel)"), e.Known)
}

// checkSupport reports whether the schema of db supports the program.
func (d Dialect) checkSupport(ctx context.Context, db *sql.DB, p Program) error {
	at, err := d.schema(ctx, db)
	if err != nil || at <= len(p.Migrations) {
		return err
	}
	refusal := &TooNewError{Schema: at, Oldest: at, Program: p.Version, Known: len(p.Migrations)}
	found, err := d.has(ctx, db, supportTable)
	if err != nil {
		return err
	}
	if found {
		err = db.QueryRowContext(ctx, "SELECT oldest, program FROM "+supportTable+" WHERE name = 'schema'").Scan(&refusal.Oldest, &refusal.From)
	}
	switch {
	case errors.Is(err, sql.ErrNoRows):
	case err != nil:
		return fmt.Errorf("reading which programs the schema supports: %w", err)
	case refusal.Oldest <= len(p.Migrations):
		return nil
	}
	return refusal
}
