package sqlite

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// dataSync is the system's call; tests put their own in its place.
var dataSync = unix.Fdatasync

// sync puts the log on the disk: its data, and what of its metadata is needed to
// read them. The operating system's layer of this build of SQLite also waits for
// the time of the last change, and so for the file system's journal, which on a
// busy machine takes several times as long. A log's first sync is left to it: for
// a new file it syncs the folder too.
func (l *logFile) sync(tls *libc.TLS, file uintptr, flags int32) int32 {
	if !l.synced {
		rc := function[syncFunc](l.system.FxSync)(tls, file, flags)
		l.synced = rc == sqlite3.SQLITE_OK
		return rc
	}
	if err := again(func() error { return dataSync(int(at[sqlite3.TunixFile](file).Fh)) }); err != nil {
		return sqlite3.SQLITE_IOERR_FSYNC
	}
	return sqlite3.SQLITE_OK
}

// syncFile puts the data of a file on the disk.
func syncFile(f *os.File) error {
	return again(func() error { return dataSync(int(f.Fd())) })
}

// again repeats a call that a signal has broken off.
func again(call func() error) error {
	for {
		if err := call(); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
