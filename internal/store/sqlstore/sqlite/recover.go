package sqlite

import (
	"context"
	"errors"
	"fmt"
)

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
// stand on them, so the log is emptied into the file before anything else.
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

func (w *writer) open() error {
	c, err := w.source.writer()
	if err != nil {
		return fmt.Errorf("opening the database again: %w", err)
	}
	if err := emptyLog(c); err != nil {
		return errors.Join(fmt.Errorf("emptying the log: %w", err), c.close())
	}
	w.conn = c
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
	w.broken.Store(true)
	return c.close()
}

func emptyLog(c *conn) error {
	return c.query(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)", nil, func(values []any) error {
		if busy, _ := values[0].(int64); busy != 0 {
			return errors.New("the log is in use")
		}
		return nil
	})
}
