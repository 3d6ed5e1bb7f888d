package sqlite_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"

	"poolhouse.dev/internal/store/sqlstore/sqlite"
)

// The tests of this package reach every file through a layer of their own, which
// stands below the store's, in the place of the operating system's: it does what
// that does and lets a test look at, fail or leave out each operation.
func TestMain(m *testing.M) {
	registerDisk()
	os.Exit(m.Run())
}

// kind is what is done to a file.
type kind string

const (
	opens     kind = "open"
	reads     kind = "read"
	writes    kind = "write"
	truncates kind = "truncate"
	syncs     kind = "sync"
	deletes   kind = "delete"
	// shares makes the index that connections share, or a part of it.
	shares kind = "share"
)

// operation is one call on its way to the operating system.
type operation struct {
	kind kind
	path string
	// offset and data are what is written and where; size is what is truncated to.
	offset, size int64
	data         []byte
	// handle is the system's number of the open file, of a sync and of an opening that
	// is done.
	handle int32
	// do does it. half, of a write, does the first half of it.
	do, half func() int32
}

// disk is what a test does at each operation on the files below a folder.
var disk struct {
	sync.RWMutex
	folder string
	each   func(op *operation) int32
}

// onDisk has each called in the place of every operation on files below folder,
// until the test ends. It is called by many goroutines at once. Its result is SQLite's code.
func onDisk(t testing.TB, folder string, each func(op *operation) int32) {
	disk.Lock()
	defer disk.Unlock()
	disk.folder, disk.each = folder+string(filepath.Separator), each
	t.Cleanup(func() {
		disk.Lock()
		defer disk.Unlock()
		disk.each = nil
	})
}

func (op *operation) run() int32 {
	disk.RLock()
	folder, each := disk.folder, disk.each
	disk.RUnlock()
	if each == nil || !strings.HasPrefix(op.path, folder) {
		return op.do()
	}
	return each(op)
}

// isLog reports whether the operation concerns the log.
func (op *operation) isLog() bool { return strings.HasSuffix(op.path, "-wal") }

type (
	openFunc     = func(tls *libc.TLS, vfs, name, file uintptr, flags int32, outFlags uintptr) int32
	syncFunc     = func(tls *libc.TLS, file uintptr, flags int32) int32
	readFunc     = func(tls *libc.TLS, file, buffer uintptr, n int32, offset int64) int32
	truncateFunc = func(tls *libc.TLS, file uintptr, size int64) int32
	deleteFunc   = func(tls *libc.TLS, vfs, name uintptr, syncFolder int32) int32
	shareFunc    = func(tls *libc.TLS, file uintptr, region, size, extend int32, to uintptr) int32
)

// under are the functions of the operating system's layer.
var under struct {
	open, delete uintptr
	// tables has, for each of its tables of functions, the one of this layer.
	tables map[uintptr]uintptr
	mu     sync.Mutex
}

// diskFile is an open file.
type diskFile struct {
	path   string
	system *sqlite3.Tsqlite3_io_methods
}

// diskFiles has them by their addresses, which are used again.
var diskFiles sync.Map

func fileOf(file uintptr) *diskFile {
	f, _ := diskFiles.Load(file)
	return f.(*diskFile)
}

var registerDisk = sync.OnceFunc(func() {
	under.tables = make(map[uintptr]uintptr)
	tls := libc.NewTLS()
	defer tls.Close()
	name, err := libc.CString("disk")
	if err != nil {
		panic(err)
	}
	vfs := libc.Xcalloc(tls, 1, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_vfs{})))
	layer := at[sqlite3.Tsqlite3_vfs](vfs)
	*layer = *at[sqlite3.Tsqlite3_vfs](sqlite3.Xsqlite3_vfs_find(tls, 0))
	under.open, under.delete = layer.FxOpen, layer.FxDelete
	layer.FpNext, layer.FzName = 0, name
	layer.FxOpen, layer.FxDelete = address(openDisk), address(deleteDisk)
	// The store's own layer is made from the default one.
	if rc := sqlite3.Xsqlite3_vfs_register(tls, vfs, 1); rc != sqlite3.SQLITE_OK {
		panic(rc)
	}
	sqlite.OnDataSync(func(handle int, path string, do func() error) error {
		var failed error
		op := &operation{kind: syncs, path: path, handle: int32(handle), do: func() int32 {
			if failed = do(); failed != nil {
				return sqlite3.SQLITE_IOERR_FSYNC
			}
			return sqlite3.SQLITE_OK
		}}
		if op.run() != sqlite3.SQLITE_OK && failed == nil {
			failed = unix.EIO
		}
		return failed
	})
})

