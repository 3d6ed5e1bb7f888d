package sweep_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/instance"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/faulty"
	"poolhouse.dev/internal/store/sqlstore/sqlite"
	"poolhouse.dev/internal/sweep"
	"poolhouse.dev/internal/user"
)

var now = time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC)

func open(t *testing.T) *sqlite.Store {
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
	return s
}

func newSweeper(s store.Store, now time.Time) *sweep.Sweeper {
	return sweep.New(s, slog.New(slog.DiscardHandler), func() time.Time { return now })
}

func insert(t *testing.T, s store.Store, rows ...row.Row) {
	t.Helper()
	set := store.NewChangeSet()
	set.Insert(rows...)
	if err := s.Commit(t.Context(), set); err != nil {
		t.Fatal(err)
	}
}

func sweepAt(t *testing.T, s store.Store, at time.Time) {
	t.Helper()
	if err := newSweeper(s, at).Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
}

var tables = []row.Table{
	pool.TablePools, pool.TableClients, pool.TableKeys, pool.TableRemovals, user.TableUsers, user.TableAliases, user.TableCodes,
	user.TableSessions, user.TableSpent, user.TableAttempts, user.TableOutbox, user.TableAuthEvents, pool.TableRisks,
	instance.TableMaterial, instance.TableAccessKeys,
}

// census counts the rows of every table that has any.
func census(t *testing.T, s store.Store) map[row.Table]int {
	t.Helper()
	counts := map[row.Table]int{}
	for _, table := range tables {
		n, err := s.Count(t.Context(), store.Query{Table: table})
		if err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			counts[table] = int(n)
		}
	}
	return counts
}

