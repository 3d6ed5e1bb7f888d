package postgres_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore"
	"poolhouse.dev/internal/store/sqlstore/postgres"
	"poolhouse.dev/internal/store/storetest"
	"poolhouse.dev/internal/store/storetest/pgtest"
)

// likeCitus returns the URL of a database in which Citus is found.
func likeCitus(t *testing.T) string {
	t.Helper()
	address := pgtest.NewCluster(t, "max_prepared_transactions=64").Database(t)
	pgtest.StandInForCitus(t, address)
	return address
}

// distribute distributes the tables and returns what it was told, by table.
func distribute(t *testing.T, address string) map[string]postgres.Distributed {
	t.Helper()
	told := map[string]postgres.Distributed{}
	err := postgres.Distribute(t.Context(), postgres.Config{URL: address, Logger: quiet}, func(d postgres.Distributed) { told[d.Table] = d })
	if err != nil {
		t.Fatalf("distributing: %v", err)
	}
	return told
}

// described is what distribute is told of the tables in their descriptions.
func described(already bool) map[string]postgres.Distributed {
	all := map[string]postgres.Distributed{}
	for _, table := range sqlstore.Tables() {
		all[string(table.Name)] = postgres.Distributed{
			Table: string(table.Name), Column: table.Shard.Column, Beside: string(table.Shard.Beside), Already: already,
		}
	}
	return all
}

// wantRefused fails the test unless opening the database is refused with words.
func wantRefused(t *testing.T, address string, words ...string) {
	t.Helper()
	s, err := postgres.Open(t.Context(), postgres.Config{URL: address, Logger: quiet})
	if err == nil {
		s.Close()
		t.Error("the database was opened")
		return
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%v does not say %q", err, word)
		}
	}
}

// A store on Citus is opened once every table is distributed, and not before.
// Distributing again, after a migration or not, touches the new tables only.
func TestDistribute(t *testing.T) {
	address := likeCitus(t)
	wantRefused(t, address, "users", "aliases", "poolhouse schema distribute --engine citus")
	if diff := cmp.Diff(described(false), distribute(t, address)); diff != "" {
		t.Errorf("distributing for the first time (-want +got):\n%s", diff)
	}
	s := open(t, postgres.Config{URL: address})
	commit(t, s, inserting(newUser(1), newSession(1)))
	if diff := cmp.Diff(described(true), distribute(t, address)); diff != "" {
		t.Errorf("distributing again (-want +got):\n%s", diff)
	}
	u := newUser(1)
	if err := s.Read(t.Context(), u); err != nil || !u.Stored() {
		t.Errorf("reading after that: %v, stored %t", err, u.Stored())
	}
	// As a migration leaves it that makes a table.
	pgtest.Run(t, address, "SELECT undistribute_table('passkeys')")
	wantRefused(t, address, "not distributed: passkeys;", "poolhouse schema distribute")
	want := described(true)
	passkeys := want["passkeys"]
	passkeys.Already = false
	want["passkeys"] = passkeys
	if diff := cmp.Diff(want, distribute(t, address)); diff != "" {
		t.Errorf("distributing a new table (-want +got):\n%s", diff)
	}
	open(t, postgres.Config{URL: address})
}

// Whatever is distributed in another way is refused, both by the server and by
// the command.
func TestWrongDistributionIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		change []string
		words  []string
	}{
		"by another column": {
			[]string{"SELECT undistribute_table('aliases')", "SELECT create_distributed_table('aliases', 'pool_id')"},
			[]string{"table aliases is not distributed by a hash of alias_key", "undistribute_table"},
		},
		"as a reference table": {
			[]string{"SELECT undistribute_table('pools')", "SELECT create_reference_table('pools')"},
			[]string{"table pools is not distributed by a hash of id"},
		},
		"away from the users": {
			[]string{"SELECT undistribute_table('codes')", "SELECT create_distributed_table('codes', 'sub', colocate_with => 'none')"},
			[]string{"table codes does not lie beside users"},
		},
		"with several copies": {
			[]string{"SELECT undistribute_table('material')", "SET citus.shard_replication_factor = 2", "SELECT create_distributed_table('material', 'name', colocate_with => 'none')"},
			[]string{"table material has citus.shard_replication_factor 2"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			address := likeCitus(t)
			distribute(t, address)
			pgtest.Run(t, address, strings.Join(test.change, "; "))
			wantRefused(t, address, test.words...)
			err := postgres.Distribute(t.Context(), postgres.Config{URL: address, Logger: quiet}, func(postgres.Distributed) {})
			if err == nil || !strings.Contains(err.Error(), test.words[0]) {
				t.Errorf("distributing: %v, want %q", err, test.words[0])
			}
		})
	}
}

// What the database lacks is named before anything is changed.
func TestDistributeSaysWhatIsMissing(t *testing.T) {
	without := pgtest.Database(t)
	unprepared := pgtest.Database(t) // max_prepared_transactions is 0 unless set
	pgtest.StandInForCitus(t, unprepared)
	copied := likeCitus(t)
	for name, test := range map[string]struct{ address, word string }{
		"no Citus":       {without, "CREATE EXTENSION citus"},
		"no two phases":  {unprepared, "max_prepared_transactions is 0 on the coordinator"},
		"several copies": {copied + "&citus.shard_replication_factor=2", "citus.shard_replication_factor is 2"},
	} {
		t.Run(name, func(t *testing.T) {
			err := postgres.Distribute(t.Context(), postgres.Config{URL: test.address, Logger: quiet}, func(d postgres.Distributed) {
				t.Errorf("table %s was distributed", d.Table)
			})
			if err == nil || !strings.Contains(err.Error(), test.word) {
				t.Errorf("distributing: %v, want %q", err, test.word)
			}
		})
	}
}

func TestStoreOnDistributedTables(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		address := likeCitus(t)
		distribute(t, address)
		return open(t, postgres.Config{URL: address})
	})
}

// Where rows are spread, no two statements share a transaction: each is followed by
// the message that ends it.
func TestStatementsTravelApart(t *testing.T) {
	net := &chaos{}
	s := open(t, postgres.Config{URL: pgtest.Database(t), Spread: true, Dial: net.dial})
	var several, shared int
	net.arm(cutBefore, func(sent []byte) bool {
		if n := countMessages(sent, 'B'); n > 1 {
			several++
			if countMessages(sent, 'S') != n {
				shared++
			}
		}
		return false
	}, nil)
	var group sync.WaitGroup
	for n := range 64 {
		group.Go(func() {
			u := newUser(n)
			commitQuietly(t, s, inserting(u))
			commitQuietly(t, s, updating(u))
			if err := s.Read(t.Context(), newUser(n), newSession(n)); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if several == 0 || shared > 0 {
		t.Errorf("of %d exchanges with several statements %d had transactions of several", several, shared)
	}
}
