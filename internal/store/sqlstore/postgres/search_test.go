package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore"
	"poolhouse.dev/internal/store/sqlstore/postgres"
	"poolhouse.dev/internal/store/storetest/pgtest"
	"poolhouse.dev/internal/user"
)

// beforeSearch is the last schema in which users were listed by indexes of their own.
const beforeSearch = 56

// past is the program that knows a schema and none after it.
func past(t *testing.T, d sqlstore.Dialect, version int64) sqlstore.Program {
	t.Helper()
	p, err := d.Past(version)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// checkSearch holds that the search table has the names of the users and nothing else.
func checkSearch(t *testing.T, address string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	read := func(text string) (rows []string) {
		found, err := conn.Query(t.Context(), text+" ORDER BY 1")
		if err == nil {
			rows, err = pgx.CollectRows(found, pgx.RowTo[string])
		}
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	var parts []string
	for _, c := range []user.SearchColumn{user.SearchName, user.SearchGivenName, user.SearchFamilyName} {
		parts = append(parts, fmt.Sprintf("SELECT concat_ws('|', pool_id, sub, '%[1]s', %[1]s) FROM users WHERE %[1]s IS NOT NULL", c))
	}
	users, search := read(strings.Join(parts, " UNION ALL ")), read("SELECT concat_ws('|', pool_id, sub, field, value) FROM users_search")
	if diff := cmp.Diff(users, search); diff != "" {
		t.Errorf("the search table differs from the users (-users +search):\n%s", diff)
	}
}

// While sets of one and of several users, inserts, updates and deletions of three nodes
// meet each other, what users are searched by follows them to the last value. One of the
// nodes sends every statement apart.
func TestSearchFollowsUsers(t *testing.T) {
	for _, isolation := range []string{"read committed", "serializable"} {
		t.Run(isolation, func(t *testing.T) {
			address := isolated(t, isolation)
			nodes := []store.Store{
				open(t, postgres.Config{URL: address}), open(t, postgres.Config{URL: address}), open(t, postgres.Config{URL: address, Spread: true}),
			}
			const writers, rounds, users = 12, 60, 20
			var group sync.WaitGroup
			for w := range writers {
				group.Go(func() {
					random := rand.New(rand.NewPCG(7, uint64(w)))
					s := nodes[w%len(nodes)]
					for range rounds {
						if err := changeNames(s, random, users); err != nil {
							t.Error(err)
							return
						}
					}
				})
			}
			group.Wait()
			checkSearch(t, address)
		})
	}
}

// changeNames gives one or two of the users other names, or makes or deletes them. What
// somebody else did first is left alone.
func changeNames(s store.Store, random *rand.Rand, users int) error {
	set := store.NewChangeSet()
	for _, n := range random.Perm(users)[:1+random.IntN(2)] {
		u := newUser(n)
		if err := s.Read(context.Background(), u); err != nil {
			return err
		}
		for _, name := range []string{"name", "given_name", "family_name"} {
			if random.IntN(2) == 0 {
				u.Attributes.Set(name, []string{"", "A", "a", "B", "É"}[random.IntN(5)])
			}
		}
		switch {
		case !u.Stored():
			set.Insert(u)
		case random.IntN(8) == 0:
			set.Delete(u)
		default:
			set.Update(u)
		}
	}
	err := s.Commit(context.Background(), set)
	if _, taken := store.Duplicate(err); taken || errors.Is(err, store.ErrConflict) {
		return nil
	}
	return err
}

// Users of before are found by their names once the schema is that of this program, by
// the search table alone, and a program of before is refused.
func TestUpgradeFillsTheSearch(t *testing.T) {
	address := pgtest.Database(t)
	before := past(t, sqlstore.Postgres, beforeSearch)
	s := open(t, postgres.Config{URL: address, Program: before})
	for n := range 30 {
		u := newUser(n)
		u.Attributes.Set("given_name", fmt.Sprintf("Given %d", n%7))
		commit(t, s, inserting(u))
	}
	s.Close()
	if n := countRows(t, address, "pg_indexes WHERE indexname = 'users_by_name'"); n != 1 {
		t.Fatalf("%d indexes by name before the upgrade, want 1", n)
	}
	s = open(t, postgres.Config{URL: address})
	checkSearch(t, address)
	if n := countRows(t, address, "pg_indexes WHERE indexname = 'users_by_name'"); n != 0 {
		t.Errorf("%d indexes by name are left", n)
	}
	wantFound(t, s, user.SearchName, "example", 30)
	wantFound(t, s, user.SearchGivenName, "given 3", 4)
	var tooNew *sqlstore.TooNewError
	if _, err := postgres.Open(t.Context(), postgres.Config{URL: address, Program: before, Logger: quiet}); !errors.As(err, &tooNew) {
		t.Errorf("a program that does not keep the search table: %v, want a TooNewError", err)
	}
}

// wantFound holds how many users are found by a value of a column.
func wantFound(t *testing.T, s store.Store, column user.SearchColumn, value string, want int) {
	t.Helper()
	page, err := s.List(t.Context(), store.Query{Table: user.TableUsers, Limit: 1000, Equal: []store.Term{
		{Column: "pool_id", Value: string(newUser(0).PoolID)}, {Column: string(column), Value: value},
	}})
	if err != nil || len(page.Rows) != want {
		t.Errorf("%d users have the %s %q, %v, want %d", len(page.Rows), column, value, err, want)
	}
}

// A store that was begun on one server gets the schema of several when its tables are
// distributed, and is refused before.
func TestDistributeOfAStoreOfOneServer(t *testing.T) {
	address := pgtest.NewCluster(t, "max_prepared_transactions=64").Database(t)
	s := open(t, postgres.Config{URL: address})
	for n := range 5 {
		commit(t, s, inserting(newUser(n)))
	}
	s.Close()
	pgtest.StandInForCitus(t, address)
	wantRefused(t, address, "not distributed", "poolhouse schema distribute")
	distribute(t, address)
	if n := countRows(t, address, "pg_tables WHERE tablename = 'users_search'"); n != 0 {
		t.Error("the search table of one server is still there")
	}
	if n := countRows(t, address, "pg_indexes WHERE indexname IN ('users_by_name', 'users_by_given_name', 'users_by_family_name')"); n != 3 {
		t.Errorf("%d of 3 indexes are there", n)
	}
	s = open(t, postgres.Config{URL: address})
	commit(t, s, inserting(newUser(5)))
	wantFound(t, s, user.SearchName, "example", 6)
}

// A search table that came to tables which are distributed is refused by name.
func TestSchemaOfOneServerOnCitus(t *testing.T) {
	address := likeCitus(t)
	distribute(t, address)
	pgtest.Run(t, address, "CREATE TABLE users_search (id TEXT)")
	wantRefused(t, address, "its schema is that of one server", "poolhouse schema distribute --engine citus")
	distribute(t, address)
	open(t, postgres.Config{URL: address})
}

// Lists of what belongs to one user share exchanges with each other and with reads, in
// both modes, and one that the server refuses spoils none of them.
func TestListsOfOneUserTravelTogether(t *testing.T) { inBothModes(t, listsOfOneUserTravelTogether) }

func listsOfOneUserTravelTogether(t *testing.T, c postgres.Config) {
	s := open(t, c)
	const users = 100
	for n := range users {
		set := store.NewChangeSet()
		for i := range n % 3 {
			v := newSession(n)
			v.ID = fmt.Sprint(i)
			set.Insert(v)
		}
		if !set.Empty() {
			commit(t, s, set)
		}
	}
	before := s.Stats()
	var group sync.WaitGroup
	for n := range users {
		group.Go(func() {
			u := newUser(n)
			q := store.Query{Table: user.TableSessions, Limit: 10, Equal: []store.Term{
				{Column: "pool_id", Value: string(u.PoolID)}, {Column: "sub", Value: string(u.Sub)},
			}}
			page, err := s.List(context.Background(), q)
			if err != nil || len(page.Rows) != n%3 {
				t.Errorf("user %d has %d sessions, %v, want %d", n, len(page.Rows), err, n%3)
			}
			q.Equal[1].Value = "\x00"
			if _, err := s.List(context.Background(), q); err == nil || errors.Is(err, store.ErrUnavailable) {
				t.Errorf("listing by an impossible key: %v, want an error of the key", err)
			}
		})
	}
	group.Wait()
	if trips := s.Stats().ReadTrips - before.ReadTrips; trips > users {
		t.Errorf("%d lists went in %d exchanges", 2*users, trips)
	}
}
