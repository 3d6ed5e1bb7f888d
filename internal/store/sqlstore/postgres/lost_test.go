package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore/postgres"
	"poolhouse.dev/internal/store/storetest/pgtest"
	"poolhouse.dev/internal/user"
)

// inBothModes runs a test with sets that travel together and with sets that travel
// apart.
func inBothModes(t *testing.T, test func(t *testing.T, c postgres.Config)) {
	for name, spread := range map[string]bool{"together": false, "spread": true} {
		t.Run(name, func(t *testing.T) { test(t, postgres.Config{URL: pgtest.Database(t), Spread: spread}) })
	}
}

func TestLostReplyIsSettled(t *testing.T) { inBothModes(t, lostReplyIsSettled) }

func lostReplyIsSettled(t *testing.T, c postgres.Config) {
	net := &chaos{}
	c.Dial = net.dial
	s := open(t, c)
	stored := func(n int) *user.User {
		u := newUser(n)
		commit(t, s, inserting(u))
		return u
	}
	sets := []struct {
		name  string
		match func([]byte) bool
		set   func(n int) *store.ChangeSet
	}{
		{"insert", isSingle, func(n int) *store.ChangeSet { return inserting(newUser(n)) }},
		{"update", isSingle, func(n int) *store.ChangeSet { return updating(stored(n)) }},
		{"drop", isSingle, func(n int) *store.ChangeSet {
			set := store.NewChangeSet()
			set.Drop(stored(n))
			return set
		}},
		{"several", isCommit, func(n int) *store.ChangeSet {
			set := updating(stored(n))
			set.Insert(newSession(n))
			set.Enqueue(&user.Outgoing{PoolID: newUser(n).PoolID, Sub: newUser(n).Sub})
			return set
		}},
		{"several inserts", isCommit, func(n int) *store.ChangeSet { return inserting(newUser(n), newSession(n)) }},
	}
	n := 0
	for _, tc := range sets {
		for _, where := range []cut{cutBefore, cutAfter} {
			t.Run(fmt.Sprint(tc.name, " ", where), func(t *testing.T) {
				n++
				set := tc.set(n)
				before := s.Stats()
				net.arm(where, tc.match, nil)
				commit(t, s, set)
				net.check(t)
				if got := s.Stats().Settled - before.Settled; got != 1 {
					t.Errorf("%d commits were settled, want 1", got)
				}
				checkApplied(t, s, set)
			})
		}
	}
}

// Sets that share a transaction share its lost reply; each is settled.
func TestLostReplyOfACombination(t *testing.T) { inBothModes(t, lostReplyOfACombination) }

func lostReplyOfACombination(t *testing.T, c postgres.Config) {
	tests := []struct {
		name string
		// every second set inserts a row when inserts is set, so that updates do not
		// become one statement.
		inserts bool
		match   func([]byte) bool
	}{
		{"updates", false, isMerged},
		{"updates and inserts", true, isCombined},
	}
	for _, tc := range tests {
		for _, where := range []cut{cutBefore, cutAfter} {
			t.Run(tc.name+" "+where.String(), func(t *testing.T) {
				net := &chaos{}
				c := c
				c.URL, c.Dial = pgtest.Database(t), net.dial
				s := open(t, c)
				sets := make([]*store.ChangeSet, 64)
				for i := range sets {
					u := newUser(i)
					if sets[i] = inserting(u); i%2 == 0 || !tc.inserts {
						commit(t, s, sets[i])
						sets[i] = updating(u)
					}
				}
				match := tc.match
				if c.Spread {
					match = isCombined
				}
				net.arm(where, match, nil)
				var group sync.WaitGroup
				for _, set := range sets {
					group.Go(func() { commitQuietly(t, s, set) })
				}
				group.Wait()
				net.check(t)
				if s.Stats().Settled == 0 {
					t.Error("no commit was settled")
				}
				for _, set := range sets {
					checkApplied(t, s, set)
				}
			})
		}
	}
}

// What another writer did in the meantime decides what a lost reply can be
// settled to.
func TestLostReplyBesideAnotherWriter(t *testing.T) { inBothModes(t, lostReplyBesideAnotherWriter) }

func lostReplyBesideAnotherWriter(t *testing.T, c postgres.Config) {
	other := open(t, c)
	tests := []struct {
		name  string
		where cut
		want  error
	}{
		{"the other was first", cutBefore, store.ErrConflict},
		{"the other came on top", cutAfter, store.ErrUnknown},
	}
	for i, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			net := &chaos{}
			c := c
			c.Dial = net.dial
			s := open(t, c)
			u := newUser(i)
			commit(t, s, inserting(u))
			net.arm(tc.where, isSingle, func() {
				theirs := newUser(i)
				if err := other.Read(context.Background(), theirs); err != nil {
					t.Error(err)
				}
				commitQuietly(t, other, updating(theirs))
			})
			if err := s.Commit(t.Context(), updating(u)); !errors.Is(err, tc.want) {
				t.Errorf("Commit: %v, want %v", err, tc.want)
			}
			net.check(t)
		})
	}
}

