package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store/sqlstore"
)

// Restore gives a database without rows the schema of a version, fills it by fill in one
// transaction, and then brings the schema up to date. A server that starts meanwhile
// waits for the end or is refused. Unless Restore returns nil there is no row; only when
// the answer to the COMMIT is lost there may be all of them, which the error says.
func Restore(ctx context.Context, cfg Config, version int64, fill func(context.Context, sqlstore.Target) error) error {
	conn, err := connect(ctx, cfg)
	if err != nil {
		return err
	}
	defer conn.Close(context.Background())
	if !cfg.AllowUnsafeDurability {
		if err := checkDurability(ctx, conn); err != nil {
			return describe(err)
		}
	}
	if err := refuseRows(ctx, conn, version); err != nil {
		return err
	}
	k, err := kindOf(ctx, conn)
	if err != nil {
		return err
	}
	d := k.dialect(cfg.Spread)
	past, err := d.Past(version)
	if err != nil {
		return err
	}
	made, err := migrateBeside(ctx, cfg, d, past)
	if err != nil {
		return err
	}
	if err := fillAll(ctx, conn, fill, made.Refill()); err != nil {
		return err
	}
	_, err = migrateBeside(ctx, cfg, d, sqlstore.Program{})
	return err
}

// Vacant refuses a database that has rows, or a schema ahead of the version, which
// Restore would refuse.
func Vacant(ctx context.Context, cfg Config, version int64) error {
	conn, err := connect(ctx, cfg)
	if err != nil {
		return err
	}
	defer conn.Close(context.Background())
	return refuseRows(ctx, conn, version)
}

// migrateBeside is migrate through connections of its own.
func migrateBeside(ctx context.Context, cfg Config, d sqlstore.Dialect, p sqlstore.Program) (sqlstore.Dialect, error) {
	pc, err := poolConfig(cfg)
	if err != nil {
		return d, err
	}
	if cfg.Dial != nil {
		pc.ConnConfig.DialFunc = cfg.Dial
	}
	return migrate(ctx, stdlib.OpenDB(*pc.ConnConfig), d, p)
}

// refuseRows refuses a database that has rows in tables of ours, or a schema that is
// ahead of the version.
func refuseRows(ctx context.Context, conn *pgx.Conn, version int64) error {
	found, err := queryAll(ctx, conn, "SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = current_schema()", nil)
	if err != nil {
		return asFailure(err)
	}
	there := make(map[string]bool, len(found))
	for _, r := range found {
		name, _ := r[0].(string)
		there[name] = true
	}
	var filled []string
	for _, t := range sqlstore.Tables() {
		if !there[string(t.Name)] {
			continue
		}
		rows, err := queryAll(ctx, conn, "SELECT 1 FROM "+string(t.Name)+" LIMIT 1", nil)
		if err != nil {
			return asFailure(err)
		}
		if len(rows) > 0 {
			filled = append(filled, string(t.Name))
		}
	}
	if len(filled) > 0 {
		return fmt.Errorf("the database is not empty, it has rows in %s; make a new database", strings.Join(filled, ", "))
	}
	if !there[sqlstore.VersionsTable] {
		return nil
	}
	var has int64
	if err := conn.QueryRow(ctx, sqlstore.VersionText).Scan(&has); err != nil {
		return asFailure(err)
	}
	if has > version {
		return fmt.Errorf("the database has no rows, but its schema %d is ahead of the schema %d of the backup; make a new database", has, version)
	}
	return nil
}

// fillAll runs fill, and then the statements, in one transaction.
func fillAll(ctx context.Context, conn *pgx.Conn, fill func(context.Context, sqlstore.Target) error, after []string) error {
	if _, err := conn.Exec(ctx, "BEGIN"); err != nil {
		return asFailure(err)
	}
	if err := fill(ctx, &target{conn}); err != nil {
		rollback(conn, err) // should it fail, the session ends, and the transaction with it
		return err
	}
	for _, text := range after {
		if _, err := conn.Exec(ctx, text); err != nil {
			return asFailure(rollback(conn, err))
		}
	}
	switch r := commit(conn); r.outcome {
	case applied:
		return nil
	case failed:
		return fmt.Errorf("storing the rows: %w", asFailure(r.err))
	}
	return errors.New("PostgreSQL did not confirm that the rows are stored; run the restore again: it says that the database is not empty if they are")
}

// target implements sqlstore.Target in one transaction.
type target struct{ conn *pgx.Conn }

// Load implements sqlstore.Target.
func (t *target) Load(ctx context.Context, l sqlstore.Layout, next func() ([]any, error)) error {
	source := &copySource{next: next}
	_, err := t.conn.CopyFrom(ctx, pgx.Identifier{string(l.Table)}, l.Columns, source)
	switch {
	case source.err != nil:
		return source.err
	case isCode(err, codeTaken):
		return fmt.Errorf("a row of table %s is there already: did a server start on the database meanwhile?", l.Table)
	case err != nil:
		return fmt.Errorf("storing rows of table %s: %w", l.Table, asFailure(err))
	}
	return nil
}

// codeTaken is the SQLSTATE of a key that is taken.
const codeTaken = "23505"

// copySource hands rows to the driver.
type copySource struct {
	next   func() ([]any, error)
	values []any
	err    error
}

// Next implements pgx.CopyFromSource.
func (s *copySource) Next() bool {
	s.values, s.err = s.next()
	if errors.Is(s.err, io.EOF) {
		s.err = nil
		return false
	}
	return s.err == nil
}

// Values implements pgx.CopyFromSource.
func (s *copySource) Values() ([]any, error) { return s.values, nil }

// Err implements pgx.CopyFromSource.
func (s *copySource) Err() error { return s.err }

// Page implements sqlstore.Target.
func (t *target) Page(ctx context.Context, l sqlstore.Layout, after []any, limit int) ([][]any, error) {
	return page(ctx, t.conn, l, after, limit)
}

// Clear implements sqlstore.Target.
func (t *target) Clear(ctx context.Context, table row.Table) error {
	_, err := t.conn.Exec(ctx, sqlstore.ClearText(table))
	return asFailure(err)
}