func wantCensus(t *testing.T, s store.Store, want map[row.Table]int) {
	t.Helper()
	if diff := cmp.Diff(want, census(t, s)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

// everything is one row of every table with an expiry, which has the given one.
func everything(id pool.ID, sub user.Sub, expires time.Time) []row.Row {
	return []row.Row{
		&user.Code{PoolID: id, Sub: sub, Purpose: user.PurposeSignUp, ExpiresAt: expires},
		&user.Session{PoolID: id, Sub: sub, ID: "s", ExpiresAt: expires},
		&user.SpentChallenge{PoolID: id, Sub: sub, ID: "c", ExpiresAt: expires},
		&user.Attempts{PoolID: id, Sub: sub, Kind: user.AttemptPassword, ExpiresAt: expires},
		&user.Outgoing{PoolID: id, Sub: sub, ID: "m", ExpiresAt: expires},
		&user.AuthEvent{PoolID: id, Sub: sub, ID: "e", ExpiresAt: expires},
	}
}

// lasting is one row of every other table of a pool, the pool included.
func lasting(id pool.ID, sub user.Sub) []row.Row {
	return []row.Row{
		&pool.Pool{ID: id, Region: "eu-test-1"}, &pool.Client{ID: pool.ClientID("client of " + id), PoolID: id},
		&pool.SigningKey{PoolID: id, KID: "k"}, &user.User{PoolID: id, Sub: sub, Username: "ann", Status: user.Confirmed},
		&user.Alias{PoolID: id, Kind: user.AliasName, Key: "ann", Sub: sub},
		&pool.RiskConfiguration{PoolID: id, ModifiedAt: now},
	}
}

func TestSweepLeavesTheRest(t *testing.T) {
	s := open(t)
	insert(t, s, lasting("eu-test-1_one", "ann")...)
	insert(t, s, everything("eu-test-1_one", "ann", now)...)
	insert(t, s, everything("eu-test-1_one", "bob", now.Add(24*time.Hour))...)
	insert(t, s, &instance.Material{Name: "m", Value: []byte("v")}, &instance.AccessKey{ID: "k"})
	all := map[row.Table]int{
		pool.TablePools: 1, pool.TableClients: 1, pool.TableKeys: 1, user.TableUsers: 1, user.TableAliases: 1,
		user.TableCodes: 2, user.TableSessions: 2, user.TableSpent: 2, user.TableAttempts: 2, user.TableOutbox: 2,
		user.TableAuthEvents: 2, pool.TableRisks: 1,
		instance.TableMaterial: 1, instance.TableAccessKeys: 1,
	}
	for _, step := range []struct {
		name   string
		at     time.Duration
		change map[row.Table]int
	}{
		{"what has just run out", 0, nil},
		{"within the grace", time.Hour - time.Microsecond, nil},
		{"after it", time.Hour, map[row.Table]int{user.TableCodes: 1, user.TableSpent: 1, user.TableAttempts: 1, user.TableOutbox: 1, user.TableAuthEvents: 1}},
		{"sign-ins last a day longer", 25*time.Hour - time.Microsecond, map[row.Table]int{user.TableCodes: 1, user.TableSpent: 1, user.TableAttempts: 1, user.TableOutbox: 1, user.TableAuthEvents: 1}},
		{"and then go", 25 * time.Hour, map[row.Table]int{user.TableSessions: 1, user.TableCodes: 0, user.TableSpent: 0, user.TableAttempts: 0, user.TableOutbox: 0, user.TableAuthEvents: 0}},
	} {
		sweepAt(t, s, now.Add(step.at))
		want := map[row.Table]int{}
		for table, n := range all {
			want[table] = n
		}
		for table, n := range step.change {
			if want[table] = n; n == 0 {
				delete(want, table)
			}
		}
		t.Run(step.name, func(t *testing.T) { wantCensus(t, s, want) })
	}
}

// TestSweepInBatches has more rows than one change set takes.
func TestSweepInBatches(t *testing.T) {
	inner := open(t)
	for i := range 5 {
		var rows []row.Row
		for j := range 101 {
			rows = append(rows, &user.Code{PoolID: "p", Sub: user.Sub(fmt.Sprint(i, "-", j)), Purpose: user.PurposeSignUp, ExpiresAt: now})
		}
		insert(t, inner, rows...)
	}
	s := faulty.New(faulty.Config{Inner: inner, Commit: func(_ int, set *store.ChangeSet) faulty.Outcome {
		if len(set.Changes) > 200 {
			t.Errorf("one set has %d changes", len(set.Changes))
		}
		return faulty.Pass
	}})
	sweepAt(t, s, now.Add(time.Hour))
	wantCensus(t, inner, map[row.Table]int{})
	if s.Commits() != 3 {
		t.Errorf("505 rows took %d sets", s.Commits())
	}
}

// TestRowThatCameToLife renews a row between the sweeper's reading and its
// commit.
func TestRowThatCameToLife(t *testing.T) {
	inner := open(t)
	c := &user.Code{PoolID: "p", Sub: "ann", Purpose: user.PurposeSignUp, ExpiresAt: now}
	insert(t, inner, c)
	s := faulty.New(faulty.Config{Inner: inner, Commit: func(int, *store.ChangeSet) faulty.Outcome {
		return faulty.Outcome{Before: func() {
			c.ExpiresAt = now.Add(24 * time.Hour)
			set := store.NewChangeSet()
			set.Update(c)
			if err := inner.Commit(context.Background(), set); err != nil {
				t.Error(err)
			}
		}}
	}})
	sweepAt(t, s, now.Add(time.Hour))
	wantCensus(t, inner, map[row.Table]int{user.TableCodes: 1})
}

// deletedPool stores a pool and another, and deletes the first as
// DeleteUserPool does.
func deletedPool(t *testing.T, s store.Store) (others map[row.Table]int) {
	t.Helper()
	later := now.Add(30 * 24 * time.Hour)
	for _, id := range []pool.ID{"eu-test-1_kept", "eu-test-1_gone"} {
		insert(t, s, append(lasting(id, "ann"), everything(id, "ann", later)...)...)
	}
	set := store.NewChangeSet()
	set.Drop(&pool.Pool{ID: "eu-test-1_gone"})
	set.Insert(&pool.Removal{PoolID: "eu-test-1_gone", CreatedAt: now})
	if err := s.Commit(t.Context(), set); err != nil {
		t.Fatal(err)
	}
	others = map[row.Table]int{}
	for _, table := range tables {
		others[table] = 1
	}
	for _, table := range []row.Table{pool.TableRemovals, instance.TableMaterial, instance.TableAccessKeys} {
		delete(others, table)
	}
	return others
}

func with(counts map[row.Table]int, table row.Table, n int) map[row.Table]int {
	c := map[row.Table]int{table: n}
	for k, v := range counts {
		if k != table {
			c[k] = v
		}
	}
	return c
}

func TestDeletedPoolIsCleared(t *testing.T) {
	s := open(t)
	others := deletedPool(t, s)
	sweepAt(t, s, now.Add(time.Second))
	wantCensus(t, s, with(others, pool.TableRemovals, 1))
	kept := &pool.Client{ID: "client of eu-test-1_kept"}
	if err := s.Read(t.Context(), kept); err != nil || !kept.Stored() {
		t.Errorf("the other pool's client: %v", err)
	}
	// A request that began before the deletion writes after the sweep.
	insert(t, s, &user.User{PoolID: "eu-test-1_gone", Sub: "late", Username: "late", Status: user.Confirmed})
	sweepAt(t, s, now.Add(time.Hour-time.Microsecond))
	wantCensus(t, s, with(others, pool.TableRemovals, 1))
	sweepAt(t, s, now.Add(time.Hour))
	wantCensus(t, s, others)
}

// TestMarkStaysWhileSomethingIsLeft lets another writer be faster in the middle
// of the clearing, long after the deletion: the mark must not go before the rows.
func TestMarkStaysWhileSomethingIsLeft(t *testing.T) {
	inner := open(t)
	others := deletedPool(t, inner)
	s := faulty.New(faulty.Config{Inner: inner, Commit: func(_ int, set *store.ChangeSet) faulty.Outcome {
		if set.Changes[0].Row.RowKey().Table == user.TableUsers {
			return faulty.Conflict
		}
		return faulty.Pass
	}})
	sweepAt(t, s, now.Add(2*time.Hour))
	wantCensus(t, inner, with(with(others, pool.TableRemovals, 1), user.TableUsers, 2))
	sweepAt(t, inner, now.Add(2*time.Hour))
	wantCensus(t, inner, others)
}

func TestTwoSweepersAtOnce(t *testing.T) {
	s := open(t)
	others := deletedPool(t, s)
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for range 3 {
				if err := newSweeper(s, now.Add(2*time.Hour)).Sweep(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	sweepAt(t, s, now.Add(2*time.Hour))
	wantCensus(t, s, others)
}

func TestSweepTellsOfAFailure(t *testing.T) {
	inner := open(t)
	deletedPool(t, inner)
	insert(t, inner, everything("p", "ann", now)...)
	failing := faulty.New(faulty.Config{Inner: inner, Commit: func(int, *store.ChangeSet) faulty.Outcome { return faulty.Unavailable }})
	if err := newSweeper(failing, now.Add(time.Hour)).Sweep(t.Context()); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	blind := faulty.New(faulty.Config{Inner: inner, List: func(int, store.Query) faulty.Outcome { return faulty.Unavailable }})
	if err := newSweeper(blind, now.Add(time.Hour)).Sweep(t.Context()); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}

func TestRunSweepsUntilItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		insert(t, s, everything("p", "ann", time.Now().Add(-2*time.Hour))...)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			sweep.New(s, slog.New(slog.DiscardHandler), time.Now).Run(ctx)
			close(done)
		}()
		time.Sleep(time.Minute + time.Second)
		synctest.Wait()
		wantCensus(t, s, map[row.Table]int{user.TableSessions: 1})
		cancel()
		<-done
	})
}
