package sqlite_test

import (
	"context"
	"testing"

	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore/sqlite"
	"poolhouse.dev/internal/store/storetest"
)

func TestCrash(t *testing.T) {
	var folder string
	if !storetest.InCrashChild() {
		folder = t.TempDir() // a child is killed and would leave its own behind
	}
	storetest.Crash(t, storetest.Crasher{
		Place: folder,
		Open: func(ctx context.Context, place string) (store.Store, func() error, error) {
			s, err := sqlite.Open(ctx, sqlite.Config{Path: place})
			if err != nil {
				return nil, nil, err
			}
			return s, s.Close, nil
		},
	})
}
