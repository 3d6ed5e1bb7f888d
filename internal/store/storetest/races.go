package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
)

// lostSetBesideWinners commits one losing set of several rows at the same moment
// as sixty-three that win, so that an engine that combines requests has them in
// one transaction.
func lostSetBesideWinners(e *env) {
	const n = 64
	for round := range rounds(20) {
		users := make([]*user.User, n)
		set := store.NewChangeSet()
		for i := range users {
			users[i] = newUser(e.pool, fmt.Sprintf("%d-%d", round, i))
			set.Insert(users[i])
		}
		taken := fmt.Sprintf("taken-%d", round)
		set.Insert(newAlias(e.pool, taken, "other"))
		if err := e.store.Commit(e.Context(), set); err != nil {
			e.Fatal(err)
		}
		loser := users[round%n].Clone()
		together(n, func(i int) {
			u := users[i].Clone()
			u.Attributes.Set("name", "changed")
			err := e.commit(func(set *store.ChangeSet) {
				set.Update(u)
				if i == round%n {
					set.Insert(newAlias(e.pool, taken, string(u.Sub)))
				}
			})
			if i == round%n {
				e.wantDuplicate(err, newAlias(e.pool, taken, "").RowKey())
			} else if err != nil {
				e.Errorf("a set beside the losing one answered %v", err)
			}
		})
		got := &user.User{PoolID: e.pool, Sub: loser.Sub}
		e.read(got)
		e.wantSame(loser, got)
		for i, u := range users {
			if i == round%n {
				continue
			}
			if e.read(u); u.Version != 2 || u.Attributes.Get("name") != "changed" {
				e.Fatalf("a winning set was not applied")
			}
		}
	}
}

func readYourWrites(e *env) {
	together(16, func(i int) {
		u := newUser(e.pool, fmt.Sprint(i))
		if err := e.commit(func(set *store.ChangeSet) { set.Insert(u) }); err != nil {
			e.Error(err)
			return
		}
		for n := range rounds(50) {
			u.Attributes.Set("name", fmt.Sprint(n))
			if err := e.commit(func(set *store.ChangeSet) { set.Update(u) }); err != nil {
				e.Error(err)
				return
			}
			got := &user.User{PoolID: e.pool, Sub: u.Sub}
			if err := e.store.Read(e.Context(), got); err != nil || got.Stamp != u.Stamp || got.Attributes.Get("name") != fmt.Sprint(n) {
				e.Errorf("after the commit of version %d version %d was read, %v", u.Version, got.Version, err)
				return
			}
		}
	})
}

// readsNeverGoBack reads a row all the time while it is changed: no read is older
// than the last answer before it began, or than the reader's last one.
func readsNeverGoBack(e *env) {
	u := newUser(e.pool, "u")
	u.SignOutEpoch = 1
	e.insert(u)
	var answered atomic.Int64
	answered.Store(1)
	e.whileReading(2, func(last *int64) {
		floor := answered.Load()
		got := &user.User{PoolID: e.pool, Sub: "u"}
		if err := e.store.Read(e.Context(), got); err != nil {
			e.Error(err)
		}
		if got.Version < floor || got.Version < *last {
			e.Errorf("version %d was read after the answer to %d and a read of %d", got.Version, floor, *last)
		}
		if got.SignOutEpoch != got.Version {
			e.Errorf("version %d was read with the fields of version %d", got.Version, got.SignOutEpoch)
		}
		*last = got.Version
	}, func(n int) {
		u.SignOutEpoch = u.Version + 1
		e.mustCommit(func(set *store.ChangeSet) { set.Update(u) })
		answered.Store(u.Version)
		if n%5 == 0 { // a set that loses changes nothing that can be seen
			stale := u.Clone()
			stale.Version--
			e.wantConflict(e.commit(func(set *store.ChangeSet) { set.Update(stale) }))
		}
	})
}

// readsInOrder changes a row, then another, then both at once, while both are
// read in one call: the row that is asked for first is never the newer one.
func readsInOrder(e *env) {
	first, second := newUser(e.pool, "first"), newUser(e.pool, "second")
	e.insert(first, second)
	e.whileReading(2, func(*int64) {
		a, b := &user.User{PoolID: e.pool, Sub: "first"}, &user.User{PoolID: e.pool, Sub: "second"}
		if err := e.store.Read(e.Context(), a, b); err != nil {
			e.Error(err)
		}
		if a.Version > b.Version {
			e.Errorf("the first row was read at version %d and the second at %d", a.Version, b.Version)
		}
	}, func(n int) {
		if n%2 == 0 {
			e.mustCommit(func(set *store.ChangeSet) { set.Update(first, second) })
			return
		}
		e.mustCommit(func(set *store.ChangeSet) { set.Update(second) })
		e.mustCommit(func(set *store.ChangeSet) { set.Update(first) })
	})
}

