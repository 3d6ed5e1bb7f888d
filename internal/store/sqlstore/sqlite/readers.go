package sqlite

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore"
)

// readers is a fixed number of connections that only read.
type readers struct {
	open func() (*conn, error)
	// idle holds the places; a place without a connection is opened when used.
	idle chan *conn
	// shut is set for good when the store is closed.
	shut atomic.Bool
	// snapshots are those that are open, as keys.
	snapshots sync.Map
}

func newReaders(open func() (*conn, error), n int) *readers {
	r := &readers{open: open, idle: make(chan *conn, n)}
	for range n {
		r.idle <- nil
	}
	return r
}

// use calls do with a connection that nobody else uses.
func (r *readers) use(ctx context.Context, do func(c *conn) error) (err error) {
	var c *conn
	select {
	case c = <-r.idle:
	case <-ctx.Done():
		return unavailable(ctx.Err())
	}
	defer func() { r.idle <- c }()
	if err := ctx.Err(); err != nil {
		return unavailable(err)
	}
	if r.shut.Load() {
		return errClosed
	}
	if c == nil {
		if c, err = r.open(); err != nil {
			c = nil
			return unavailable(err)
		}
	}
	err = do(c)
	if errors.Is(err, store.ErrUnavailable) {
		// Whatever state the connection is in, the next reader gets a new one.
		c.close()
		c = nil
	}
	return err
}

// closeAll waits for the reads that run, closes every connection and ends every
// snapshot, calls do, and lets reads in again.
func (r *readers) closeAll(do func() error) error {
	for range cap(r.idle) {
		if c := <-r.idle; c != nil {
			c.close() // it only read: whatever it says at its end is nobody's loss
		}
	}
	r.snapshots.Range(func(v, _ any) bool {
		v.(*snapshot).end()
		return true
	})
	defer func() {
		for range cap(r.idle) {
			r.idle <- nil
		}
	}()
	return do()
}

// readText is the pair of statements that read a row by key, with its place behind its
// columns: the rowid, NULL in a table that has none. The even one takes a decoy's key as
// well, and has the row of the key, or, where there is none, that of the decoy, behind a
// number that is 1 or 0.
type readText struct {
	read, even string
}

func readTexts(compact map[row.Table]bool) map[*sqlstore.Table]readText {
	texts := make(map[*sqlstore.Table]readText)
	for _, t := range sqlstore.Tables() {
		place := "rowid"
		if compact[t.Name] {
			place = "NULL"
		}
		// of returns the row whose key is in the arguments after so many others.
		of := func(after int) string {
			var terms []string
			for i, name := range t.KeyColumns() {
				terms = append(terms, name+" = $"+strconv.Itoa(after+i+1))
			}
			return strings.Join(t.BodyColumns(), ", ") + ", " + place + " FROM " + string(t.Name) + " WHERE " + strings.Join(terms, " AND ")
		}
		texts[t] = readText{
			read: "SELECT " + of(0),
			even: "SELECT 1, " + of(0) + " UNION ALL SELECT 0, " + of(len(t.KeyColumns())) + " LIMIT 1",
		}
	}
	return texts
}

// Read implements store.Reader.
func (s *Store) Read(ctx context.Context, rows ...row.Row) error {
	if err := ctx.Err(); err != nil {
		return unavailable(err)
	}
	if s.closed.Load() {
		return errClosed
	}
	even := store.IsEven(ctx)
	for len(rows) > 0 && !even {
		hit, err := s.readCached(rows[0])
		if err != nil {
			return err
		}
		if !hit {
			break
		}
		rows = rows[1:]
	}
	if len(rows) == 0 {
		return nil
	}
	return s.readers.use(ctx, func(c *conn) error { return s.readRows(c, rows, even) })
}

// Lend implements store.Lender.
func (s *Store) Lend(key row.Key) row.Row {
	if s.closed.Load() {
		return nil
	}
	return s.cache.known(key)
}

