package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	sqlite3 "modernc.org/sqlite/lib"

	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore/sqlite"
)

// hold opens a store whose writer is in the middle of the sync of one set until
// release is called. The set's answer is then in the channel.
func hold(t *testing.T) (s *sqlite.Store, release func(), held <-chan error) {
	t.Helper()
	s = openWarm(t)
	entered, released := make(chan struct{}), make(chan struct{})
	first := true
	watchSyncs(t, func() int32 {
		if first {
			first = false
			close(entered)
			<-released
		}
		return sqlite3.SQLITE_OK
	})
	answer := make(chan error, 1)
	go func() { answer <- insert(s, "held") }()
	select {
	case <-entered:
	case err := <-answer:
		t.Fatalf("the commit answered %v without a sync", err)
	}
	return s, func() { close(released) }, answer
}

// TestFailedStatement puts sets that the database fails among others in one
// batch: the others are applied, each by itself.
func TestFailedStatement(t *testing.T) {
	for name, poison := range map[string]string{
		"statement fails": "INSERT INTO nowhere (name) VALUES (1)",
		"statement rolls everything back": "INSERT OR ROLLBACK INTO material (name, value, version, set_id) " +
			"VALUES ('x', NULL, NULL, NULL)",
	} {
		t.Run(name, func(t *testing.T) {
			s, release, held := hold(t)
			const n = 10
			answers := make(chan error, n)
			poisoned := make(chan error, 1)
			for i := range n {
				go func() { answers <- insert(s, fmt.Sprint(i)) }()
				waitQueued(s, i+1)
			}
			go func() { poisoned <- s.CommitStatements(context.Background(), poison) }()
			waitQueued(s, n+1)
			go func() { answers <- insert(s, "0") }() // loses, after the failure too
			waitQueued(s, n+2)
			release()
			if err := <-held; err != nil {
				t.Error(err)
			}
			if err := <-poisoned; err == nil {
				t.Error("the poisoned set was answered as applied")
			}
			duplicates := 0
			for range n + 1 {
				err := <-answers
				if _, ok := store.Duplicate(err); ok {
					duplicates++
				} else if err != nil {
					t.Errorf("a set beside the poisoned one answered %v", err)
				}
			}
			if duplicates != 1 {
				t.Errorf("%d sets were told that a name is taken, want 1", duplicates)
			}
			for i := range n {
				if !has(t, s, fmt.Sprint(i)) {
					t.Errorf("set %d was answered as applied and is not there", i)
				}
			}
		})
	}
}

func TestContextEndsInTheQueue(t *testing.T) {
	s, release, held := hold(t)
	ctx, cancel := context.WithCancel(t.Context())
	answer := make(chan error, 1)
	go func() { answer <- insertIn(ctx, s, "late") }()
	waitQueued(s, 1)
	cancel()
	// The writer is still held: only a set that was withdrawn can answer.
	if err := <-answer; !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("the withdrawn set answered %v", err)
	}
	release()
	if err := <-held; err != nil {
		t.Error(err)
	}
	if err := insert(s, "next"); err != nil {
		t.Fatal(err)
	}
	if has(t, s, "late") {
		t.Error("a withdrawn set was applied")
	}
}

func TestCloseFinishesWhatIsQueued(t *testing.T) {
	s, release, held := hold(t)
	answers := make(chan error, 20)
	for i := range cap(answers) {
		go func() { answers <- insert(s, fmt.Sprint(i)) }()
	}
	waitQueued(s, cap(answers))
	closed := make(chan error, 1)
	go func() { closed <- s.Close() }()
	release()
	if err := <-held; err != nil {
		t.Error(err)
	}
	for range cap(answers) {
		if err := <-answers; err != nil {
			t.Error(err)
		}
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if err := insert(s, "after"); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("a commit after the end answered %v", err)
	}
	if err := s.Read(t.Context(), alias("held")); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("a read after the end answered %v", err)
	}
}

// TestDuplicatesWithinABatch shows that sets of one batch meet in the order of
// their arrival, as if each had been alone.
func TestDuplicatesWithinABatch(t *testing.T) {
	s, release, held := hold(t)
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { first <- insert(s, "name") }()
	waitQueued(s, 1)
	go func() { second <- insert(s, "name") }()
	waitQueued(s, 2)
	release()
	if err := <-held; err != nil {
		t.Error(err)
	}
	if err := <-first; err != nil {
		t.Errorf("the first answered %v", err)
	}
	if _, ok := store.Duplicate(<-second); !ok {
		t.Error("the second was not told that the name is taken")
	}
}

func TestFolderHasOneOwner(t *testing.T) {
	folder := t.TempDir()
	s := open(t, sqlite.Config{Path: folder})
	if _, err := sqlite.Open(t.Context(), sqlite.Config{Path: folder}); !errors.Is(err, sqlite.ErrLocked) {
		t.Fatalf("a second owner got %v", err)
	}
	if err := insert(s, "name"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{sqlite.FileName, sqlite.FileName + "-wal"} {
		info, err := os.Stat(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s can be read by others: %v", name, info.Mode())
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if !has(t, open(t, sqlite.Config{Path: folder}), "name") {
		t.Error("the folder was opened again without its rows")
	}
}
