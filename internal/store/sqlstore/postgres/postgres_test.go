package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore"
	"poolhouse.dev/internal/store/sqlstore/postgres"
	"poolhouse.dev/internal/store/storetest"
	"poolhouse.dev/internal/store/storetest/pgtest"
	"poolhouse.dev/internal/user"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestStore(t *testing.T) {
	for _, isolation := range []string{"read committed", "serializable"} {
		for name, spread := range map[string]bool{"": false, ", spread": true} {
			t.Run(isolation+name, func(t *testing.T) {
				storetest.Run(t, func(t *testing.T) store.Store {
					return open(t, postgres.Config{URL: isolated(t, isolation), Spread: spread})
				})
			})
		}
	}
}

// Poolers that share sessions between clients cannot have prepared statements;
// the URL then asks for another mode of the driver.
func TestModesOfTheDriver(t *testing.T) {
	address := pgtest.Database(t)
	for i, mode := range []string{"cache_describe", "exec", "simple_protocol"} {
		t.Run(mode, func(t *testing.T) {
			// Spread, since what travels apart is encoded in ways of its own.
			s := open(t, postgres.Config{URL: address + "&default_query_exec_mode=" + mode, Spread: i%2 == 1})
			u, v := newUser(i), newSession(i)
			u.Verifier = []byte{0, '\\', 0xff}
			commit(t, s, inserting(u, v))
			commit(t, s, updating(u))
			if err := s.Commit(t.Context(), inserting(newUser(99), newSession(i))); !isDuplicate(err, v.RowKey()) {
				t.Errorf("inserting a taken key: %v, want it named", err)
			}
			got, absent, session := newUser(i), newUser(99), newSession(i)
			if err := s.Read(t.Context(), got, absent, session); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(u, got); diff != "" || absent.Stored() || !session.Stored() {
				t.Errorf("read (-want +got):\n%s", diff)
			}
			again, gone := newUser(i), newUser(99)
			again.Verifier, gone.Username = nil, "as it was"
			if err := s.Read(store.Evenly(t.Context()), again, gone); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(u, again); diff != "" || gone.Stored() || gone.Username != "as it was" {
				t.Errorf("read evenly, beside %+v (-want +got):\n%s", gone, diff)
			}
			page, err := s.List(t.Context(), store.Query{Table: user.TableUsers, Limit: 10})
			if err != nil || len(page.Rows) != i+1 {
				t.Errorf("listing: %d rows, %v", len(page.Rows), err)
			}
		})
	}
}

func TestEvenReadsCostTheSame(t *testing.T) {
	storetest.EvenReadsCostTheSame(t, open(t, postgres.Config{URL: pgtest.Database(t)}))
}

// Sets that travel together leave each row as its own set says, in every mode of the
// driver.
func TestValuesOfMergedUpdates(t *testing.T) {
	for _, mode := range []string{"cache_statement", "cache_describe", "exec", "simple_protocol"} {
		t.Run(mode, func(t *testing.T) {
			s := open(t, postgres.Config{URL: pgtest.Database(t) + "&default_query_exec_mode=" + mode})
			verifiers := [][]byte{nil, {}, {0, '\\', 0xff}, []byte("x")}
			names := []string{"", "{NULL}", `a "quoted, \ name`, "Žofie", "NULL"}
			users := make([]*user.User, 60)
			for i := range users {
				users[i] = newUser(i)
				commit(t, s, inserting(users[i]))
			}
			before := s.Stats()
			var group sync.WaitGroup
			for i, u := range users {
				u.Verifier, u.SignOutEpoch, u.Disabled = verifiers[i%len(verifiers)], int64(i)<<33, i%2 == 0
				u.Attributes.Set("name", names[i%len(names)])
				group.Go(func() { commitQuietly(t, s, updating(u)) })
			}
			group.Wait()
			if after := s.Stats(); after.WriteTrips-before.WriteTrips > int64(len(users)/2) {
				t.Errorf("%d updates went in %d exchanges", len(users), after.WriteTrips-before.WriteTrips)
			}
			for i, want := range users {
				got := newUser(i)
				if err := s.Read(t.Context(), got); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("user %d (-want +got):\n%s", i, diff)
				}
			}
		})
	}
}

// A writer counts one row up before another. Whoever reads the later one first
// must never find it ahead, although the calls that it shares an exchange with
// read them the other way round.
func TestFirstRowIsReadFirst(t *testing.T) { inBothModes(t, firstRowIsReadFirst) }

