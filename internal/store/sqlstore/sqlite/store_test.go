package sqlite_test

import (
	"testing"

	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore/sqlite"
	"poolhouse.dev/internal/store/storetest"
)

// open opens the store in a folder and closes it at the end of the test.
func open(t testing.TB, c sqlite.Config) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// TestContract runs the suite with the cache of rows as it comes, with one that
// is always too small, and without one.
func TestContract(t *testing.T) {
	for name, size := range map[string]int{"Cached": 0, "Crowded": 64 << 10, "Uncached": -1} {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T) store.Store {
				return open(t, sqlite.Config{Path: t.TempDir(), CacheBytes: size})
			})
		})
	}
}

func TestEvenReadsCostTheSame(t *testing.T) {
	storetest.EvenReadsCostTheSame(t, open(t, sqlite.Config{Path: t.TempDir()}))
}
