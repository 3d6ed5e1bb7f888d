package sqlite_test

import (
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	sqlite3 "modernc.org/sqlite/lib"

	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore"
	"poolhouse.dev/internal/store/sqlstore/sqlite"
	"poolhouse.dev/internal/user"
)

func aliases(t *testing.T) sqlstore.Layout {
	t.Helper()
	table, ok := sqlstore.TableOf(user.TableAliases)
	if !ok {
		t.Fatal("there is no table of aliases")
	}
	return table.Layout()
}

// TestSnapshotGivesWay fails a sync while a snapshot is open. The file can only be opened
// anew without readers: the store goes on, and the snapshot says that it ended.
func TestSnapshotGivesWay(t *testing.T) {
	s := openWarm(t)
	snapshot, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if rows, err := snapshot.Page(t.Context(), aliases(t), nil, 10); err != nil || len(rows) != 1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	var fail atomic.Bool
	fail.Store(true)
	watchSyncs(t, func() int32 {
		if fail.Swap(false) {
			return sqlite3.SQLITE_IOERR_FSYNC
		}
		return sqlite3.SQLITE_OK
	})
	if err := insert(s, "during"); !errors.Is(err, store.ErrUnknown) {
		t.Fatalf("a commit whose sync failed answered %v", err)
	}
	if err := insert(s, "after"); err != nil {
		t.Errorf("the store does not go on: %v", err)
	}
	if _, err := snapshot.Page(t.Context(), aliases(t), nil, 10); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("the snapshot answers %v", err)
	}
	if err := snapshot.Close(); err != nil {
		t.Error(err)
	}
}

// TestSnapshotOfAClosedStore closes the store under a snapshot, which keeps nobody from
// opening the folder.
func TestSnapshotOfAClosedStore(t *testing.T) {
	folder := t.TempDir()
	s := open(t, sqlite.Config{Path: folder})
	snapshot, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.OpenSnapshot(t.Context(), sqlite.Config{Path: folder}); !errors.Is(err, sqlite.ErrLocked) {
		t.Errorf("a folder in use: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := snapshot.Page(t.Context(), aliases(t), nil, 10); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("the snapshot answers %v", err)
	}
	if _, err := snapshot.Schema(t.Context()); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("the snapshot answers %v", err)
	}
	if _, err := s.Snapshot(t.Context()); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("a closed store answers %v", err)
	}
	still, err := sqlite.OpenSnapshot(t.Context(), sqlite.Config{Path: folder})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(t.Context(), sqlite.Config{Path: folder}); !errors.Is(err, sqlite.ErrLocked) {
		t.Errorf("a folder that is being read: %v", err)
	}
	if err := errors.Join(still.Close(), snapshot.Close()); err != nil {
		t.Error(err)
	}
	open(t, sqlite.Config{Path: folder})
}

// TestSnapshotMakesNoStore looks where there is none.
func TestSnapshotMakesNoStore(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "none")
	if _, err := sqlite.OpenSnapshot(t.Context(), sqlite.Config{Path: folder}); err == nil {
		t.Error("a store was found")
	}
	if _, err := os.Stat(folder); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder was made: %v", err)
	}
}