func openDisk(tls *libc.TLS, vfs, name, file uintptr, flags int32, outFlags uintptr) int32 {
	op := &operation{kind: opens, path: text(name)}
	op.do = func() int32 {
		rc := function[openFunc](under.open)(tls, vfs, name, file, flags, outFlags)
		op.handle = at[sqlite3.TunixFile](file).Fh
		return rc
	}
	rc := op.run()
	opened := at[sqlite3.Tsqlite3_file](file)
	if rc != sqlite3.SQLITE_OK {
		opened.FpMethods = 0
		return rc
	}
	system := at[sqlite3.Tsqlite3_io_methods](opened.FpMethods)
	diskFiles.Store(file, &diskFile{path: op.path, system: system})
	under.mu.Lock()
	defer under.mu.Unlock()
	table, ok := under.tables[opened.FpMethods]
	if !ok {
		table = libc.Xcalloc(tls, 1, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_io_methods{})))
		methods := at[sqlite3.Tsqlite3_io_methods](table)
		*methods = *system
		methods.FxRead, methods.FxWrite, methods.FxTruncate = address(readDisk), address(writeDisk), address(truncateDisk)
		methods.FxSync, methods.FxShmMap = address(syncDisk), address(shareDisk)
		under.tables[opened.FpMethods] = table
	}
	opened.FpMethods = table
	return rc
}

func text(name uintptr) string {
	if name == 0 {
		return ""
	}
	return libc.GoString(name)
}

func readDisk(tls *libc.TLS, file, buffer uintptr, n int32, offset int64) int32 {
	f := fileOf(file)
	op := &operation{kind: reads, path: f.path, offset: offset, do: func() int32 {
		return function[readFunc](f.system.FxRead)(tls, file, buffer, n, offset)
	}}
	return op.run()
}

func writeDisk(tls *libc.TLS, file, buffer uintptr, n int32, offset int64) int32 {
	f := fileOf(file)
	write := func(n int32) int32 { return function[readFunc](f.system.FxWrite)(tls, file, buffer, n, offset) }
	op := &operation{
		kind: writes, path: f.path, offset: offset, data: unsafe.Slice(at[byte](buffer), n),
		do: func() int32 { return write(n) }, half: func() int32 { return write(n / 2) },
	}
	return op.run()
}

func truncateDisk(tls *libc.TLS, file uintptr, size int64) int32 {
	f := fileOf(file)
	op := &operation{kind: truncates, path: f.path, size: size, do: func() int32 {
		return function[truncateFunc](f.system.FxTruncate)(tls, file, size)
	}}
	return op.run()
}

func syncDisk(tls *libc.TLS, file uintptr, flags int32) int32 {
	f := fileOf(file)
	op := &operation{kind: syncs, path: f.path, handle: at[sqlite3.TunixFile](file).Fh, do: func() int32 {
		return function[syncFunc](f.system.FxSync)(tls, file, flags)
	}}
	return op.run()
}

func shareDisk(tls *libc.TLS, file uintptr, region, size, extend int32, to uintptr) int32 {
	f := fileOf(file)
	op := &operation{kind: shares, path: f.path + "-shm", do: func() int32 {
		return function[shareFunc](f.system.FxShmMap)(tls, file, region, size, extend, to)
	}}
	return op.run()
}

func deleteDisk(tls *libc.TLS, vfs, name uintptr, syncFolder int32) int32 {
	op := &operation{kind: deletes, path: text(name), do: func() int32 {
		return function[deleteFunc](under.delete)(tls, vfs, name, syncFolder)
	}}
	return op.run()
}

// at is the value at an address of C memory.
func at[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }

// address is how C code knows a top-level function, and function is the way back.
func address[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&f)) }

func function[F any](address uintptr) F { return *(*F)(unsafe.Pointer(&address)) }
