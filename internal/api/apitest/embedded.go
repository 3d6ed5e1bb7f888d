package apitest

import (
	"testing"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store/sqlstore/sqlite"
)

// Embedded returns a world, as New does, on an embedded database of its own.
func Embedded(t testing.TB, change func(*pool.Settings)) *World {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return New(t, s, change)
}
