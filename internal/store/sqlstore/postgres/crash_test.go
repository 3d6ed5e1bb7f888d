package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore/postgres"
	"poolhouse.dev/internal/store/storetest"
	"poolhouse.dev/internal/store/storetest/pgtest"
	"poolhouse.dev/internal/user"
)

func TestCrashOfTheProcess(t *testing.T) {
	// A child is told the place by the suite, and must not start a server.
	place := os.Getenv("POOLHOUSE_CRASH_PLACE")
	if place == "" {
		place = pgtest.Database(t)
	}
	storetest.Crash(t, storetest.Crasher{
		Place: place,
		Open: func(ctx context.Context, place string) (store.Store, func() error, error) {
			if !storetest.InCrashChild() {
				if err := awaitSilence(ctx, place); err != nil {
					return nil, nil, err
				}
			}
			s, err := postgres.Open(ctx, postgres.Config{URL: place, Logger: quiet})
			if err != nil {
				return nil, nil, err
			}
			return s, s.Close, nil
		},
	})
}

// awaitSilence waits until the database has ended the sessions of a process that
// was killed. Until then a commit that the process had sent may still come into
// force, between two reads of a check.
func awaitSilence(ctx context.Context, url string) error {
	c, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer c.Close(context.WithoutCancel(ctx))
	for {
		var others int
		err := c.QueryRow(ctx, `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`).Scan(&others)
		if err != nil || others == 0 {
			return err
		}
		pause()
	}
}

// The server is crashed and started again while writers count up rows, one
// statement and several at a time. What was acknowledged must be there; what was
// answered as not applied must not; nothing may be half there.
func TestCrashOfTheServerLosesNothingAcknowledged(t *testing.T) {
	for name, spread := range map[string]bool{"together": false, "spread": true} {
		t.Run(name, func(t *testing.T) { crashOfTheServer(t, spread) })
	}
}

func crashOfTheServer(t *testing.T, spread bool) {
	const writers = 16
	cluster := pgtest.NewCluster(t)
	s := open(t, postgres.Config{URL: cluster.Database(t), Spread: spread})
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var committed atomic.Int64
	var group sync.WaitGroup
	for n := range writers {
		commit(t, s, inserting(newUser(n), newSession(n)))
		group.Go(func() {
			if err := countUp(ctx, s, n, &committed); err != nil {
				t.Error(err)
			}
		})
	}
	for range 2 {
		await(&committed, committed.Load()+500)
		cluster.Crash()
		cluster.Start(t)
	}
	await(&committed, committed.Load()+500)
	stop()
	group.Wait()
}

func await(counter *atomic.Int64, n int64) {
	for counter.Load() < n {
		pause()
	}
}

// countUp updates one user again and again, every other time with the session,
// and compares what is stored with what it was told. An unknown outcome may be
// either, and is read back.
func countUp(ctx context.Context, s *postgres.Store, n int, committed *atomic.Int64) error {
	var epoch, authCount int64
	for ctx.Err() == nil {
		u, v := newUser(n), newSession(n)
		if err := s.Read(context.Background(), u, v); err != nil {
			if errors.Is(err, store.ErrUnavailable) {
				pause()
				continue
			}
			return err
		}
		if u.SignOutEpoch != epoch || v.Epoch != authCount {
			return fmt.Errorf("user %d: stored %d and %d, acknowledged %d and %d", n, u.SignOutEpoch, v.Epoch, epoch, authCount)
		}
		u.SignOutEpoch++
		set := updating(u)
		if u.SignOutEpoch%2 == 0 {
			v.Epoch++
			set.Update(v)
		}
		err := s.Commit(context.Background(), set)
		if errors.Is(err, store.ErrUnknown) {
			err = readBack(s, set, u)
		}
		switch {
		case err == nil:
			epoch, authCount = u.SignOutEpoch, v.Epoch
			committed.Add(1)
		case errors.Is(err, store.ErrUnavailable):
			pause()
		default:
			return fmt.Errorf("user %d: %w", n, err)
		}
	}
	return nil
}

// readBack returns nil when the set was applied and ErrUnavailable when it was
// not.
func readBack(s *postgres.Store, set *store.ChangeSet, u *user.User) error {
	for {
		stored := &user.User{PoolID: u.PoolID, Sub: u.Sub}
		err := s.Read(context.Background(), stored)
		switch {
		case err != nil:
			pause()
		case stored.SetID == set.ID:
			return nil
		default:
			return store.ErrUnavailable
		}
	}
}
