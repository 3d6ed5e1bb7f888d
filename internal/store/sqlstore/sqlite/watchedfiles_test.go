package sqlite_test

import (
	"sync"
	"testing"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"

	"poolhouse.dev/internal/store/sqlstore/sqlite"
)

// watched names a SQLite file layer that does what the store's own does and lets a test look on, hold up and fail the syncs of the log.
const watched = "watched"

// syncs is what a test does around each sync of a log. The zero value looks on.
var syncs struct {
	sync.Mutex
	count int
	// before is called first; its result, if not SQLITE_OK, stands for the sync,
	// which is then not done.
	before func() int32
}

// watchSyncs sets what is done before each sync, until the test ends, and starts
// counting anew. before may be nil.
func watchSyncs(t testing.TB, before func() int32) {
	registerWatched()
	syncs.Lock()
	defer syncs.Unlock()
	syncs.before, syncs.count = before, 0
	t.Cleanup(func() {
		syncs.Lock()
		defer syncs.Unlock()
		syncs.before = nil
	})
}

func syncCount() int {
	syncs.Lock()
	defer syncs.Unlock()
	return syncs.count
}

// originals are the functions of the store's file layer.
var originals struct{ open, sync uintptr }

type (
	openFunc = func(tls *libc.TLS, vfs, name, file uintptr, flags int32, outFlags uintptr) int32
	syncFunc = func(tls *libc.TLS, file uintptr, flags int32) int32
)

// methods is the table of functions of log files; it lives in C memory.
var methods uintptr

var registerWatched = sync.OnceFunc(func() {
	if err := sqlite.RegisterLogFiles(); err != nil {
		panic(err)
	}
	tls := libc.NewTLS()
	defer tls.Close()
	name, err := libc.CString(watched)
	if err != nil {
		panic(err)
	}
	vfs := libc.Xcalloc(tls, 1, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_vfs{})))
	copied := at[sqlite3.Tsqlite3_vfs](vfs)
	under, err := libc.CString(sqlite.LogFiles)
	if err != nil {
		panic(err)
	}
	*copied = *at[sqlite3.Tsqlite3_vfs](sqlite3.Xsqlite3_vfs_find(tls, under))
	originals.open = copied.FxOpen
	copied.FpNext, copied.FzName, copied.FxOpen = 0, name, address(openWatched)
	if rc := sqlite3.Xsqlite3_vfs_register(tls, vfs, 0); rc != sqlite3.SQLITE_OK {
		panic(rc)
	}
})

func openWatched(tls *libc.TLS, vfs, name, file uintptr, flags int32, outFlags uintptr) int32 {
	rc := function[openFunc](originals.open)(tls, vfs, name, file, flags, outFlags)
	if rc != sqlite3.SQLITE_OK || flags&sqlite3.SQLITE_OPEN_WAL == 0 {
		return rc
	}
	syncs.Lock()
	defer syncs.Unlock()
	opened := at[sqlite3.Tsqlite3_file](file)
	if methods == 0 {
		methods = libc.Xcalloc(tls, 1, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_io_methods{})))
		table := at[sqlite3.Tsqlite3_io_methods](methods)
		*table = *at[sqlite3.Tsqlite3_io_methods](opened.FpMethods)
		originals.sync = table.FxSync
		table.FxSync = address(syncWatched)
	}
	opened.FpMethods = methods
	return rc
}

func syncWatched(tls *libc.TLS, file uintptr, flags int32) int32 {
	syncs.Lock()
	before := syncs.before
	syncs.Unlock()
	if before != nil {
		if rc := before(); rc != sqlite3.SQLITE_OK {
			return rc
		}
	}
	rc := function[syncFunc](originals.sync)(tls, file, flags)
	syncs.Lock()
	defer syncs.Unlock()
	syncs.count++
	return rc
}

// at is the value at an address of C memory.
func at[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }

// address is how C code knows a top-level function, and function is the way back.
func address[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&f)) }

func function[F any](address uintptr) F { return *(*F)(unsafe.Pointer(&address)) }
