package sqlite_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	mrand "math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore/sqlite"
)

// TestDamagedLog breaks a log at many places, as a torn write or a bad sector does. The
// store opens and is as it was after some commit before the place, and when commits
// are lost that were on the disk the log of the server says so.
func TestDamagedLog(t *testing.T) {
	folder := copied(t, made(t))
	s := open(t, sqlite.Config{Path: folder})
	c := newChain("chain")
	// ends has the size of the log after each change.
	var ends []int
	file := sqlite.FileName + "-wal"
	for range 20 {
		if err := c.step(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(filepath.Join(folder, file))
		if err != nil {
			t.Fatal(err)
		}
		ends = append(ends, int(info.Size()))
	}
	whole, err := os.ReadFile(filepath.Join(folder, file))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name  string
		harm  func(log []byte, offset int) []byte
		quiet bool
	}{
		{"cut off", func(log []byte, offset int) []byte { return log[:offset] }, true},
		{"a bit is flipped", func(log []byte, offset int) []byte { log[offset] ^= 4; return log }, false},
		{"a sector is zero", func(log []byte, offset int) []byte {
			clear(log[offset/sector*sector : min(len(log), offset/sector*sector+sector)])
			return log
		}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			for range often(8, 200) {
				offset := mrand.IntN(len(whole))
				broken := copied(t, folder)
				harmed := test.harm(bytes.Clone(whole), offset)
				put(t, filepath.Join(broken, file), harmed)
				var said bytes.Buffer
				s, err := sqlite.Open(t.Context(), sqlite.Config{Path: broken, CacheBytes: -1, Logger: slog.New(slog.NewTextHandler(&said, nil))})
				if err != nil {
					t.Fatal(err)
				}
				stood := newChain("chain")
				stood.sent = len(ends)
				n, err := stood.stored(t.Context(), s)
				if err := errors.Join(err, s.CheckIntegrity(t.Context()), s.Close()); err != nil {
					t.Error(err)
				}
				want, lost := commitsBefore(ends, firstDifference(whole, harmed)), len(ends)-n
				if n != want {
					t.Errorf("with damage at %d the store stands at %d, and %d changes are before", offset, n, want)
				}
				// Damage to the last commit looks like one that was on its way, and a commit
				// whose own mark is damaged is not counted.
				told := strings.Contains(said.String(), "damaged")
				if told && (test.quiet || lost <= 1) || !told && !test.quiet && lost > 2 {
					t.Errorf("with damage at %d, and %d commits lost, the store says %q", offset, lost, said.String())
				}
			}
		})
	}
}

// commitsBefore returns how many commits end before a place in the log.
func commitsBefore(ends []int, place int) (n int) {
	for n < len(ends) && ends[n] <= place {
		n++
	}
	return n
}

func firstDifference(a, b []byte) int {
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			return i
		}
	}
	return len(a)
}

// TestDamagedPage makes pages of the file unreadable. Whoever needs such a page gets an
// error, and nobody what is not true; the store can be closed.
func TestDamagedPage(t *testing.T) {
	folder := copied(t, made(t))
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: folder})
	if err != nil {
		t.Fatal(err)
	}
	const names = 2000
	set := store.NewChangeSet()
	for i := range names {
		set.Insert(alias(fmt.Sprintf("%04d", i)))
	}
	if err := errors.Join(s.Commit(t.Context(), set), s.Close()); err != nil {
		t.Fatal(err)
	}
	whole := read(t, folder, sqlite.FileName)
	refused, failed := 0, 0
	pages := len(whole) / 4096
	for page := 1; page < pages; page += often(1+pages/25, 1) {
		broken := copied(t, folder)
		data := bytes.Clone(whole)
		for i := range data[page*4096 : page*4096+4096] {
			data[page*4096+i] = byte(mrand.Uint32())
		}
		put(t, filepath.Join(broken, sqlite.FileName), data)
		s, err := sqlite.Open(t.Context(), sqlite.Config{Path: broken, CacheBytes: -1})
		if err != nil {
			if refused++; !strings.Contains(err.Error(), "the file is damaged") {
				t.Errorf("a start with a damaged page says %q", err)
			}
			continue
		}
		for i := 0; i < names; i += 50 {
			a := alias(fmt.Sprintf("%04d", i))
			switch err := s.Read(context.Background(), a); {
			case errors.Is(err, store.ErrUnavailable):
				failed++
			case err != nil:
				t.Error(err)
			case !a.Stored():
				t.Errorf("with page %d damaged a name is not there", page)
			}
		}
		if err := insert(s, "new"); err != nil && !errors.Is(err, store.ErrUnavailable) {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Logf("closing: %v", err)
		}
	}
	if failed == 0 {
		t.Error("no read met a damaged page")
	}
	t.Logf("of %d starts %d were refused; %d reads failed", pages, refused, failed)
}

func read(t testing.TB, folder, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}