// lentRows holds what is handed out without a copy to what a read gives, after each way
// in which a row changes. What was lent before stays as it was.
func lentRows(e *env) {
	u := newUser(e.pool, "u")
	lender := store.LenderOf(e.store)
	check := func() {
		e.Helper()
		got := &user.User{PoolID: e.pool, Sub: "u"}
		e.read(got)
		if lent := store.Lend[*user.User](lender, u.RowKey()); lent != nil && (lent.Stored() || got.Stored()) {
			e.wantSame(got, lent)
		}
	}
	check()
	e.insert(u)
	check()
	before := store.Lend[*user.User](lender, u.RowKey())
	kept := u.Clone()
	for _, name := range []string{"Ann", "Bea"} {
		u.Attributes.Set("name", name)
		e.mustCommit(func(set *store.ChangeSet) { set.Update(u) })
		check()
	}
	e.mustCommit(func(set *store.ChangeSet) { set.Delete(u) })
	check()
	if before != nil {
		e.wantSame(kept, before)
	}
}

// lentRowsNeverGoBack is readsNeverGoBack for rows that are lent.
func lentRowsNeverGoBack(e *env) {
	lender := store.LenderOf(e.store)
	u := newUser(e.pool, "u")
	u.SignOutEpoch = 1
	e.insert(u)
	var answered atomic.Int64
	answered.Store(1)
	e.whileReading(2, func(last *int64) {
		floor := answered.Load()
		got := store.Lend[*user.User](lender, u.RowKey())
		if got == nil {
			return
		}
		if got.Version < floor || got.Version < *last || got.SignOutEpoch != got.Version {
			e.Errorf("version %d with epoch %d was lent after the answer to %d and a row of %d", got.Version, got.SignOutEpoch, floor, *last)
		}
		*last = got.Version
	}, func(int) {
		u.SignOutEpoch = u.Version + 1
		e.mustCommit(func(set *store.ChangeSet) { set.Update(u) })
		answered.Store(u.Version)
	})
}

// whileReading calls write a number of times, one after the other, and
// meanwhile read from several goroutines, each with a value of its own.
func (e *env) whileReading(readers int, read func(mine *int64), write func(n int)) {
	var done atomic.Bool
	together(readers+1, func(i int) {
		if i == 0 {
			defer done.Store(true)
			for n := range rounds(100) {
				write(n)
			}
			return
		}
		var mine int64
		for !done.Load() && !e.Failed() {
			read(&mine)
		}
	})
}

// oneAlias lets many writers take one name, each together with its user.
func oneAlias(e *env) {
	const n = 32
	for round := range rounds(10) {
		key := fmt.Sprintf("wanted-%d", round)
		var winner atomic.Value
		var wins atomic.Int32
		together(n, func(i int) {
			sub := fmt.Sprintf("%d-%d", round, i)
			err := e.commit(func(set *store.ChangeSet) {
				set.Insert(newUser(e.pool, sub), newAlias(e.pool, key, sub))
			})
			if err == nil {
				wins.Add(1)
				winner.Store(sub)
				return
			}
			e.wantDuplicate(err, newAlias(e.pool, key, "").RowKey())
		})
		if wins.Load() != 1 {
			e.Fatalf("%d writers were told that the name is theirs", wins.Load())
		}
		alias := newAlias(e.pool, key, "")
		e.read(alias)
		if string(alias.Sub) != winner.Load() {
			e.Errorf("the name belongs to %s and not to %s", alias.Sub, winner.Load())
		}
	}
	if users := e.countIn(user.TableUsers); users != int64(rounds(10)) {
		e.Errorf("%d users for %d names", users, rounds(10))
	}
}

// oneRowTwoSets lets sets of one statement and of several meet on one row.
func oneRowTwoSets(e *env) {
	u := newUser(e.pool, "u")
	e.insert(u)
	for round := range rounds(200) {
		var wins atomic.Int32
		together(2, func(i int) {
			mine := u.Clone()
			mine.SignOutEpoch = int64(2*round + i)
			err := e.commit(func(set *store.ChangeSet) {
				set.Update(mine)
				if round%2 == i {
					set.Insert(newAlias(e.pool, fmt.Sprint(round), "u"))
				}
			})
			if err == nil {
				wins.Add(1)
				return
			}
			e.wantConflict(err)
		})
		before := u.Version
		e.read(u)
		if wins.Load() != 1 || u.Version != before+1 {
			e.Fatalf("%d of two sets won, and the version went from %d to %d", wins.Load(), before, u.Version)
		}
	}
}

