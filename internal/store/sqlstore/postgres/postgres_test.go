package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore/postgres"
	"poolhouse.dev/internal/store/storetest"
	"poolhouse.dev/internal/store/storetest/pgtest"
	"poolhouse.dev/internal/user"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestStore(t *testing.T) {
	for _, isolation := range []string{"read committed", "serializable"} {
		t.Run(isolation, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T) store.Store {
				return open(t, postgres.Config{URL: isolated(t, isolation)})
			})
		})
	}
}

// isolated returns the URL of a new database whose transactions run at a level.
func isolated(t testing.TB, level string) string {
	return pgtest.Database(t) + "&default_transaction_isolation=" + url.PathEscape(level)
}

func TestUnavailableServerIsNamedSo(t *testing.T) {
	cluster := pgtest.NewCluster(t)
	s := open(t, postgres.Config{URL: cluster.Database(t)})
	cluster.Crash()
	ctx := t.Context()
	u := newUser(1)
	for name, err := range map[string]error{
		"Commit": s.Commit(ctx, inserting(u)),
		"Read":   s.Read(ctx, u),
		"Ping":   s.Ping(ctx),
	} {
		if !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s without a server: %v, want ErrUnavailable", name, err)
		}
	}
	cluster.Start(t)
	if err := s.Commit(ctx, inserting(u)); err != nil {
		t.Errorf("committing after the server came back: %v", err)
	}
}

func TestClosedStoreIsUnavailable(t *testing.T) {
	s := open(t, postgres.Config{URL: pgtest.Database(t)})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(t.Context(), inserting(newUser(1))); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Commit after Close: %v, want ErrUnavailable", err)
	}
	if err := s.Read(t.Context(), newUser(1)); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Read after Close: %v, want ErrUnavailable", err)
	}
}

func TestUnsafeDurabilityIsRefused(t *testing.T) {
	for setting, address := range map[string]string{
		"fsync":              pgtest.NewCluster(t, "fsync=off").Database(t),
		"synchronous_commit": pgtest.Database(t) + "&synchronous_commit=off",
	} {
		t.Run(setting, func(t *testing.T) {
			_, err := postgres.Open(t.Context(), postgres.Config{URL: address, Logger: quiet})
			if err == nil || !strings.Contains(err.Error(), setting+"=off") {
				t.Errorf("Open: %v, want an error that names %s=off", err, setting)
			}
			open(t, postgres.Config{URL: address, AllowUnsafeDurability: true})
		})
	}
}

func TestNodesStartTogetherOnAnEmptyDatabase(t *testing.T) {
	const nodes = 4
	address := pgtest.Database(t)
	type opened struct {
		store *postgres.Store
		err   error
	}
	done := make(chan opened, nodes)
	for range nodes {
		go func() {
			s, err := postgres.Open(context.Background(), postgres.Config{URL: address, Logger: quiet})
			done <- opened{s, err}
		}()
	}
	for i := range nodes {
		o := <-done
		if o.err != nil {
			t.Errorf("opening: %v", o.err)
			continue
		}
		defer o.store.Close()
		if err := o.store.Commit(t.Context(), inserting(newUser(i))); err != nil {
			t.Errorf("committing: %v", err)
		}
	}
}

// One call's key that the server cannot take must not fail the calls that it
// shares an exchange with.
func TestImpossibleKeyHarmsNobodyElse(t *testing.T) {
	s := open(t, postgres.Config{URL: pgtest.Database(t)})
	good := newUser(1)
	commit(t, s, inserting(good))
	results := make(chan error, 200)
	for i := range cap(results) {
		go func() {
			u := newUser(1)
			if i%2 == 0 {
				u.Sub = "\x00"
			}
			err := s.Read(context.Background(), u)
			switch {
			case i%2 == 0 && (err == nil || errors.Is(err, store.ErrUnavailable)):
				results <- fmt.Errorf("reading an impossible key: %v, want an error of the key", err)
			case i%2 == 1 && (err != nil || !u.Stored()):
				results <- fmt.Errorf("reading a possible key: %v, stored %t", err, u.Stored())
			default:
				results <- nil
			}
		}()
	}
	for range cap(results) {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
}

var quiet = slog.New(slog.DiscardHandler)

// open opens a store that is closed with the test.
func open(t testing.TB, cfg postgres.Config) *postgres.Store {
	t.Helper()
	cfg.Logger = quiet
	s, err := postgres.Open(context.Background(), cfg)
	if err != nil {
		t.Fatalf("opening: %v", err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func newUser(n int) *user.User {
	sub := user.Sub(fmt.Sprintf("00000000-0000-4000-8000-%012d", n))
	return &user.User{
		PoolID: "eu-west-1_Example01", Sub: sub, Username: string(sub), Status: user.Confirmed,
		Attributes: user.Attributes{{Name: "email", Value: fmt.Sprintf("u%d@example.com", n)}, {Name: "name", Value: "Example"}},
	}
}

func newSession(n int) *user.Session {
	u := newUser(n)
	return &user.Session{PoolID: u.PoolID, Sub: u.Sub, ID: "session"}
}

func inserting(rows ...row.Row) *store.ChangeSet {
	set := store.NewChangeSet()
	set.Insert(rows...)
	return set
}

func updating(rows ...row.Row) *store.ChangeSet {
	set := store.NewChangeSet()
	set.Update(rows...)
	return set
}

func commit(t testing.TB, s store.Store, set *store.ChangeSet) {
	t.Helper()
	if err := s.Commit(context.Background(), set); err != nil {
		t.Fatalf("committing: %v", err)
	}
}

// pause lets others work for a moment.
func pause() { time.Sleep(5 * time.Millisecond) }
