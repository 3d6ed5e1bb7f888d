package sqlite_test

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	sqlite3 "modernc.org/sqlite/lib"

	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore/sqlite"
)

// fault is how operations of a kind fail.
type fault struct {
	name string
	kind kind
	code int32
	// half says that a write which fails was half done.
	half bool
	// stays says that all operations of the kind fail until the disk is whole again.
	stays bool
}

// faults are those of a disk. What the operating system says to each is SQLite's word for it.
func faults() []fault {
	var list []fault
	for _, f := range []fault{
		{name: "disk full", kind: writes, code: sqlite3.SQLITE_FULL, half: true},
		{name: "write error", kind: writes, code: sqlite3.SQLITE_IOERR_WRITE, half: true},
		{name: "write error before the first byte", kind: writes, code: sqlite3.SQLITE_IOERR_WRITE},
		{name: "read error", kind: reads, code: sqlite3.SQLITE_IOERR_READ},
		{name: "sync error", kind: syncs, code: sqlite3.SQLITE_IOERR_FSYNC},
		{name: "truncate error", kind: truncates, code: sqlite3.SQLITE_IOERR_TRUNCATE},
		{name: "open error", kind: opens, code: sqlite3.SQLITE_CANTOPEN},
		{name: "delete error", kind: deletes, code: sqlite3.SQLITE_IOERR_DELETE},
		{name: "no room for the index of the log", kind: shares, code: sqlite3.SQLITE_IOERR_SHMSIZE},
	} {
		list = append(list, f)
		f.name, f.stays = f.name+" that stays", true
		list = append(list, f)
	}
	return list
}

// breaking makes the k-th operation of the fault's kind fail below folder.
type breaking struct {
	fault
	k     int64
	seen  atomic.Int64
	whole atomic.Bool
	made  atomic.Int64
}

func (b *breaking) each(op *operation) int32 {
	if op.kind != b.kind || b.whole.Load() {
		return op.do()
	}
	n := b.seen.Add(1)
	if n < b.k || n > b.k && !b.stays {
		return op.do()
	}
	b.made.Add(1)
	if b.half {
		if rc := op.half(); rc != sqlite3.SQLITE_OK {
			return rc
		}
	}
	return b.code
}

// TestEveryOperationFails fails the first operation of each kind of a store's life,
// then the second, and so on, once and for as long as the disk is broken. Whatever
// fails: a caller is told so, nothing acknowledged is lost, no change is there in
// part, and the store goes on by itself when the disk is whole.
func TestEveryOperationFails(t *testing.T) {
	empty := made(t)
	for _, f := range faults() {
		t.Run(f.name, func(t *testing.T) {
			made := 0
			stride := int64(often(11, 1))
			if f.kind == reads {
				stride = int64(often(44, 1)) // there are several times as many
			}
			for k := int64(1); !t.Failed(); k += stride {
				b := &breaking{fault: f, k: k}
				life(t, copied(t, empty), b)
				if b.made.Load() == 0 {
					break
				}
				made++
			}
			t.Logf("failed at %d places", made)
		})
	}
}

// life opens a store, changes and reads it, and closes it, on a disk that breaks.
func life(t *testing.T, folder string, b *breaking) {
	t.Helper()
	onDisk(t, folder, b.each)
	c := newChain("chain")
	// Without memory of rows every read goes to the disk.
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: folder, CacheBytes: -1})
	if err == nil {
		for i := range 12 {
			judge(t, b, c.step(t.Context(), s))
			_, err := c.stored(t.Context(), s)
			if judge(t, b, err); err != nil && b.code == sqlite3.SQLITE_FULL {
				t.Errorf("%s %d: a full disk keeps readers from reading: %v", b.kind, b.k, err)
			}
			if i == 5 {
				s.MoveLog()
			}
		}
	}
	b.whole.Store(true)
	if err != nil {
		if b.made.Load() == 0 {
			t.Fatal(err)
		}
		if s, err = sqlite.Open(t.Context(), sqlite.Config{Path: folder, CacheBytes: -1}); err != nil {
			t.Fatalf("%s %d: opening the store on a disk that is whole again: %v", b.kind, b.k, err)
		}
	}
	for range 3 {
		if err := c.step(t.Context(), s); err != nil {
			t.Errorf("%s %d: the disk is whole again, and the store answers %v", b.kind, b.k, err)
		}
	}
	// It may also break at the end, and nobody loses by that.
	b.whole.Store(false)
	if err := s.Close(); err != nil && b.made.Load() == 0 {
		t.Errorf("closing: %v", err)
	}
	b.whole.Store(true)
	sound(t, folder, c)
	if t.Failed() {
		t.Logf("with the fault at %s %d", b.kind, b.k)
	}
}

// TestEveryOperationFailsAtTheFirstStart fails operations of a store that is being made:
// the start is refused, and the next one makes what is missing.
func TestEveryOperationFailsAtTheFirstStart(t *testing.T) {
	for _, f := range faults() {
		if f.stays && often(0, 1) == 0 {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			made := 0
			for k := int64(1); !t.Failed(); k += int64(often(97, 7)) {
				folder, b := t.TempDir(), &breaking{fault: f, k: k}
				onDisk(t, folder, b.each)
				s, err := sqlite.Open(t.Context(), sqlite.Config{Path: folder})
				if err == nil {
					err = s.Close()
				}
				b.whole.Store(true)
				if b.made.Load() == 0 {
					if err != nil {
						t.Error(err)
					}
					break
				}
				made++
				c := newChain("chain")
				if s, err = sqlite.Open(t.Context(), sqlite.Config{Path: folder}); err != nil {
					t.Fatalf("%s %d: the next start: %v", b.kind, k, err)
				}
				if err := errors.Join(c.step(t.Context(), s), s.Close()); err != nil {
					t.Errorf("%s %d: the first change: %v", b.kind, k, err)
				}
				sound(t, folder, c)
			}
			t.Logf("failed at %d places", made)
		})
	}
}

// judge fails the test when an error is none that the fault may cause.
func judge(t *testing.T, b *breaking, err error) {
	t.Helper()
	allowed := b.made.Load() > 0 && (errors.Is(err, store.ErrUnavailable) || errors.Is(err, store.ErrUnknown))
	if err != nil && (!allowed || errors.Is(err, errTorn)) {
		t.Error(fmt.Errorf("%s %d: %w", b.kind, b.k, err))
	}
}
