package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore"
	"poolhouse.dev/internal/store/sqlstore/releasetest"
	"poolhouse.dev/internal/store/sqlstore/sqlite"
	"poolhouse.dev/internal/user"
)

func releases(t *testing.T, more ...string) releasetest.Releases {
	t.Helper()
	r, err := releasetest.Of(sqlstore.SQLite, more...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// startAs opens a folder as a program; the caller closes the store.
func startAs(t *testing.T, folder string, p sqlstore.Program) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: folder, Program: p})
	if err != nil {
		t.Fatalf("%s: %v", p.Version, err)
	}
	return s
}

// Each release finds what the one before it acknowledged while it was stopped in
// the middle of a load, and so does an earlier one that is started again.
func TestUpgradeKeepsWhatWasAcknowledged(t *testing.T) {
	const writers = 8
	r := releases(t, releasetest.Expansions...)
	folder := t.TempDir()
	var acknowledged [writers]int64
	for round, p := range []sqlstore.Program{r.Earlier, r.Present, r.Later, r.Present, r.Earlier} {
		s := startAs(t, folder, p)
		var group sync.WaitGroup
		enough := make(chan struct{}, writers)
		for n := range writers {
			group.Go(func() {
				u := &user.User{PoolID: "p", Sub: user.Sub(fmt.Sprint(n))}
				if err := s.Read(context.Background(), u); err != nil || u.SignOutEpoch != acknowledged[n] {
					t.Errorf("%s: user %d is at %d, acknowledged was %d: %v", p.Version, n, u.SignOutEpoch, acknowledged[n], err)
				}
				for i := 0; ; i++ {
					if i == 100 {
						enough <- struct{}{}
					}
					u.SignOutEpoch++
					set := store.NewChangeSet()
					set.Put(u)
					set.Insert(&user.Session{PoolID: "p", Sub: u.Sub, ID: fmt.Sprint(round, " ", i)})
					if err := s.Commit(context.Background(), set); err != nil {
						if !errors.Is(err, store.ErrUnavailable) {
							t.Errorf("%s: %v", p.Version, err)
						}
						return // the store is closed
					}
					acknowledged[n] = u.SignOutEpoch
				}
			})
		}
		for range writers {
			<-enough
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		group.Wait()
	}
}

// Who waits for an upgrade is told of each step that is made, and who starts with
// nothing of none.
func TestUpgradeTellsItsSteps(t *testing.T) {
	r := releases(t, releasetest.Expansions...)
	folder := t.TempDir()
	for _, start := range []struct {
		program sqlstore.Program
		told    []sqlstore.Migration
	}{
		{r.Earlier, nil},
		{r.Later, r.Later.Migrations[len(r.Earlier.Migrations):]},
		{r.Later, nil},
	} {
		var log strings.Builder
		start.program.Logger = slog.New(slog.NewTextHandler(&log, nil))
		if err := startAs(t, folder, start.program).Close(); err != nil {
			t.Fatal(err)
		}
		start.told = slices.DeleteFunc(slices.Clone(start.told), func(m sqlstore.Migration) bool { return m.Text == "" }) // steps of others
		got := slices.Collect(strings.Lines(log.String()))
		if len(got) != len(start.told) {
			t.Fatalf("%s: %d lines for %d steps:\n%s", start.program.Version, len(got), len(start.told), &log)
		}
		for i, m := range start.told {
			if want := fmt.Sprintf("step=%d of=%d name=%s", m.Number, len(start.program.Migrations), m.Name); !strings.Contains(got[i], want) {
				t.Errorf("%s: %q does not tell of %q", start.program.Version, got[i], want)
			}
		}
	}
}

func TestDowngradeIsRefused(t *testing.T) {
	known := len(releases(t).Present.Migrations)
	r := releases(t, releasetest.Contraction(known)...)
	between := sqlstore.Program{Version: releasetest.Between, Migrations: r.Later.Migrations[:known+1]}
	folder := t.TempDir()
	for _, p := range []sqlstore.Program{r.Present, r.Later} {
		if err := startAs(t, folder, p).Close(); err != nil {
			t.Fatal(err)
		}
	}
	_, err := sqlite.Open(t.Context(), sqlite.Config{Path: folder, Program: r.Present})
	var tooNew *sqlstore.TooNewError
	if !errors.As(err, &tooNew) {
		t.Fatalf("opening a newer schema: %v, want a TooNewError", err)
	}
	want := sqlstore.TooNewError{Schema: known + 3, Oldest: known + 1, From: releasetest.Between, Program: r.Present.Version, Known: known}
	if *tooNew != want || !strings.Contains(err.Error(), folder) {
		t.Errorf("the refusal is %+v (%v), want %+v", *tooNew, err, want)
	}
	for _, p := range []sqlstore.Program{between, r.Later} {
		s := startAs(t, folder, p)
		if err := errors.Join(insert(s, p.Version), s.Close()); err != nil {
			t.Errorf("%s: %v", p.Version, err)
		}
	}
}

// A step that fails leaves the steps before it, and programs of before work on.
func TestUpgradeThatFailsHalfway(t *testing.T) {
	r := releases(t, append(slices.Clone(releasetest.Expansions), "CREATE INDEX i ON nowhere (a);\n")...)
	folder := t.TempDir()
	if s, err := sqlite.Open(t.Context(), sqlite.Config{Path: folder, Program: r.Later}); err == nil {
		s.Close()
		t.Fatal("a failing migration was taken for done")
	}
	for _, p := range []sqlstore.Program{r.Present, {Version: "v1.2.1", Migrations: r.Later.Migrations[:len(r.Later.Migrations)-1]}} {
		s := startAs(t, folder, p)
		if err := errors.Join(insert(s, p.Version), s.Close()); err != nil {
			t.Errorf("%s: %v", p.Version, err)
		}
	}
}
