package sqlite_test

import (
	"bytes"
	"errors"
	"fmt"
	mrand "math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"testing"

	sqlite3 "modernc.org/sqlite/lib"

	"poolhouse.dev/internal/instance"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore/sqlite"
)

// watchedPages are fewer than the pages of the log that a watchedMove begins with.
const watchedPages = 4096

// watchedMove is a store with a log that the background has not moved yet.
type watchedMove struct {
	store  *sqlite.Store
	folder string
	// busy says that the log does not come to an end: whatever is moved, there is another commit.
	busy atomic.Bool
	// unsynced counts the writes to the database file since its last sync, and total all.
	unsynced, total atomic.Int64
	// committed is how many sets were.
	committed atomic.Int64
}

// newWatchedMove has so many rows of a megabyte in the log. It calls each in the place of
// every operation on the files; nil is for none.
func newWatchedMove(t *testing.T, large int, each func(op *operation) int32) *watchedMove {
	if runtime.GOOS != "linux" {
		t.Skip("elsewhere the sync of the background goes past SQLite's file layers")
	}
	sqlite.ShortenLog(t, 1<<20)
	m := &watchedMove{folder: t.TempDir()}
	m.store = open(t, sqlite.Config{Path: m.folder})
	for i := range large {
		m.put(t, fmt.Sprint("large ", i), 1<<20)
	}
	if each == nil {
		each = func(op *operation) int32 { return op.do() }
	}
	onDisk(t, m.folder, func(op *operation) int32 {
		file := op.path == filepath.Join(m.folder, sqlite.FileName)
		if file && op.kind == writes {
			if n := m.total.Add(1); m.busy.Load() && (n == 1 || n > watchedPages) && !byTheWriter() {
				m.put(t, fmt.Sprint("meanwhile ", n), 10)
			}
			m.unsynced.Add(1)
		}
		rc := each(op)
		if file && op.kind == syncs {
			// The writer itself moves the log next, and cannot wait for a commit.
			m.busy.Store(m.busy.Load() && rc == sqlite3.SQLITE_OK)
			if rc == sqlite3.SQLITE_OK {
				m.unsynced.Store(0)
			}
		}
		return rc
	})
	return m
}

// byTheWriter reports whether the writer runs the operation: it may still be moving the last
// piece when its answer is there, and would wait for itself.
func byTheWriter() bool { return bytes.Contains(debug.Stack(), []byte(".(*writer).run(")) }

// move moves the log while there are commits.
func (m *watchedMove) move() {
	m.busy.Store(true)
	defer m.busy.Store(false)
	m.store.MoveLog()
}

func (m *watchedMove) put(t *testing.T, name string, size int) {
	t.Helper()
	if err := m.try(t, name, size); err != nil {
		t.Error(err)
	}
}

func (m *watchedMove) try(t *testing.T, name string, size int) error {
	set := store.NewChangeSet()
	set.Insert(&instance.Material{Name: name, Value: make([]byte, size)})
	err := m.store.Commit(t.Context(), set)
	if err == nil {
		m.committed.Add(1)
	}
	return err
}

// wantAll fails the test unless what was acknowledged is in s, and nothing else.
func (m *watchedMove) wantAll(t *testing.T, s *sqlite.Store) {
	t.Helper()
	n, err := s.Count(t.Context(), store.Query{Table: instance.TableMaterial})
	if err != nil || n != m.committed.Load() {
		t.Errorf("%d rows are there, want %d: %v", n, m.committed.Load(), err)
	}
	if err := s.CheckIntegrity(t.Context()); err != nil {
		t.Error(err)
	}
}

// The writer, which syncs the file when it moves the last piece of the log, does not
// find all that the background moved still to be synced: everybody would wait for it.
func TestBackgroundSyncsWhatItMoves(t *testing.T) {
	m := newWatchedMove(t, 16, nil)
	m.move()
	if moved, left := m.total.Load(), m.unsynced.Load(); moved < watchedPages || left > moved/4 {
		t.Errorf("of %d pages that were moved, %d are not synced", moved, left)
	}
	for i := range 32 {
		m.put(t, fmt.Sprint("after ", i), 10)
	}
	if left := m.unsynced.Load(); left != 0 {
		t.Errorf("the log is not moved to its end: %d pages are not synced", left)
	}
	m.wantAll(t, m.store)
}

