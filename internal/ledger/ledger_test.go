package ledger_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"poolhouse.dev/internal/ledger"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/faulty"
	"poolhouse.dev/internal/store/sqlstore/postgres"
	"poolhouse.dev/internal/store/sqlstore/sqlite"
	"poolhouse.dev/internal/store/storetest/pgtest"
)

// engines opens a store of each engine.
func engines(t *testing.T, test func(t *testing.T, s store.Store)) {
	t.Run("sqlite", func(t *testing.T) {
		s, err := sqlite.Open(t.Context(), sqlite.Config{Path: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		test(t, s)
	})
	t.Run("postgres", func(t *testing.T) {
		s, err := postgres.Open(t.Context(), postgres.Config{URL: pgtest.Database(t), Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		test(t, s)
	})
}

func TestMain(m *testing.M) { pgtest.Main(m) }

// Many who lease at once get what is there, in sum, and what comes in later.
func TestLeasesAddUp(t *testing.T) {
	engines(t, func(t *testing.T, s store.Store) {
		var clock atomic.Int64
		clock.Store(time.Now().UnixMicro())
		node := func() *ledger.Ledger {
			return ledger.New(ledger.Config{Store: s, Logger: slog.New(slog.DiscardHandler), Clock: func(context.Context) (time.Time, error) {
				return time.UnixMicro(clock.Load()), nil
			}})
		}
		nodes := []*ledger.Ledger{node(), node(), node()}
		lease := func() (sum int64) {
			var total atomic.Int64
			var all sync.WaitGroup
			for i := range 24 {
				all.Go(func() {
					taken, wait, err := nodes[i%3].Lease(t.Context(), "bucket", 50, 50, 5)
					total.Add(int64(taken))
					if err != nil || taken == 0 && (wait <= 0 || wait > time.Second) {
						t.Errorf("%d, %v, %v", taken, wait, err)
					}
				})
			}
			all.Wait()
			return total.Load()
		}
		if got := lease(); got != 50 {
			t.Errorf("of a full bucket %d were taken, want 50", got)
		}
		clock.Add(500_000)
		if got := lease(); got != 25 {
			t.Errorf("half a second later %d were taken, want 25", got)
		}
		clock.Add(int64(time.Hour / time.Microsecond))
		if got := lease(); got != 50 {
			t.Errorf("an hour later %d were taken, want 50", got)
		}
		// A clock that is set back by an hour makes nobody wait for an hour.
		clock.Add(-int64(time.Hour / time.Microsecond))
		if got := lease(); got != 50 {
			t.Errorf("an hour earlier %d were taken, want 50", got)
		}
		clock.Add(500_000)
		if got := lease(); got != 25 {
			t.Errorf("half a second after that %d were taken, want 25", got)
		}
	})
}

// A store that cannot be reached is an error, told once.
func TestLeaseWithoutAStore(t *testing.T) {
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	broken := faulty.New(faulty.Config{Inner: s, Commit: faulty.Script(faulty.Unavailable, faulty.Unavailable, faulty.Unavailable)})
	var log strings.Builder
	l := ledger.New(ledger.Config{Store: broken, Logger: slog.New(slog.NewTextHandler(&log, nil)), Clock: func(context.Context) (time.Time, error) { return time.Now(), nil }})
	for range 3 {
		if _, _, err := l.Lease(t.Context(), "bucket", 5, 5, 1); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
	}
	if n := strings.Count(log.String(), "counted by this node alone"); n != 1 {
		t.Errorf("told %d times:\n%s", n, log.String())
	}
}