func TestLostReplyOfATakenKey(t *testing.T) {
	net := &chaos{}
	s := open(t, postgres.Config{URL: pgtest.Database(t), Dial: net.dial})
	contested := newSession(2)
	net.arm(cutBefore, isCommit, func() { commitQuietly(t, s, inserting(newSession(2))) })
	err := s.Commit(t.Context(), inserting(newUser(1), contested))
	if key, ok := store.Duplicate(err); !ok || key != contested.RowKey() {
		t.Errorf("Commit: %v, want the session's key taken", err)
	}
	u := newUser(1)
	if err := s.Read(t.Context(), u); err != nil || u.Stored() {
		t.Errorf("the user of the lost set: %v, stored %t", err, u.Stored())
	}
	net.check(t)
}

// A commit that the server ends with a warning, here because somebody cancelled
// its wait for a standby, is not known to be where it must be.
func TestWarnedCommitIsUnknown(t *testing.T) {
	for name, spread := range map[string]bool{"together": false, "spread": true} {
		t.Run(name, func(t *testing.T) { warnedCommitIsUnknown(t, spread) })
	}
}

func warnedCommitIsUnknown(t *testing.T, spread bool) {
	cluster := pgtest.NewCluster(t)
	s := open(t, postgres.Config{URL: cluster.Database(t), Spread: spread})
	cluster.Exec(t, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
	cluster.Exec(t, "SELECT pg_reload_conf()")
	awaitSetting(t, cluster)
	for name, set := range map[string]*store.ChangeSet{
		"one statement":      inserting(newUser(1)),
		"several statements": inserting(newUser(2), newSession(2)),
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- s.Commit(ctx, set) }()
			pid := awaitWaitingCommit(t, cluster)
			cancel() // the end of the request is no reason to stop waiting
			select {
			case err := <-done:
				t.Fatalf("Commit returned before the server answered: %v", err)
			default:
			}
			cluster.Exec(t, fmt.Sprintf("SELECT pg_cancel_backend(%d)", pid))
			if err := <-done; !errors.Is(err, store.ErrUnknown) {
				t.Errorf("Commit: %v, want ErrUnknown", err)
			}
		})
	}
}

func awaitSetting(t *testing.T, cluster *pgtest.Cluster) {
	t.Helper()
	poll(t, cluster, "SELECT 1 FROM pg_settings WHERE name = 'synchronous_standby_names' AND setting = 'nobody'")
}

func awaitWaitingCommit(t *testing.T, cluster *pgtest.Cluster) (pid int) {
	t.Helper()
	return poll(t, cluster, "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
}

// poll asks until there is a row and returns its number.
func poll(t *testing.T, cluster *pgtest.Cluster, query string) (n int) {
	t.Helper()
	for {
		conn, err := pgx.Connect(t.Context(), cluster.URL("postgres"))
		if err != nil {
			t.Fatal(err)
		}
		err = conn.QueryRow(t.Context(), query).Scan(&n)
		conn.Close(t.Context())
		if err == nil {
			return n
		}
		if !errors.Is(err, pgx.ErrNoRows) {
			t.Fatal(err)
		}
		pause()
	}
}

// checkApplied fails the test unless every row of the set is as the set left it,
// once.
func checkApplied(t *testing.T, s store.Store, set *store.ChangeSet) {
	t.Helper()
	for _, c := range set.Changes {
		want := *c.Row.Stamped()
		stamp := readStamp(t, s, c.Row)
		if stamp != want {
			t.Errorf("a row of table %s carries %+v, want %+v", c.Row.RowKey().Table, stamp, want)
		}
	}
}

func readStamp(t *testing.T, s store.Store, r row.Row) row.Stamp {
	t.Helper()
	var fresh row.Row
	switch r := r.(type) {
	case *user.User:
		fresh = &user.User{PoolID: r.PoolID, Sub: r.Sub}
	case *user.Session:
		fresh = &user.Session{PoolID: r.PoolID, Sub: r.Sub, ID: r.ID}
	case *user.Outgoing:
		fresh = &user.Outgoing{PoolID: r.PoolID, Sub: r.Sub, ID: r.ID}
	}
	if err := s.Read(context.Background(), fresh); err != nil {
		t.Fatalf("reading: %v", err)
	}
	return *fresh.Stamped()
}

func commitQuietly(t *testing.T, s store.Store, set *store.ChangeSet) {
	t.Helper()
	if err := s.Commit(context.Background(), set); err != nil {
		t.Errorf("committing: %v", err)
	}
}
