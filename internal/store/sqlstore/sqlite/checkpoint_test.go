package sqlite_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"poolhouse.dev/internal/instance"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore/sqlite"
)

// TestLogWaitsForTheBackground has the background too slow for what is written: the log
// grows to a bound, the writer waits there, and when the background goes on everything is
// written and the log is begun anew.
func TestLogWaitsForTheBackground(t *testing.T) {
	const pages, pageSize, bound = 1024, 4096, 4
	sqlite.ShortenLog(t, pages)
	folder := t.TempDir()
	s := open(t, sqlite.Config{Path: folder})
	size := func() int64 {
		info, err := os.Stat(filepath.Join(folder, sqlite.FileName+"-wal"))
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	release := s.HoldBackground()
	// Each set has at least eight pages, so that all of them are twice the bound.
	const writers, each, value = 4, 2 * bound * pages / 8 / 4, 32 << 10
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				set := store.NewChangeSet()
				set.Insert(&instance.Material{Name: fmt.Sprint(w, " ", i), Value: make([]byte, value)})
				if err := s.Commit(t.Context(), set); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	ended := make(chan struct{})
	go func() { wg.Wait(); close(ended) }()
	for still := 0; still < 20; {
		before := size()
		select {
		case <-ended:
			release()
			t.Fatalf("everything is written with a log of %d KiB, and nobody has waited", before>>10)
		case <-time.After(10 * time.Millisecond):
		}
		if still++; size() != before || before < bound*pages*pageSize {
			still = 0
		}
	}
	if n := size(); n > (bound+1)*pages*pageSize {
		t.Errorf("the log has %d KiB before the writer waits, want at most %d", n>>10, (bound+1)*pages*pageSize>>10)
	}
	release()
	<-ended
	// The log was begun anew: what is written now comes to its beginning.
	longest := size()
	for i := range 2 * pages / 8 {
		set := store.NewChangeSet()
		set.Insert(&instance.Material{Name: fmt.Sprint("after ", i), Value: make([]byte, value)})
		if err := s.Commit(t.Context(), set); err != nil {
			t.Fatal(err)
		}
	}
	if n := size(); n > longest {
		t.Errorf("the log has grown from %d to %d KiB after it was moved", longest>>10, n>>10)
	}
	if n, err := s.Count(t.Context(), store.Query{Table: instance.TableMaterial}); err != nil || n != writers*each+2*pages/8 {
		t.Errorf("%d rows are there, want %d: %v", n, writers*each+2*pages/8, err)
	}
}

// TestLogIsBounded writes several times what the log may hold, without a pause,
// and sees that the log was begun anew instead of growing.
func TestLogIsBounded(t *testing.T) {
	folder := t.TempDir()
	s := open(t, sqlite.Config{Path: folder})
	const writers, each, size = 4, 100, 256 << 10 // 100 MiB
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			m := &instance.Material{Name: fmt.Sprint(w), Value: make([]byte, size)}
			for i := range each {
				m.Value[0] = byte(i)
				set := store.NewChangeSet()
				set.Put(m)
				if err := s.Commit(t.Context(), set); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	info, err := os.Stat(filepath.Join(folder, sqlite.FileName+"-wal"))
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > writers*each*size*3/4 {
		t.Errorf("the log has %d MiB", info.Size()>>20)
	}
	t.Logf("the log has %d MiB after %d MiB of changes", info.Size()>>20, writers*each*size>>20)
}
