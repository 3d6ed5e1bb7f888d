package sqlite_test

import (
	"context"
	"errors"
	"testing"

	sqlite3 "modernc.org/sqlite/lib"

	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore/sqlite"
)

// holdSyncs makes the store's next sync of its log wait until release, which returns
// what it is to answer, and tells when it has begun.
func holdSyncs(t *testing.T) (begun <-chan struct{}, release func(code int32)) {
	entered, code := make(chan struct{}), make(chan int32)
	first := true
	watchSyncs(t, func() int32 {
		if !first {
			return sqlite3.SQLITE_OK
		}
		first = false
		close(entered)
		return <-code
	})
	return entered, func(c int32) { code <- c }
}

// TestSlowDisk keeps a sync waiting for longer than requests have time: they are told that
// the outcome is not known, or that nothing was done, as it is; reads go on and show what
// was before; and what became of the change is the same for everybody afterwards.
func TestSlowDisk(t *testing.T) {
	for name, test := range map[string]struct {
		code    int32
		applied bool
	}{
		"the sync succeeds in the end": {sqlite3.SQLITE_OK, true},
		"the sync fails in the end":    {sqlite3.SQLITE_IOERR_FSYNC, false},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			s := open(t, sqlite.Config{Path: folder})
			if err := insert(s, "warm"); err != nil {
				t.Fatal(err)
			}
			begun, release := holdSyncs(t)
			late := newDeadline(t)
			answer, behind := make(chan error, 1), make(chan error, 1)
			go func() { answer <- insertIn(late, s, "held") }()
			<-begun
			go func() { behind <- insertIn(late, s, "behind") }()
			waitQueued(s, 1)
			late.pass()
			if err := <-answer; !errors.Is(err, store.ErrUnknown) || errors.Is(err, store.ErrUnavailable) {
				t.Errorf("the set that was at the disk answered %v", err)
			}
			if err := <-behind; !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("the set behind it answered %v", err)
			}
			if !has(t, s, "warm") || has(t, s, "held") {
				t.Error("a reader does not see what was before")
			}
			release(test.code)
			if err := insert(s, "next"); err != nil {
				t.Fatal(err)
			}
			if has(t, s, "held") != test.applied || has(t, s, "behind") || !has(t, s, "next") {
				t.Error("the store is not as the disk answered")
			}
			again := open(t, sqlite.Config{Path: copied(t, folder)})
			if has(t, again, "held") != test.applied || has(t, again, "behind") || !has(t, again, "next") {
				t.Error("the files are not as the disk answered")
			}
		})
	}
}

// deadline is a context whose time is over when the test says so.
type deadline struct {
	context.Context
	done chan struct{}
}

func newDeadline(t *testing.T) *deadline { return &deadline{t.Context(), make(chan struct{})} }

func (d *deadline) pass() { close(d.done) }

func (d *deadline) Done() <-chan struct{} { return d.done }

func (d *deadline) Err() error {
	select {
	case <-d.done:
		return context.DeadlineExceeded
	default:
		return nil
	}
}
