package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store/sqlstore"
)

// unfinishedName is the database of a restore on its way. It gets the name of a store's
// when it is whole; one that stays behind is what a killed restore left.
const unfinishedName = FileName + ".unfinished"

// besides are what SQLite has beside a database.
var besides = []string{"-wal", "-shm", "-journal"}

// ErrUnfinished says that a restore into a folder was broken off.
var ErrUnfinished = errors.New("a restore into this folder did not finish")

// refuseUnfinished keeps a server from beginning an empty store where one was to be
// restored.
func refuseUnfinished(path string) error {
	if _, err := os.Stat(filepath.Join(path, unfinishedName)); err == nil {
		return fmt.Errorf("%w; run it again, or remove %s to begin without it", ErrUnfinished, filepath.Join(path, unfinishedName))
	}
	return nil
}

// Restore makes a store in a folder that has none, with the schema of a version, filled
// by fill, and then brought up to date. The store is there when Restore returns nil, and
// not before. What an earlier Restore left, if it was killed, is removed.
func Restore(ctx context.Context, c Config, version int64, fill func(context.Context, sqlstore.Target) error) error {
	if err := os.MkdirAll(c.Path, 0o700); err != nil {
		return fmt.Errorf("making the data folder: %w", err)
	}
	lock, err := lockFolder(c.Path)
	if err != nil {
		return err
	}
	err = restore(ctx, c, version, fill)
	return errors.Join(err, lock.Close())
}

func restore(ctx context.Context, c Config, version int64, fill func(context.Context, sqlstore.Target) error) error {
	if err := Vacant(c); err != nil {
		return err
	}
	file, unfinished := filepath.Join(c.Path, FileName), filepath.Join(c.Path, unfinishedName)
	if err := removeUnfinished(unfinished); err != nil {
		return err
	}
	err := buildUnfinished(ctx, c, version, fill)
	if err == nil {
		err = syncPath(unfinished)
	}
	if err != nil {
		return errors.Join(err, removeUnfinished(unfinished))
	}
	if err := os.Rename(unfinished, file); err != nil {
		return err
	}
	return syncPath(c.Path)
}

// Vacant refuses a folder that has a store, which Restore would refuse.
func Vacant(c Config) error {
	// A log without its database would be taken for that of the new one.
	for _, beside := range append([]string{""}, besides...) {
		file := filepath.Join(c.Path, FileName+beside)
		if _, err := os.Lstat(file); err == nil {
			return fmt.Errorf("%s is there already; name a folder without a store", file)
		} else if !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// buildUnfinished fills the unfinished database. What it writes is synced at the end, as
// a whole; until then the file is worth nothing anyway.
func buildUnfinished(ctx context.Context, c Config, version int64, fill func(context.Context, sqlstore.Target) error) error {
	source, err := c.source(unfinishedName)
	if err != nil {
		return err
	}
	if err := source.create(); err != nil {
		return err
	}
	past, err := sqlstore.SQLite.Past(version)
	if err != nil {
		return err
	}
	if err := source.migrate(ctx, past); err != nil {
		return err
	}
	conn, err := source.open("journal_mode = OFF", "synchronous = OFF", "cache_size = -65536", "locking_mode = EXCLUSIVE")
	if err != nil {
		return err
	}
	_, err = conn.exec("BEGIN", nil)
	if err == nil {
		err = fill(ctx, &target{conn: conn})
	}
	if err == nil {
		_, err = conn.exec("COMMIT", nil)
	}
	if err = errors.Join(err, conn.close()); err != nil {
		return err
	}
	return source.migrate(ctx, sqlstore.Program{})
}

func removeUnfinished(file string) error {
	var errs []error
	// The database last: while it is there a server does not start.
	for _, beside := range append(besides, "") {
		if err := os.Remove(file + beside); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// target implements sqlstore.Target in one transaction.
type target struct{ conn *conn }

// Load implements sqlstore.Target.
func (t *target) Load(ctx context.Context, l sqlstore.Layout, next func() ([]any, error)) error {
	text := l.Insert()
	for {
		values, err := next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		}
		if _, err := t.conn.exec(text, values); err != nil {
			return fmt.Errorf("storing a row of table %s: %w", l.Table, err)
		}
	}
}

// Page implements sqlstore.Target.
func (t *target) Page(ctx context.Context, l sqlstore.Layout, after []any, limit int) ([][]any, error) {
	return t.conn.page(ctx, l, after, limit)
}

// Clear implements sqlstore.Target.
func (t *target) Clear(_ context.Context, table row.Table) error {
	_, err := t.conn.exec(sqlstore.ClearText(table), nil)
	return err
}
