package sqlite

import (
	"context"
	"errors"
	"fmt"

	"modernc.org/sqlite"
)

// undo ends the transaction after the error of a statement or of COMMIT. On a full disk it
// keeps the connections: files that were closed might find no room to be opened
// again, and then nothing could be read either.
func (w *writer) undo(cause error) error {
	if !isFull(cause) {
		return w.rollback()
	}
	if _, err := w.conn.exec("ROLLBACK", nil); err == nil {
		return nil
	}
	// A transaction begins only if the database has ended the last one by itself.
	if _, err := w.conn.exec("BEGIN", nil); err != nil {
		return w.reopen()
	}
	return w.rollback()
}

// makeRoom moves the log into the file, so that it is begun anew in the room that it
// has. It reports whether all of it was moved. The file may need room, too, and has
// none: then there is no use in trying again before the disk has some.
func (w *writer) makeRoom() bool {
	if w.stuck || w.conn == nil {
		return false
	}
	pending, err := w.moveAll()
	w.stuck = err != nil
	return err == nil && pending == 0
}

// rollback ends the transaction without its changes. The database may have done
// so by itself at the error; then, or when ROLLBACK fails in earnest, a new
// connection starts from what is committed.
func (w *writer) rollback() error {
	if _, err := w.conn.exec("ROLLBACK", nil); err == nil {
		return nil
	}
	return w.reopen()
}

// reopen closes every connection to the file and opens it anew, so that SQLite
// recovers it from what is on the disk. After a failed sync the operating system
// may hold pages of the log that will never be written; later commits must not
// stand on them, so the log is emptied into the file before anything else. After a failed
// sync of the file that moves what SQLite counted as moved, too, and syncs it.
func (w *writer) reopen() error {
	w.checkpointer.busy.Lock()
	defer w.checkpointer.busy.Unlock()
	return w.readers.closeAll(func() error {
		// No reader is on its way that could put back what it saw before.
		w.batch.cache.clear()
		err := w.close()
		return errors.Join(err, w.open())
	})
}

// open leaves the log where it is when it cannot be emptied: nothing of it counts as moved
// then, so that closing the connection moves and syncs all of it or keeps it.
func (w *writer) open() error {
	c, err := w.source.writer()
	if err != nil {
		return fmt.Errorf("opening the database again: %w", err)
	}
	if err := emptyLog(c); err != nil {
		return errors.Join(fmt.Errorf("emptying the log: %w", err), c.close())
	}
	w.conn = c
	w.checkpointer.moved.Store(false)
	w.checkpointer.doubt.Store(false)
	w.broken.Store(false)
	return nil
}

// connect makes sure that there is a connection: an attempt to reopen may have
// failed, and the cause may be gone since.
func (w *writer) connect() error {
	if w.conn != nil {
		return nil
	}
	w.checkpointer.busy.Lock()
	defer w.checkpointer.busy.Unlock()
	return unavailable(w.readers.closeAll(w.open))
}

func (w *writer) close() error {
	if w.conn == nil {
		return nil
	}
	c := w.conn
	w.conn = nil
	w.source.places.log.Store(nil) // the log may be another file next time
	w.broken.Store(true)
	var err error
	if w.checkpointer.doubt.Load() {
		err = c.keepLog()
	}
	return errors.Join(err, c.close())
}

// keepLog keeps the log as it is beyond the end of the last connection, which otherwise moves
// what it counts as not moved yet, and deletes it. Whoever opens the file next moves all of it.
func (c *conn) keepLog() error {
	files, ok := c.driver.(sqlite.FileControl)
	if !ok {
		return errors.New("the driver cannot keep the log")
	}
	// A log that is kept is cut off to this.
	if err := c.query(context.Background(), "PRAGMA journal_size_limit = -1", nil, func([]any) error { return nil }); err != nil {
		return err
	}
	_, err := files.FileControlPersistWAL("main", 1)
	return err
}

func emptyLog(c *conn) error {
	return c.query(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)", nil, func(values []any) error {
		if busy, _ := values[0].(int64); busy != 0 {
			return errors.New("the log is in use")
		}
		return nil
	})
}
