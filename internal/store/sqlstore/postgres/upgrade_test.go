package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore"
	"poolhouse.dev/internal/store/sqlstore/postgres"
	"poolhouse.dev/internal/store/sqlstore/releasetest"
	"poolhouse.dev/internal/store/storetest/pgtest"
	"poolhouse.dev/internal/user"
)

// releases returns programs of three releases.
func releases(t *testing.T, more ...string) releasetest.Releases {
	t.Helper()
	r, err := releasetest.Of(sqlstore.Postgres, more...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// While users are changed, one and two rows at a time, by nodes of an earlier
// release, nodes of this one and of a later one start and change the schema under
// them. Nothing that was acknowledged is lost, nobody is told of an error, and
// each release goes on, also when it is started again on the newest schema.
func TestUpgradeUnderLoad(t *testing.T) {
	inBothModes(t, func(t *testing.T, c postgres.Config) {
		const writers = 4
		r := releases(t, releasetest.Expansions...)
		ctx, stop := context.WithCancel(context.Background())
		defer stop()
		var committed atomic.Int64
		var group sync.WaitGroup
		users := 0
		start := func(p sqlstore.Program) {
			c := c
			c.Program = p
			s := open(t, c)
			for range writers {
				n := users
				users++
				commit(t, s, inserting(newUser(n), newSession(n)))
				group.Go(func() {
					if err := countUp(ctx, s, n, &committed); err != nil {
						t.Errorf("%s: %v", p.Version, err)
					}
				})
				group.Go(func() { listAll(ctx, t, s) })
			}
			await(&committed, committed.Load()+300)
		}
		for _, p := range []sqlstore.Program{r.Earlier, r.Present, r.Later, r.Present, r.Earlier} {
			start(p)
		}
		stop()
		group.Wait()
		if count := countRows(t, c.URL, "schema_versions WHERE version_id > 0"); count != int64(len(r.Later.Migrations)) {
			t.Errorf("%d migrations are applied, want %d", count, len(r.Later.Migrations))
		}
		checkSearch(t, c.URL)
	})
}

// listAll lists and counts users until ctx ends.
func listAll(ctx context.Context, t *testing.T, s store.Store) {
	q := store.Query{Table: user.TableUsers, Equal: []store.Term{{Column: "pool_id", Value: string(newUser(0).PoolID)}}, Limit: 50}
	for ctx.Err() == nil {
		page, err := s.List(context.Background(), q)
		if err != nil || len(page.Rows) == 0 {
			t.Errorf("listing: %d rows, %v", len(page.Rows), err)
			return
		}
		pause()
	}
}

func countRows(t *testing.T, address, what string) (n int64) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if err := conn.QueryRow(t.Context(), "SELECT COUNT(*) FROM "+what).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// A program that a newer schema no longer supports is refused, in words that name
// both; one that it supports is not; and nothing changes for the newer one.
func TestDowngradeIsRefused(t *testing.T) {
	address := pgtest.Database(t)
	known := len(releases(t).Present.Migrations)
	r := releases(t, releasetest.Contraction(known)...)
	present, later := r.Present, r.Later
	between := sqlstore.Program{Version: releasetest.Between, Migrations: later.Migrations[:known+1]}
	s := open(t, postgres.Config{URL: address, Program: present})
	commit(t, s, inserting(newUser(1)))
	open(t, postgres.Config{URL: address, Program: later})
	_, err := postgres.Open(t.Context(), postgres.Config{URL: address, Program: present, Logger: quiet})
	checkRefusal(t, err, present, later)
	for _, p := range []sqlstore.Program{between, later} {
		s := open(t, postgres.Config{URL: address, Program: p})
		u := newUser(1)
		if err := s.Read(t.Context(), u); err != nil || !u.Stored() {
			t.Errorf("%s: reading: %v, stored %t", p.Version, err, u.Stored())
		}
	}
	// A schema of which nothing is known is not trusted.
	pgtest.Run(t, address, "DELETE FROM schema_support")
	if _, err := postgres.Open(t.Context(), postgres.Config{URL: address, Program: between, Logger: quiet}); err == nil {
		t.Error("a newer schema that does not say whom it supports was opened")
	}
}

// checkRefusal holds the words of a refusal.
func checkRefusal(t *testing.T, err error, refused, last sqlstore.Program) {
	t.Helper()
	var tooNew *sqlstore.TooNewError
	if !errors.As(err, &tooNew) {
		t.Fatalf("opening a newer schema: %v, want a TooNewError", err)
	}
	for _, words := range []string{
		fmt.Sprintf("the database has schema %d", len(last.Migrations)),
		fmt.Sprintf("knows schema %d (poolhouse v1.1.9)", len(refused.Migrations)+1),
		fmt.Sprintf("this is poolhouse %s, which knows schema %d", refused.Version, len(refused.Migrations)),
		"restore a backup",
	} {
		if !strings.Contains(err.Error(), words) {
			t.Errorf("%q does not say %q", err, words)
		}
	}
}

// A step that fails leaves the steps before it, which programs of before can work
// with, and the next start goes on from there.
func TestUpgradeThatFailsHalfway(t *testing.T) {
	address := pgtest.Database(t)
	r := releases(t, append(slices.Clone(releasetest.Expansions), "CREATE INDEX i ON nowhere (a);\n")...)
	present, later := r.Present, r.Later
	s := open(t, postgres.Config{URL: address, Program: present})
	commit(t, s, inserting(newUser(1)))
	if _, err := postgres.Open(t.Context(), postgres.Config{URL: address, Program: later, Logger: quiet}); err == nil {
		t.Error("a failing migration was taken for done")
	}
	for _, p := range []sqlstore.Program{present, {Version: "v1.2.1", Migrations: later.Migrations[:len(later.Migrations)-1]}} {
		s := open(t, postgres.Config{URL: address, Program: p})
		u := newUser(1)
		if err := s.Read(t.Context(), u); err != nil || !u.Stored() {
			t.Errorf("%s: reading: %v, stored %t", p.Version, err, u.Stored())
		}
		commit(t, s, updating(u))
	}
}
