package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/sys/unix"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// codeOf returns SQLite's code for err, 0 when it is not SQLite's.
func codeOf(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return sqlite3.SQLITE_OK
}

// isFull reports whether err says that the disk has no room.
func isFull(err error) bool { return codeOf(err)&0xff == sqlite3.SQLITE_FULL }

// isUnsynced reports whether err says that a sync has failed.
func isUnsynced(err error) bool { return codeOf(err) == sqlite3.SQLITE_IOERR_FSYNC }

// errDamaged says that a file is not what SQLite wrote.
var errDamaged = errors.New("the database is damaged")

// damage looks through the file and says whether it is damaged. It takes its time, and
// is for when something else has failed.
func (c *conn) damage() error {
	found := ""
	err := c.query(context.Background(), "PRAGMA quick_check(1)", nil, func(values []any) error {
		found, _ = values[0].(string)
		return nil
	})
	if err != nil || found == "ok" {
		return err
	}
	return fmt.Errorf("%w: %s", errDamaged, found)
}

// advise adds to an error that keeps a store from being opened what can be done about it.
func advise(err error) error {
	code := codeOf(err)
	advice := ""
	switch {
	case isFull(err), code == sqlite3.SQLITE_IOERR_SHMSIZE, errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT):
		advice = "the disk is full; make room and start again"
	case errors.Is(err, ErrLocked):
		advice = "stop that process, or name another folder"
	case code&0xff == sqlite3.SQLITE_READONLY, code&0xff == sqlite3.SQLITE_PERM, errors.Is(err, unix.EROFS), errors.Is(err, fs.ErrPermission):
		advice = "the database has to be written to; mount its disk for writing, and let this account write to the folder and the files in it"
	case code&0xff == sqlite3.SQLITE_CORRUPT, code&0xff == sqlite3.SQLITE_NOTADB, errors.Is(err, errDamaged):
		advice = "the file is damaged; put a backup in its place, without the files whose names begin with its own, or see what the sqlite3 program's .recover can save"
	case code&0xff == sqlite3.SQLITE_IOERR:
		advice = "the disk answers with errors; the system's log tells more"
	}
	if advice == "" {
		return err
	}
	return fmt.Errorf("%w; %s", err, advice)
}