// readCached fills r if the cache has its row.
func (s *Store) readCached(r row.Row) (hit bool, err error) {
	key := r.RowKey()
	t, ok := sqlstore.TableOf(key.Table)
	if !ok {
		return false, fmt.Errorf("there is no table %q", key.Table)
	}
	e, _ := s.cache.get(key)
	if e == nil {
		return false, nil
	}
	t.Copy(r, e.row)
	return true, nil
}

// readRows fills rows one after the other, each from the cache or the database, or, even,
// all from the database.
func (s *Store) readRows(c *conn, rows []row.Row, even bool) error {
	for _, r := range rows {
		key := r.RowKey()
		t, ok := sqlstore.TableOf(key.Table)
		if !ok {
			return fmt.Errorf("there is no table %q", key.Table)
		}
		e, since := s.cache.get(key)
		if e != nil && !even {
			t.Copy(r, e.row)
			continue
		}
		read := s.readRow
		if even {
			read = s.readEvenly
		}
		if err := read(c, t, r, since); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) readRow(c *conn, t *sqlstore.Table, r row.Row, since uint64) error {
	key := r.RowKey()
	var room [3]any
	found := false
	err := c.query(context.Background(), s.readTexts[t].read, t.KeyArgs(room[:0], key), func(values []any) error {
		found = true
		place := len(values) - 1
		if err := t.Fill(r, values[:place]); err != nil {
			return err
		}
		rowid, _ := values[place].(int64)
		s.cache.put(t, r, since, rowid)
		return nil
	})
	if err != nil {
		return fmt.Errorf("reading a row of table %s: %w", key.Table, err)
	}
	if !found {
		*r.Stamped() = row.Stamp{}
	}
	return nil
}

// readEvenly is readRow at the same cost for a row that is not there: then a decoy is
// read in its place, and forgotten.
func (s *Store) readEvenly(c *conn, t *sqlstore.Table, r row.Row, since uint64) error {
	key := r.RowKey()
	decoy := s.decoys.For(t, key)
	var room [6]any
	args := t.KeyArgs(t.KeyArgs(room[:0], key), decoy)
	found, misled := false, false
	err := c.query(context.Background(), s.readTexts[t].even, args, func(values []any) error {
		filled, since := r, since
		if asked, _ := values[0].(int64); asked == 1 {
			found = true
		} else {
			misled, filled, since = true, t.New(), unsettled
		}
		place := len(values) - 1
		if err := t.Fill(filled, values[1:place]); err != nil {
			return err
		}
		rowid, _ := values[place].(int64)
		s.cache.put(t, filled, since, rowid)
		return nil
	})
	switch {
	case err != nil:
		return fmt.Errorf("reading a row of table %s: %w", key.Table, err)
	case found:
		s.decoys.Found(t, key)
		return nil
	case !misled:
		s.decoys.Gone(t, decoy)
	}
	*r.Stamped() = row.Stamp{}
	return nil
}

// List implements store.Reader.
func (s *Store) List(ctx context.Context, q store.Query) (page store.Page, err error) {
	sel, err := sqlstore.SQLite.Select(q)
	if err != nil {
		return page, err
	}
	var result [][]any
	err = s.readers.use(ctx, func(c *conn) error {
		return c.query(ctx, sel.Text, sel.Args, func(values []any) error {
			result = append(result, append([]any(nil), values...))
			return ctx.Err()
		})
	})
	if err != nil {
		return page, fmt.Errorf("listing table %s: %w", q.Table, err)
	}
	return sel.Page(result)
}

// Count implements store.Reader.
func (s *Store) Count(ctx context.Context, q store.Query) (n int64, err error) {
	text, args, err := sqlstore.SQLite.SelectCount(q)
	if err != nil {
		return 0, err
	}
	err = s.readers.use(ctx, func(c *conn) error {
		return c.query(ctx, text, args, func(values []any) error {
			n, _ = values[0].(int64)
			return nil
		})
	})
	if err != nil {
		return 0, fmt.Errorf("counting table %s: %w", q.Table, err)
	}
	return n, nil
}
