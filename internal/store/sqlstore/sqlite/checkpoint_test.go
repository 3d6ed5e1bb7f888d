package sqlite_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"poolhouse.dev/internal/instance"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore/sqlite"
)

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