// crossedExpects lets each of two sets change the row that the other one counts
// on. Both together would be a result that no order of the two explains.
func crossedExpects(e *env) {
	a, b := newUser(e.pool, "a"), newUser(e.pool, "b")
	e.insert(a, b)
	for range rounds(1000) {
		var wins atomic.Int32
		together(2, func(i int) {
			mine, other := a.Clone(), b.Clone()
			if i == 1 {
				mine, other = other, mine
			}
			err := e.commit(func(set *store.ChangeSet) { set.Expect(other); set.Update(mine) })
			if err == nil {
				wins.Add(1)
				return
			}
			e.wantConflict(err)
		})
		if wins.Load() != 1 {
			e.Fatalf("%d of two crossed sets won", wins.Load())
		}
		e.read(a, b)
	}
}

func incrementsUnderRetry(e *env) {
	e.increments(4, rounds(30), func(ctx context.Context, try func(context.Context) error) error {
		return store.Retry(ctx, try)
	})
}

func incrementsInLanes(e *env) {
	var lanes store.Lanes
	e.increments(16, rounds(30), func(ctx context.Context, try func(context.Context) error) error {
		return lanes.Do(ctx, string(e.pool), try)
	})
}

func (e *env) increments(writers, each int, do func(ctx context.Context, try func(context.Context) error) error) {
	e.insert(newUser(e.pool, "counter"))
	var unknown atomic.Int64
	together(writers, func(int) {
		for range each {
			err := do(e.Context(), func(ctx context.Context) error {
				u := &user.User{PoolID: e.pool, Sub: "counter"}
				if err := e.store.Read(ctx, u); err != nil {
					return err
				}
				u.SignOutEpoch++
				return e.commitIn(ctx, func(set *store.ChangeSet) { set.Update(u) })
			})
			switch {
			case e.unsettled && errors.Is(err, store.ErrUnknown):
				unknown.Add(1)
			case err != nil:
				e.Error(err)
			}
		}
	})
	u := &user.User{PoolID: e.pool, Sub: "counter"}
	e.read(u)
	want := int64(writers * each)
	if u.SignOutEpoch > want || u.SignOutEpoch < want-unknown.Load() || u.Version != u.SignOutEpoch+1 {
		e.Errorf("%d increments were counted, and the version is %d; want %d, of which %d are unknown", u.SignOutEpoch, u.Version, want, unknown.Load())
	}
}

func endedContext(e *env) {
	ctx, cancel := context.WithCancel(e.Context())
	cancel()
	u := newUser(e.pool, "u")
	err := e.commitIn(ctx, func(set *store.ChangeSet) { set.Insert(u) })
	if !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, context.Canceled) {
		e.Errorf("the commit answered %v, want ErrUnavailable and the context's own", err)
	}
	if u.Stored() {
		e.Error("a row that was not committed carries a stamp")
	}
	if err := e.store.Read(ctx, u); err == nil {
		e.Error("a read under an ended context answered")
	}
	if e.read(u); u.Stored() {
		e.Error("the row was stored")
	}
}

// contextEndsWhileWaiting ends contexts while their sets wait among many others.
// What was answered must be true in the end: a set that was refused as not
// applied is never seen.
func contextEndsWhileWaiting(e *env) {
	const n = 64
	for round := range rounds(10) {
		outcome := make([]error, n)
		users := make([]row.Row, n)
		ctx, cancel := context.WithCancel(e.Context())
		together(n, func(i int) {
			sub := fmt.Sprintf("%d-%d", round, i)
			users[i] = newUser(e.pool, sub)
			outcome[i] = e.commitIn(ctx, func(set *store.ChangeSet) {
				set.Insert(newUser(e.pool, sub), newAlias(e.pool, sub, sub))
			})
			if i%8 == 0 {
				cancel()
			}
		})
		cancel()
		// A set of the same size that comes last is behind all of them.
		e.insert(newUser(e.pool, fmt.Sprintf("%d-last", round)))
		e.read(users...)
		for i, err := range outcome {
			stored := users[i].Stamped().Stored()
			switch {
			case err == nil && !stored:
				e.Error("a set that was answered as applied is not there")
			case err != nil && !errors.Is(err, store.ErrUnknown) && stored:
				e.Errorf("a set that was answered with %v is there", err)
			}
		}
	}
}
