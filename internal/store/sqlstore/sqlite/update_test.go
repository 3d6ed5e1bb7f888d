package sqlite_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore/sqlite"
	"poolhouse.dev/internal/user"
)

// An update leaves its whole row, whatever was known of the row before, and though only
// the columns that change are written: where the row was removed and made anew meanwhile,
// with the version that the update stands on, none of the new one's values are left.
func TestUpdateLeavesItsWholeRow(t *testing.T) {
	for name, cacheBytes := range map[string]int{"remembered rows": 0, "no remembered rows": -1} {
		t.Run(name, func(t *testing.T) {
			s := open(t, sqlite.Config{Path: t.TempDir(), CacheBytes: cacheBytes})
			commit := func(change func(set *store.ChangeSet)) {
				t.Helper()
				set := store.NewChangeSet()
				change(set)
				if err := s.Commit(t.Context(), set); err != nil {
					t.Fatal(err)
				}
			}
			first := &user.User{PoolID: "p", Sub: "s", Username: "ann", Status: user.Confirmed, Attributes: user.Attributes{{Name: "name", Value: "Ann"}}}
			commit(func(set *store.ChangeSet) { set.Insert(first) })
			want := first.Clone()
			want.Attributes.Set("given_name", "Ann")
			commit(func(set *store.ChangeSet) { set.Delete(first.Clone()) })
			second := &user.User{PoolID: "p", Sub: "s", Username: "bob", Status: user.Unconfirmed, Disabled: true, SignOutEpoch: 7}
			commit(func(set *store.ChangeSet) { set.Insert(second) })
			if second.Version != first.Version {
				t.Fatalf("the versions are %d and %d", first.Version, second.Version)
			}
			set := store.NewChangeSet()
			set.Update(want)
			if err := s.CommitKnowing(t.Context(), set, func(row.Key) row.Row { return first }); err != nil {
				t.Fatal(err)
			}
			want.Stamp = row.Stamp{Version: 2, SetID: set.ID}
			got := &user.User{PoolID: "p", Sub: "s"}
			if err := s.Read(t.Context(), got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the row (-want +got):\n%s", diff)
			}
		})
	}
}

// An update that changes nothing is one nevertheless, and of a table without further
// indexes only what changes is changed.
func TestUpdateOfKnownRows(t *testing.T) {
	s := open(t, sqlite.Config{Path: t.TempDir()})
	rows := []row.Row{
		&user.User{PoolID: "p", Sub: "s", Username: "ann", Verifier: []byte("verifier")},
		&user.SoftwareToken{PoolID: "p", Sub: "s", Secret: []byte("secret"), Pending: []byte("pending")},
		&user.Alias{PoolID: "p", Kind: user.AliasName, Key: "ann", Sub: "s", KeyVersion: 1},
	}
	set := store.NewChangeSet()
	set.Insert(rows...)
	if err := s.Commit(t.Context(), set); err != nil {
		t.Fatal(err)
	}
	for _, change := range []func(){
		func() {},
		func() { rows[1].(*user.SoftwareToken).Pending = nil },
		func() { rows[0].(*user.User).Verifier = nil },
		func() { rows[2].(*user.Alias).KeyVersion = 2 },
	} {
		change()
		set := store.NewChangeSet()
		set.Update(rows...)
		if err := s.Commit(t.Context(), set); err != nil {
			t.Fatal(err)
		}
		again := []row.Row{
			&user.User{PoolID: "p", Sub: "s"}, &user.SoftwareToken{PoolID: "p", Sub: "s"}, &user.Alias{PoolID: "p", Kind: user.AliasName, Key: "ann"},
		}
		if err := s.Read(store.Evenly(t.Context()), again...); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(rows, again); diff != "" {
			t.Errorf("the rows (-written +read):\n%s", diff)
		}
	}
}
