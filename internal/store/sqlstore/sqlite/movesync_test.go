package sqlite_test

import (
	"fmt"
	"path/filepath"
	"runtime"
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
	store *sqlite.Store
	// busy says that the log does not come to an end: whatever is moved, there is another commit.
	busy atomic.Bool
	// unsynced counts the writes to the database file since its last sync, and total all.
	unsynced, total atomic.Int64
	// committed is how many sets were.
	committed atomic.Int64
}

// newWatchedMove has each sync of the database file answered by answer.
func newWatchedMove(t *testing.T, answer func(do func() int32) int32) *watchedMove {
	if runtime.GOOS != "linux" {
		t.Skip("elsewhere the sync of the background goes past SQLite's file layers")
	}
	sqlite.ShortenLog(t, 1<<20)
	folder := t.TempDir()
	m := &watchedMove{store: open(t, sqlite.Config{Path: folder})}
	for i := range 16 {
		m.put(t, fmt.Sprint("large ", i), 1<<20)
	}
	onDisk(t, folder, func(op *operation) int32 {
		if op.path != filepath.Join(folder, sqlite.FileName) {
			return op.do()
		}
		switch op.kind {
		case writes:
			if n := m.total.Add(1); m.busy.Load() && (n == 1 || n > watchedPages) {
				m.put(t, fmt.Sprint("meanwhile ", n), 10)
			}
			m.unsynced.Add(1)
		case syncs:
			rc := answer(op.do)
			if rc == sqlite3.SQLITE_OK {
				m.unsynced.Store(0)
			}
			return rc
		}
		return op.do()
	})
	return m
}

// move moves the log while there are commits.
func (m *watchedMove) move() {
	m.busy.Store(true)
	defer m.busy.Store(false)
	m.store.MoveLog()
}

func (m *watchedMove) put(t *testing.T, name string, size int) {
	set := store.NewChangeSet()
	set.Insert(&instance.Material{Name: name, Value: make([]byte, size)})
	if err := m.store.Commit(t.Context(), set); err != nil {
		t.Error(err)
	}
	m.committed.Add(1)
}

// The writer, which syncs the file when it moves the last piece of the log, does not
// find all that the background moved still to be synced: everybody would wait for it.
func TestBackgroundSyncsWhatItMoves(t *testing.T) {
	m := newWatchedMove(t, func(do func() int32) int32 { return do() })
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
}

// As long as what was moved could not be synced, the log is not begun anew.
func TestLogStaysWhileTheFileCannotBeSynced(t *testing.T) {
	var ill atomic.Bool
	ill.Store(true)
	m := newWatchedMove(t, func(do func() int32) int32 {
		if ill.Load() {
			return sqlite3.SQLITE_IOERR_FSYNC
		}
		return do()
	})
	m.move()
	moved := m.total.Load()
	for i := range 32 {
		m.put(t, fmt.Sprint("after ", i), 10)
	}
	if n := m.total.Load(); moved < watchedPages || n != moved {
		t.Errorf("the background has moved %d pages, and the writer %d more", moved, n-moved)
	}
	ill.Store(false)
	m.move()
	for i := range 32 {
		m.put(t, fmt.Sprint("later ", i), 10)
	}
	if left := m.unsynced.Load(); left != 0 {
		t.Errorf("%d pages are not synced though that works again", left)
	}
	if n, err := m.store.Count(t.Context(), store.Query{Table: instance.TableMaterial}); err != nil || n != m.committed.Load() {
		t.Errorf("%d rows are there, want %d: %v", n, m.committed.Load(), err)
	}
}
