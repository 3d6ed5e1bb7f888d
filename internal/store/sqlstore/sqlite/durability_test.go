package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore/sqlite"
	"poolhouse.dev/internal/user"
)

const testPool pool.ID = "test-1_pool"

func alias(key string) *user.Alias {
	return &user.Alias{PoolID: testPool, Kind: user.AliasName, Key: key, Sub: "sub"}
}

func insert(s store.Store, key string) error {
	return insertIn(context.Background(), s, key)
}

func insertIn(ctx context.Context, s store.Store, key string) error {
	set := store.NewChangeSet()
	set.Insert(alias(key))
	return s.Commit(ctx, set)
}

// has reports whether a name is stored.
func has(t testing.TB, s store.Store, key string) bool {
	t.Helper()
	a := alias(key)
	if err := s.Read(context.Background(), a); err != nil {
		t.Fatal(err)
	}
	return a.Stored()
}

// openWarm opens a store with one change in it: the first commit of a log syncs
// the log's header as well.
func openWarm(t *testing.T) *sqlite.Store {
	t.Helper()
	watchSyncs(t, nil)
	s := open(t, sqlite.Config{Path: t.TempDir()})
	if err := insert(s, "warm"); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestAnswerFollowsSync holds the sync of the log up and sees that neither the
// answer nor a reader gets past it.
func TestAnswerFollowsSync(t *testing.T) {
	s := openWarm(t)
	answered := make(chan error, 1)
	checked := make(chan struct{})
	watchSyncs(t, func() int32 {
		select {
		case <-checked:
			return sqlite3.SQLITE_OK
		default:
			defer close(checked)
		}
		if has(t, s, "name") {
			t.Error("a reader sees the change before it is on the disk")
		}
		select {
		case err := <-answered:
			t.Errorf("the commit answered %v before its sync", err)
		case <-time.After(100 * time.Millisecond):
			// Long enough for an answer that waits for nothing; a right one
			// cannot come, however long this is.
		}
		return sqlite3.SQLITE_OK
	})
	go func() { answered <- insert(s, "name") }()
	if err := <-answered; err != nil {
		t.Fatal(err)
	}
	if n := syncCount(); n != 1 {
		t.Errorf("one commit synced the log %d times", n)
	}
	if !has(t, s, "name") {
		t.Error("the change is not there")
	}
}

// TestSyncsAreShared lets sets queue behind a sync that is held up: they all go
// under the next one, and the store's count of commits is the count of syncs.
func TestSyncsAreShared(t *testing.T) {
	s, release, held := hold(t)
	before := s.Stats()
	const n = 50
	answers := make(chan error, n)
	for i := range n {
		go func() { answers <- insert(s, fmt.Sprint(i)) }()
	}
	waitQueued(s, n)
	release()
	if err := <-held; err != nil {
		t.Error(err)
	}
	for range n {
		if err := <-answers; err != nil {
			t.Error(err)
		}
	}
	after := s.Stats()
	if sets := after.Sets - before.Sets; sets != n+1 {
		t.Errorf("%d sets were counted, want %d", sets, n+1)
	}
	if commits := after.Commits - before.Commits; commits != 2 || syncCount() != 2 {
		t.Errorf("%d commits and %d syncs for one set and %d that queued behind it", commits, syncCount(), n)
	}
}

// waitQueued waits until n sets wait for the writer.
func waitQueued(s *sqlite.Store, n int) {
	for s.Queued() < n {
		time.Sleep(time.Millisecond)
	}
}

// TestCopyAtTheAnswer copies the files at the moment of each answer, while the
// store goes on working, and opens the copy. It shows that all of the change was
// handed to the file system by then.
func TestCopyAtTheAnswer(t *testing.T) {
	folder := t.TempDir()
	s := open(t, sqlite.Config{Path: folder})
	var wg sync.WaitGroup
	var stop atomic.Bool
	for w := range 4 {
		wg.Go(func() {
			for i := 0; !stop.Load(); i++ {
				if err := insert(s, fmt.Sprintf("load-%d-%d", w, i)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for i := range 10 {
		key := fmt.Sprintf("name-%d", i)
		if err := insert(s, key); err != nil {
			t.Fatal(err)
		}
		// The file first: what a checkpoint moves into it meanwhile is still in
		// the log.
		at := t.TempDir()
		for _, name := range []string{sqlite.FileName, sqlite.FileName + "-wal"} {
			copyFile(t, filepath.Join(folder, name), filepath.Join(at, name))
		}
		if !has(t, open(t, sqlite.Config{Path: at}), key) {
			t.Errorf("the files at the moment of the answer to %s do not hold it", key)
		}
	}
	stop.Store(true)
	wg.Wait()
}

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestFailedSync fails one sync. The sets under it have no known outcome, the
// store goes on from what is on the disk, and later answers can be trusted.
func TestFailedSync(t *testing.T) {
	watchSyncs(t, nil)
	folder := t.TempDir()
	s := open(t, sqlite.Config{Path: folder})
	if err := insert(s, "before"); err != nil {
		t.Fatal(err)
	}
	var fail atomic.Bool
	fail.Store(true)
	watchSyncs(t, func() int32 {
		if fail.Swap(false) {
			return sqlite3.SQLITE_IOERR_FSYNC
		}
		return sqlite3.SQLITE_OK
	})
	changed := alias("before")
	if err := s.Read(t.Context(), changed); err != nil {
		t.Fatal(err)
	}
	set := store.NewChangeSet()
	set.Update(changed)
	set.Insert(alias("during"))
	if err := s.Commit(t.Context(), set); !errors.Is(err, store.ErrUnknown) {
		t.Fatalf("a commit whose sync failed answered %v", err)
	}
	// Applied or not, it is one or the other from now on, for both rows.
	known := has(t, s, "during")
	if err := s.Read(t.Context(), changed); err != nil {
		t.Fatal(err)
	}
	if (changed.Version == 2) != known {
		t.Errorf("half of the set is there: version %d, %v", changed.Version, known)
	}
	if err := insert(s, "after"); err != nil {
		t.Fatal(err)
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	if n := s.Stats().Reopened; n != 1 {
		t.Errorf("the file was opened again %d times", n)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, sqlite.Config{Path: folder})
	again := alias("before")
	if err := s.Read(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	if again.Stamp != changed.Stamp || !has(t, s, "after") || has(t, s, "during") != known {
		t.Error("the store is not what it was before it was closed")
	}
}

// TestFileStaysAway fails every sync for a while, and with them the opening of
// the file again: the store says that it is not available, and recovers.
func TestFileStaysAway(t *testing.T) {
	s := openWarm(t)
	var fail atomic.Bool
	fail.Store(true)
	watchSyncs(t, func() int32 {
		if fail.Load() {
			return sqlite3.SQLITE_IOERR_FSYNC
		}
		return sqlite3.SQLITE_OK
	})
	if err := insert(s, "1"); !errors.Is(err, store.ErrUnknown) {
		t.Fatalf("a commit whose sync failed answered %v", err)
	}
	if err := s.Ping(t.Context()); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("the store answers %v while its file cannot be opened", err)
	}
	if err := insert(s, "2"); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("a commit answered %v while the file cannot be opened", err)
	}
	fail.Store(false)
	if err := insert(s, "3"); err != nil {
		t.Fatal(err)
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	if has(t, s, "2") || !has(t, s, "3") {
		t.Error("an answer was not true")
	}
}
