package sqlite

import (
	"fmt"
	"sync"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// logFiles names the file layer of the store's connections. It is the operating
// system's, but for logs: SQLite appends a commit to its log in two writes for
// every page, a small header and the page; the layer keeps what is appended in
// memory and hands it over in one write when the log is synced, and syncs no more
// than that (logsync_linux.go).
//
// That is safe because nobody looks at what is kept: the writer's own reads of
// the log put it down first, and the other connections read the log only as far
// as the shared index says, which SQLite moves on after the sync. A write that
// fails shows at the sync, before anything is acknowledged.
const logFiles = "poolhouse-log"

// maxAppended is how many bytes a log keeps before it writes by itself. The
// operating system's layer takes fewer than 1<<17 at once.
const maxAppended = 1<<17 - 1

// logFile is an open log, as one connection has it.
type logFile struct {
	// system are the functions of the operating system's layer for the file.
	system *sqlite3.Tsqlite3_io_methods
	// appended are the bytes from offset on that are not written yet.
	appended []byte
	offset   int64
	// doubtful is where what was written and is not synced begins; -1 for nowhere.
	doubtful int64
	// synced is set after the first sync that succeeded; logsync_linux.go asks.
	synced bool
}

// openLogs has every open log by the address of its file. A log is used by one
// goroutine at a time, that of its connection.
var openLogs sync.Map

// The functions of a file layer that logs have their own of. C memory holds
// their addresses, so that they have to be functions of the package.
type (
	openFunc     = func(tls *libc.TLS, vfs, name, file uintptr, flags int32, outFlags uintptr) int32
	closeFunc    = func(tls *libc.TLS, file uintptr) int32
	transferFunc = func(tls *libc.TLS, file, buffer uintptr, n int32, offset int64) int32
	truncateFunc = func(tls *libc.TLS, file uintptr, size int64) int32
	syncFunc     = func(tls *libc.TLS, file uintptr, flags int32) int32
	sizeFunc     = func(tls *libc.TLS, file, size uintptr) int32
)

// systemOpen is the xOpen of the operating system's layer.
var systemOpen uintptr

// registerLogFiles makes the file layer known to SQLite.
var registerLogFiles = sync.OnceValue(func() error {
	tls := libc.NewTLS()
	defer tls.Close()
	name, err := libc.CString(logFiles)
	if err != nil {
		return err
	}
	vfs := libc.Xcalloc(tls, 1, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_vfs{})))
	layer := at[sqlite3.Tsqlite3_vfs](vfs)
	*layer = *at[sqlite3.Tsqlite3_vfs](sqlite3.Xsqlite3_vfs_find(tls, 0))
	systemOpen = layer.FxOpen
	layer.FpNext, layer.FzName, layer.FxOpen = 0, name, address(openLog)
	if rc := sqlite3.Xsqlite3_vfs_register(tls, vfs, 0); rc != sqlite3.SQLITE_OK {
		return fmt.Errorf("registering the file layer %s: SQLite's code %d", logFiles, rc)
	}
	return nil
})

// logMethods are the functions of logs, in C memory: those of the operating
// system's layer, some of them replaced. The first log that is opened makes the
// table, which serves all, since all are opened alike.
var logMethods struct {
	once  sync.Once
	table uintptr
}

func methodsLike(tls *libc.TLS, system *sqlite3.Tsqlite3_io_methods) uintptr {
	logMethods.once.Do(func() {
		logMethods.table = libc.Xcalloc(tls, 1, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_io_methods{})))
		methods := at[sqlite3.Tsqlite3_io_methods](logMethods.table)
		*methods = *system
		methods.FxClose, methods.FxRead, methods.FxWrite = address(closeLog), address(readLog), address(writeLog)
		methods.FxTruncate, methods.FxSync, methods.FxFileSize = address(truncateLog), address(syncLog), address(sizeOfLog)
	})
	return logMethods.table
}

func openLog(tls *libc.TLS, vfs, name, file uintptr, flags int32, outFlags uintptr) int32 {
	rc := function[openFunc](systemOpen)(tls, vfs, name, file, flags, outFlags)
	if rc != sqlite3.SQLITE_OK || flags&sqlite3.SQLITE_OPEN_WAL == 0 {
		return rc
	}
	opened := at[sqlite3.Tsqlite3_file](file)
	log := &logFile{system: at[sqlite3.Tsqlite3_io_methods](opened.FpMethods), doubtful: -1}
	opened.FpMethods = methodsLike(tls, log.system)
	openLogs.Store(file, log)
	return rc
}

func logOf(file uintptr) *logFile {
	log, _ := openLogs.Load(file)
	return log.(*logFile)
}

// put writes what was appended. When that fails it is given up, like the
// commit that it belongs to.
func (l *logFile) put(tls *libc.TLS, file uintptr) int32 {
	if len(l.appended) == 0 {
		return sqlite3.SQLITE_OK
	}
	if l.doubtful < 0 || l.offset < l.doubtful {
		l.doubtful = l.offset
	}
	rc := function[transferFunc](l.system.FxWrite)(tls, file, uintptr(unsafe.Pointer(&l.appended[0])), int32(len(l.appended)), l.offset)
	l.appended = l.appended[:0]
	return rc
}

func writeLog(tls *libc.TLS, file, buffer uintptr, n int32, offset int64) int32 {
	l := logOf(file)
	if offset != l.offset+int64(len(l.appended)) || len(l.appended)+int(n) > maxAppended {
		if rc := l.put(tls, file); rc != sqlite3.SQLITE_OK {
			return rc
		}
		l.offset = offset
	}
	l.appended = append(l.appended, unsafe.Slice(at[byte](buffer), n)...)
	return sqlite3.SQLITE_OK
}

func readLog(tls *libc.TLS, file, buffer uintptr, n int32, offset int64) int32 {
	l := logOf(file)
	if rc := l.put(tls, file); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return function[transferFunc](l.system.FxRead)(tls, file, buffer, n, offset)
}

// syncLog cuts off what could not be synced. The operating system may show it from
// its memory for a while though it will never be on the disk, and somebody who moved
// it into the file would, in a power cut, leave a part of a change there.
func syncLog(tls *libc.TLS, file uintptr, flags int32) int32 {
	l := logOf(file)
	rc := l.put(tls, file)
	if rc == sqlite3.SQLITE_OK {
		rc = l.sync(tls, file, flags)
	}
	if rc != sqlite3.SQLITE_OK && l.doubtful >= 0 {
		// Should this fail, too, the file is opened anew, like after every failed sync.
		function[truncateFunc](l.system.FxTruncate)(tls, file, l.doubtful)
	}
	l.doubtful = -1
	return rc
}

func truncateLog(tls *libc.TLS, file uintptr, size int64) int32 {
	l := logOf(file)
	if rc := l.put(tls, file); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return function[truncateFunc](l.system.FxTruncate)(tls, file, size)
}

func sizeOfLog(tls *libc.TLS, file, size uintptr) int32 {
	l := logOf(file)
	if rc := l.put(tls, file); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return function[sizeFunc](l.system.FxFileSize)(tls, file, size)
}

func closeLog(tls *libc.TLS, file uintptr) int32 {
	l := logOf(file)
	put := l.put(tls, file)
	openLogs.Delete(file)
	if rc := function[closeFunc](l.system.FxClose)(tls, file); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return put
}

// at is the value at an address of C memory.
func at[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }

// address is how C code knows a function, and function is the way back.
func address[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&f)) }

func function[F any](address uintptr) F { return *(*F)(unsafe.Pointer(&address)) }