// A database file that cannot be synced takes no more changes, and can be read; when it
// can be synced again it takes them again, by itself.
func TestFileThatCannotBeSynced(t *testing.T) {
	var ill atomic.Bool
	ill.Store(true)
	m := newWatchedMove(t, 16, func(op *operation) int32 {
		if ill.Load() && op.kind == syncs && filepath.Base(op.path) == sqlite.FileName {
			return sqlite3.SQLITE_IOERR_FSYNC
		}
		return op.do()
	})
	m.move()
	_ = m.try(t, "the writer may not have seen it yet", 10)
	for i := range 3 {
		if err := m.try(t, fmt.Sprint("refused ", i), 10); !errors.Is(err, store.ErrUnavailable) || errors.Is(err, store.ErrUnknown) {
			t.Errorf("a change is answered with %v", err)
		}
		if err := m.store.Ping(t.Context()); err == nil {
			t.Error("the store calls itself ready")
		}
		m.wantAll(t, m.store)
	}
	ill.Store(false)
	for i := range 32 {
		m.put(t, fmt.Sprint("later ", i), 10)
	}
	if err := m.store.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	m.wantAll(t, m.store)
}

// A sync that failed may have lost the pages that were moved before it, though the next one
// succeeds. They are moved again before the log, which has them, is begun anew.
func TestPagesLostByAFailedSyncAreMovedAgain(t *testing.T) {
	for _, c := range []struct {
		name string
		// large is how many rows of a megabyte are in the log.
		large int
		// move moves the log; the first sync of the file fails.
		move func(t *testing.T, m *watchedMove)
	}{
		{"the background's", 16, func(_ *testing.T, m *watchedMove) { m.move() }},
		{"the writer's", 3, func(t *testing.T, m *watchedMove) { m.moveByTheWriter(t) }},
		{"the writer's, and the store is closed", 3, func(t *testing.T, m *watchedMove) {
			m.moveByTheWriter(t)
			if err := m.store.Close(); err != nil {
				t.Error(err)
			}
			m.store = open(t, sqlite.Config{Path: m.folder})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := newJournal()
			m := newWatchedMove(t, c.large, j.each)
			before := m.files(t)
			synced := 0
			j.failSync = func(file string) bool {
				if file == sqlite.FileName {
					synced++
				}
				return file == sqlite.FileName && synced == 1
			}
			c.move(t, m)
			for i := range 96 {
				m.put(t, fmt.Sprint("after ", i), 10)
				if i%24 == 23 {
					m.move()
				}
			}
			if synced < 2 {
				t.Fatalf("the file was synced %d times", synced)
			}
			cut := j.now()
			if err := m.store.Close(); err != nil {
				t.Error(err)
			}
			chance := mrand.New(mrand.NewPCG(1, 2))
			for range 4 {
				there := t.TempDir()
				for name, first := range before {
					if data := j.cut(name, cut, first, chance); data != nil {
						put(t, filepath.Join(there, name), data)
					}
				}
				m.wantAll(t, open(t, sqlite.Config{Path: there}))
			}
		})
	}
}

// moveByTheWriter has the background move what a reader lets it, and the writer the rest.
func (m *watchedMove) moveByTheWriter(t *testing.T) {
	t.Helper()
	reader, err := m.store.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m.put(t, "not moved by the background", 10)
	m.store.MoveLog()
	if n := m.unsynced.Load(); n < 500 {
		t.Errorf("the background has moved %d pages", n)
	}
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	m.put(t, "moves the rest", 10)
}

// files are the database and its log as they stand.
func (m *watchedMove) files(t *testing.T) map[string][]byte {
	t.Helper()
	files := make(map[string][]byte)
	for _, name := range []string{sqlite.FileName, sqlite.FileName + "-wal"} {
		data, err := os.ReadFile(filepath.Join(m.folder, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = data
	}
	return files
}