func firstRowIsReadFirst(t *testing.T, c postgres.Config) {
	s := open(t, c)
	commit(t, s, inserting(newUser(1), newSession(1)))
	ctx, stop := context.WithCancel(context.Background())
	var group sync.WaitGroup
	for i := range 16 {
		group.Go(func() {
			for ctx.Err() == nil {
				leader, follower := newUser(1), newSession(1)
				if i%2 == 0 {
					s.Read(context.Background(), leader, follower)
					continue
				}
				if err := s.Read(context.Background(), follower, leader); err != nil || follower.Version > leader.Version {
					t.Errorf("the follower has version %d, the leader only %d: %v", follower.Version, leader.Version, err)
					return
				}
			}
		})
	}
	leader, follower := newUser(1), newSession(1)
	if err := s.Read(ctx, leader, follower); err != nil {
		t.Fatal(err)
	}
	for range 200 {
		commit(t, s, updating(leader))
		commit(t, s, updating(follower))
	}
	stop()
	group.Wait()
}

func isDuplicate(err error, want row.Key) bool {
	key, ok := store.Duplicate(err)
	return ok && key == want
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
func TestImpossibleKeyHarmsNobodyElse(t *testing.T) { inBothModes(t, impossibleKeyHarmsNobodyElse) }

func impossibleKeyHarmsNobodyElse(t *testing.T, c postgres.Config) {
	s := open(t, c)
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

// Combined reads and updates must find their rows by key, whatever size the table had
// when the server planned the statement.
func TestStatementsNeverScanATable(t *testing.T) {
	address := pgtest.Database(t)
	s := open(t, postgres.Config{URL: address})
	const users = 1000
	var group sync.WaitGroup
	for n := range users {
		group.Go(func() {
			u := newUser(n)
			commitQuietly(t, s, inserting(u))
			if err := s.Read(context.Background(), newSession(n), u); err != nil {
				t.Error(err)
			}
			u.Attributes.Set("name", "Another")
			commitQuietly(t, s, updating(u))
		})
	}
	group.Wait()
	s.Close()
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	// Sessions report their figures when they end.
	for sessions := 1; sessions > 0; pause() {
		if err := conn.QueryRow(t.Context(), `SELECT COUNT(*) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid()`).Scan(&sessions); err != nil {
			t.Fatal(err)
		}
	}
	var scans, lookups int64
	if err := conn.QueryRow(t.Context(), `SELECT SUM(seq_scan), SUM(idx_scan) FROM pg_stat_user_tables
		WHERE relname IN ('users', 'users_search', 'sessions')`).Scan(&scans, &lookups); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d scans of whole tables, %d look-ups", scans, lookups)
	// Making an index scans the table, empty as it was. A user is looked for by the
	// insert, the read and twice by the update, a name by the update, and a session by the
	// read.
	if want := int64(6 * users); scans > 20 || lookups < want {
		t.Errorf("%d scans of whole tables, %d look-ups, want at least %d", scans, lookups, want)
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

// Combined reads, too, find each row by its whole primary key.
func TestCombinedReadsGoByTheWholeKey(t *testing.T) {
	for _, table := range sqlstore.Tables() {
		text, even := postgres.ManyTexts(table.Name)
		for i, column := range table.KeyColumns() {
			want, chosen := fmt.Sprintf("%s = k.key%d", column, i+1), fmt.Sprintf("%s = c.key%d", column, i+1)
			if !strings.Contains(text, want) || !strings.Contains(even, want) || !strings.Contains(even, chosen) {
				t.Errorf("table %s: %q or %q is missing in %s or %s", table.Name, want, chosen, text, even)
			}
		}
	}
}

// Merged updates, too, find each row by its whole primary key and its version, and
// set everything else.
func TestMergedUpdatesGoByTheWholeKey(t *testing.T) {
	for _, dialect := range []sqlstore.Dialect{sqlstore.Postgres, sqlstore.Distributed} {
		for _, table := range sqlstore.Tables() {
			text := postgres.MergedText(dialect, table.Name)
			_, where, _ := strings.Cut(text, " WHERE ")
			l := table.Layout()
			for i, column := range l.Columns {
				want, in := fmt.Sprintf("%s = k.v%d", column, i+1), text
				if i < l.Keys {
					want, in = "r."+want, where
				}
				if !strings.Contains(in, want) {
					t.Errorf("table %s: %q is missing in %s", table.Name, want, in)
				}
			}
			if want := fmt.Sprintf("r.version = k.v%d", len(l.Columns)+1); !strings.Contains(where, want) {
				t.Errorf("table %s: %q is missing in %s", table.Name, want, where)
			}
		}
	}
}

func TestNumberOfConnections(t *testing.T) {
	address := pgtest.Database(t)
	for name, test := range map[string]struct {
		config postgres.Config
		want   int
	}{
		"by default":  {postgres.Config{URL: address}, 16},
		"by the URL":  {postgres.Config{URL: address + "&pool_max_conns=48"}, 48},
		"by the code": {postgres.Config{URL: address + "&pool_max_conns=48", MaxConns: 20}, 20},
		"too few":     {postgres.Config{URL: address + "&pool_max_conns=1"}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			if got := open(t, test.config).Stats().MaxConnections; got != test.want {
				t.Errorf("%d connections, want %d", got, test.want)
			}
		})
	}
}
