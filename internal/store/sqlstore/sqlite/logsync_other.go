//go:build !linux

package sqlite

import (
	"os"

	"modernc.org/libc"
)

// sync puts the log on the disk as the operating system's layer does.
func (l *logFile) sync(tls *libc.TLS, file uintptr, flags int32) int32 {
	return function[syncFunc](l.system.FxSync)(tls, file, flags)
}

// syncFile puts a file on the disk.
func syncFile(f *os.File) error { return f.Sync() }
