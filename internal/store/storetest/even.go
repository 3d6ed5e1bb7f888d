package storetest

import (
	"fmt"
	"math"
	"testing"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
)

// readEvenly reads rows evenly.
func (e *env) readEvenly(rows ...row.Row) {
	e.Helper()
	if err := e.store.Read(store.Evenly(e.Context()), rows...); err != nil {
		e.Fatal(err)
	}
}

// evenReads reads rows of every noun evenly that are there, that are not, and that are
// not any more, so that what is read for absent ones is never seen, nor missed.
func evenReads(e *env) {
	for _, s := range samples(e.pool) {
		name := string(s.full.RowKey().Table)
		e.readEvenly(s.bare)
		if s.bare.Stamped().Stored() {
			e.Errorf("%s: a row was read before it was there", name)
		}
		e.insert(s.full)
		e.readEvenly(s.bare)
		e.wantSame(s.full, s.bare)
		e.mustCommit(func(set *store.ChangeSet) { set.Delete(s.full) })
		for range 2 {
			e.readEvenly(s.bare)
			if s.bare.Stamped().Stored() {
				e.Errorf("%s: a deleted row was read", name)
			}
		}
	}
	there, absent := newUser(e.pool, "there"), newUser(e.pool, "absent")
	e.insert(there, newAlias(e.pool, "there", "there"))
	absent.Attributes.Set("name", "as it was")
	before := absent.Clone()
	for range 2 {
		absent.Stamp = row.Stamp{Version: 9, SetID: "before"}
		got, alias, nobody := &user.User{PoolID: e.pool, Sub: "there"}, newAlias(e.pool, "there", ""), newAlias(e.pool, "nobody", "as it was")
		e.readEvenly(alias, nobody, absent, got)
		e.wantSame(there, got)
		e.wantSame(before, absent) // with no stamp
		if alias.Sub != "there" || nobody.Stored() || nobody.Sub != "as it was" {
			e.Errorf("read %+v and %+v", alias, nobody)
		}
	}
}

// evenReadsAmongOthers reads rows that are there and that are not, evenly and not, all at
// once, while what is read for absent ones comes and goes.
func evenReadsAmongOthers(e *env) {
	for i := range 20 {
		e.insert(newUser(e.pool, fmt.Sprint("u", i)))
	}
	together(40, func(i int) {
		for j := range rounds(50) {
			sub := fmt.Sprint("u", (i+j)%20)
			got, absent, passing := &user.User{PoolID: e.pool, Sub: user.Sub(sub)}, &user.User{PoolID: e.pool, Sub: user.Sub("no" + sub)}, newAlias(e.pool, fmt.Sprint(i), sub)
			ctx := e.Context()
			if i%2 == 0 {
				ctx = store.Evenly(ctx)
			}
			if err := e.store.Read(ctx, got, absent, passing); err != nil {
				e.Error(err)
				return
			}
			if got.Username != newUser(e.pool, sub).Username || !got.Stored() || absent.Stored() || absent.Username != "" || passing.Stored() {
				e.Errorf("read %+v, %+v and %+v", got, absent, passing)
				return
			}
			if i%8 == 0 {
				set := store.NewChangeSet()
				set.Insert(passing)
				if err := e.store.Commit(ctx, set); err != nil {
					e.Error(err)
					return
				}
				if err := e.store.Read(store.Evenly(ctx), newAlias(e.pool, fmt.Sprint(i), "")); err != nil {
					e.Error(err)
				}
				gone := store.NewChangeSet()
				gone.Drop(passing)
				if err := e.store.Commit(ctx, gone); err != nil {
					e.Error(err)
					return
				}
			}
		}
	})
}

// EvenReadsCostTheSame tests that an even read of rows that are not there is as much work
// as one of rows that are, by the objects that both make.
func EvenReadsCostTheSame(t *testing.T, s store.Store) {
	e := &env{T: t, store: s, pool: pool.ID("test-1_even")}
	e.insert(newUser(e.pool, "ann"), newAlias(e.pool, "ann", "ann"))
	objects := func(sub string) float64 {
		return testing.AllocsPerRun(200, func() {
			e.readEvenly(newAlias(e.pool, sub, ""))
			e.readEvenly(&user.User{PoolID: e.pool, Sub: user.Sub(sub)})
		})
	}
	known, unknown := objects("ann"), objects("eve")
	t.Logf("%v objects for a user who is there, %v for one who is not", known, unknown)
	if math.Abs(known-unknown) > known/20 {
		t.Errorf("a user who is there costs %v objects, one who is not %v", known, unknown)
	}
}
