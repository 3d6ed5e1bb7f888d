package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"poolhouse.dev/internal/store/sqlstore"
)

// snapshot is a reading transaction on a connection of its own. While it is open the log
// cannot begin anew and grows by all that is written; nobody waits for it.
type snapshot struct {
	readers *readers
	// lock is the folder's, for a snapshot without a store.
	lock *os.File

	// mu guards conn, which is nil after the end.
	mu   sync.Mutex
	conn *conn
}

var errSnapshotEnded = unavailable(errors.New("the database was closed, or opened anew after a failed write, while it was being read"))

// Snapshot returns a view of the tables that has every change which was answered before
// the call. It ends before its Close when the store is closed, or has to open its file
// anew; its calls are then answered with store.ErrUnavailable.
func (s *Store) Snapshot(ctx context.Context) (sqlstore.Snapshot, error) {
	v := &snapshot{readers: s.readers}
	// In a reader's place, because nobody closes the connections meanwhile.
	err := s.readers.use(ctx, func(*conn) error {
		c, err := s.readers.open()
		if err != nil {
			return unavailable(err)
		}
		if err := v.begin(c); err != nil {
			return err
		}
		s.readers.snapshots.Store(v, true)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return v, nil
}

// OpenSnapshot returns a view of the store in a folder that no process uses, which stays
// closed to others until Close. The schema is left as it is.
func OpenSnapshot(_ context.Context, c Config) (_ sqlstore.Snapshot, err error) {
	file := filepath.Join(c.Path, FileName)
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no store in %s", c.Path)
	} else if err != nil {
		return nil, err
	}
	v := &snapshot{}
	if v.lock, err = lockFolder(c.Path); err != nil {
		return nil, err
	}
	if err := v.open(c); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the store in %s: %w", c.Path, err), v.lock.Close())
	}
	return v, nil
}

func (v *snapshot) open(c Config) error {
	if err := refuseUnfinished(c.Path); err != nil {
		return err
	}
	source, err := c.source(FileName)
	if err != nil {
		return err
	}
	conn, err := source.reader()
	if err != nil {
		return err
	}
	return v.begin(conn)
}

// begin makes c the snapshot's. The view is of the moment of the first read.
func (v *snapshot) begin(c *conn) error {
	_, err := c.exec("BEGIN", nil)
	if err == nil {
		_, err = schemaOf(context.Background(), c)
	}
	if err != nil {
		return errors.Join(unavailable(err), c.close())
	}
	v.conn = c
	return nil
}

func schemaOf(ctx context.Context, c *conn) (version int64, err error) {
	err = c.query(ctx, sqlstore.VersionText, nil, func(values []any) error {
		version, _ = values[0].(int64)
		return nil
	})
	return version, err
}

// Schema implements sqlstore.Snapshot.
func (v *snapshot) Schema(ctx context.Context) (int64, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.conn == nil {
		return 0, errSnapshotEnded
	}
	return schemaOf(ctx, v.conn)
}

// Page implements sqlstore.Snapshot.
func (v *snapshot) Page(ctx context.Context, l sqlstore.Layout, after []any, limit int) ([][]any, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.conn == nil {
		return nil, errSnapshotEnded
	}
	return v.conn.page(ctx, l, after, limit)
}

func (c *conn) page(ctx context.Context, l sqlstore.Layout, after []any, limit int) (rows [][]any, err error) {
	text, args := l.Page(after, limit)
	err = c.query(ctx, text, args, func(values []any) error {
		rows = append(rows, append([]any(nil), values...))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading table %s: %w", l.Table, err)
	}
	return rows, nil
}

// end closes the connection, once.
func (v *snapshot) end() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.conn == nil {
		return nil
	}
	c := v.conn
	v.conn = nil
	return c.close()
}

// Close implements sqlstore.Snapshot.
func (v *snapshot) Close() error {
	err := v.end()
	if v.readers != nil {
		v.readers.snapshots.Delete(v)
	}
	if v.lock != nil {
		err = errors.Join(err, v.lock.Close())
		v.lock = nil
	}
	return err
}
