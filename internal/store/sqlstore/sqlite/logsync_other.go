//go:build !linux

package sqlite

import (
	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// sync puts the log on the disk as the operating system's layer does.
func (l *logFile) sync(tls *libc.TLS, file uintptr, flags int32) int32 {
	rc := function[syncFunc](l.system.FxSync)(tls, file, flags)
	l.synced = rc == sqlite3.SQLITE_OK
	return rc
}
