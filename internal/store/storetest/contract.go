package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
)

func emptySet(e *env) {
	if err := e.store.Commit(e.Context(), store.NewChangeSet()); err != nil {
		e.Fatal(err)
	}
}

func stamps(e *env) {
	u, a := newUser(e.pool, "u"), newAlias(e.pool, "u@example.com", "u")
	set := store.NewChangeSet()
	set.Insert(u, a)
	if err := e.store.Commit(e.Context(), set); err != nil {
		e.Fatal(err)
	}
	e.wantSame(row.Stamp{Version: 1, SetID: set.ID}, u.Stamp)
	next := store.NewChangeSet()
	next.Update(u)
	next.Expect(a)
	if err := e.store.Commit(e.Context(), next); err != nil {
		e.Fatal(err)
	}
	gotUser, gotAlias := &user.User{PoolID: e.pool, Sub: "u"}, newAlias(e.pool, "u@example.com", "")
	e.read(gotUser, gotAlias)
	e.wantSame(row.Stamp{Version: 2, SetID: next.ID}, gotUser.Stamp)
	e.wantSame(row.Stamp{Version: 1, SetID: set.ID}, gotAlias.Stamp)
	e.wantSame(gotUser.Stamp, u.Stamp)
	e.mustCommit(func(set *store.ChangeSet) { set.Delete(u); set.Drop(a) })
	e.wantSame(row.Stamp{}, u.Stamp)
	e.wantSame(row.Stamp{}, a.Stamp)
}

func insertTaken(e *env) {
	e.insert(newAlias(e.pool, "a", "first"))
	second := newAlias(e.pool, "a", "second")
	e.wantDuplicate(e.commit(func(set *store.ChangeSet) { set.Insert(second) }), second.RowKey())
	if second.Stored() {
		e.Error("a row that lost carries a stamp")
	}
	got := newAlias(e.pool, "a", "")
	e.read(got)
	if got.Sub != "first" {
		e.Errorf("the alias belongs to %s", got.Sub)
	}
	e.insert(newAlias(e.pool, "A", "second")) // another key: stores compare by byte
}

func staleVersions(e *env) {
	u := newUser(e.pool, "u")
	e.insert(u)
	stale := u.Clone()
	e.mustCommit(func(set *store.ChangeSet) { set.Update(u) })
	for name, change := range map[string]func(*store.ChangeSet, row.Row){
		"update": func(s *store.ChangeSet, r row.Row) { s.Update(r) },
		"delete": func(s *store.ChangeSet, r row.Row) { s.Delete(r) },
		"expect": func(s *store.ChangeSet, r row.Row) { s.Expect(r) },
	} {
		absent := newUser(e.pool, "absent")
		absent.Stamp = row.Stamp{Version: 1}
		for _, r := range []*user.User{stale, absent} {
			other := newAlias(e.pool, name+string(r.Sub), "u")
			e.wantConflict(e.commit(func(set *store.ChangeSet) { set.Insert(other); change(set, r) }))
			e.read(other)
			if other.Stored() {
				e.Errorf("a set whose %s lost was half applied", name)
			}
		}
	}
	got := &user.User{PoolID: e.pool, Sub: "u"}
	e.read(got)
	e.wantSame(u, got)
}

func put(e *env) {
	a := &user.Attempts{PoolID: e.pool, Sub: "u", Kind: user.AttemptVerify, Count: 1}
	late := *a
	e.mustCommit(func(set *store.ChangeSet) { set.Put(a) })
	a.Count = 2
	e.mustCommit(func(set *store.ChangeSet) { set.Put(a) })
	e.wantConflict(e.commit(func(set *store.ChangeSet) { set.Put(&late) }))
	e.read(&late)
	e.wantSame(a, &late)
}

func drop(e *env) {
	u := newUser(e.pool, "u")
	e.insert(u)
	e.mustCommit(func(set *store.ChangeSet) { set.Drop(newUser(e.pool, "u"), newUser(e.pool, "absent")) })
	e.read(u)
	if u.Stored() {
		e.Error("a dropped row was read")
	}
}

// replaceInOneSet gives a name up and takes it again, as a set does that moves
// an alias from one user to another.
func replaceInOneSet(e *env) {
	old := newAlias(e.pool, "a", "first")
	e.insert(old)
	next := newAlias(e.pool, "a", "second")
	e.mustCommit(func(set *store.ChangeSet) { set.Delete(old); set.Insert(next) })
	got := newAlias(e.pool, "a", "")
	e.read(got)
	e.wantSame(next, got)
}

func lostSetLeavesNothing(e *env) {
	u := newUser(e.pool, "u")
	e.insert(u, newAlias(e.pool, "taken", "other"))
	before := u.Clone()
	u.Attributes.Set("name", "changed")
	taken := newAlias(e.pool, "taken", "u")
	e.wantDuplicate(e.commit(func(set *store.ChangeSet) {
		set.Update(u)
		set.Insert(newAlias(e.pool, "free", "u"))
		set.Insert(taken)
		set.Enqueue(&user.Outgoing{PoolID: e.pool, Sub: "u"})
	}), taken.RowKey())
	got, free := &user.User{PoolID: e.pool, Sub: "u"}, newAlias(e.pool, "free", "")
	e.read(got, free)
	e.wantSame(before, got)
	if free.Stored() {
		e.Error("an alias of a lost set was stored")
	}
	if n := e.countIn(user.TableOutbox); n != 0 {
		e.Errorf("a lost set left %d messages", n)
	}
}

func outboxIDs(e *env) {
	set := store.NewChangeSet()
	one, two := &user.Outgoing{PoolID: e.pool, Sub: "u", CodeID: "1"}, &user.Outgoing{PoolID: e.pool, Sub: "u", CodeID: "2"}
	set.Enqueue(one)
	set.Enqueue(two)
	if err := e.store.Commit(e.Context(), set); err != nil {
		e.Fatal(err)
	}
	for i, want := range []*user.Outgoing{one, two} {
		got := &user.Outgoing{PoolID: e.pool, Sub: "u", ID: fmt.Sprintf("%s-%d", set.ID, i)}
		e.read(got)
		e.wantSame(want, got)
	}
}

// countIn returns how many rows of a table are in the test's pool.
func (e *env) countIn(table row.Table) int64 {
	e.Helper()
	n, err := e.store.Count(e.Context(), e.inPool(table))
	if err != nil {
		e.Fatal(err)
	}
	return n
}

// inPool is a query for the rows of a table in the test's pool.
func (e *env) inPool(table row.Table) store.Query {
	return store.Query{Table: table, Equal: []store.Term{{Column: "pool_id", Value: string(e.pool)}}, Limit: 100}
}

// list returns the rows of all pages of q.
func (e *env) list(q store.Query) []row.Row {
	e.Helper()
	var rows []row.Row
	for {
		page, err := e.store.List(e.Context(), q)
		if err != nil {
			e.Fatal(err)
		}
		if len(page.Rows) > q.Limit || page.Next != nil && len(page.Rows) != q.Limit {
			e.Fatalf("a page of %d rows for the limit %d", len(page.Rows), q.Limit)
		}
		rows = append(rows, page.Rows...)
		if page.Next == nil {
			return rows
		}
		q.After = page.Next
	}
}

// names are not in the order of any alphabet, only in that of their bytes.
var names = []string{
	" ", "A", "B", "Z", "Za", "a", "a%", "aB", "a_", "ab", "b", "z", "É", "ß", "é", "ИМЯ", "имя", "\ud7ff", "\ue000", "\ufffd", "𝄞", "\U0010ffff",
}

// nameUsers puts users with the names into the pool, in another order.
func (e *env) nameUsers() {
	var rows []row.Row
	for i := range names {
		name := names[(i*7)%len(names)]
		u := newUser(e.pool, fmt.Sprintf("%02d", i))
		u.Username = name
		rows = append(rows, u)
	}
	e.insert(rows...)
}

func usernames(rows []row.Row) []string {
	list := make([]string, len(rows))
	for i, r := range rows {
		list[i] = r.(*user.User).Username
	}
	return list
}

func listOrder(e *env) {
	e.nameUsers()
	q := e.inPool(user.TableUsers)
	q.Prefix = &store.Term{Column: "username"}
	e.wantSame(names, usernames(e.list(q)))
	q = e.inPool(user.TableUsers)
	for i, r := range e.list(q) {
		if got, want := string(r.(*user.User).Sub), fmt.Sprintf("%02d", i); got != want {
			e.Errorf("row %d by primary key is %s", i, got)
		}
		if !r.Stamped().Stored() {
			e.Error("a listed row has no stamp")
		}
	}
}

func listPages(e *env) {
	e.nameUsers()
	for _, limit := range []int{1, 2, 7, len(names) - 1, len(names), len(names) + 1} {
		q := e.inPool(user.TableUsers)
		q.Limit = limit
		if got := len(e.list(q)); got != len(names) {
			e.Errorf("pages of %d by primary key have %d rows", limit, got)
		}
		q.Prefix = &store.Term{Column: "username"}
		e.wantSame(names, usernames(e.list(q)))
		q.Prefix = nil
		q.Equal = append(q.Equal, store.Term{Column: "status", Value: string(user.Confirmed)})
		if got := len(e.list(q)); got != len(names) {
			e.Errorf("pages of %d by status have %d rows", limit, got)
		}
	}
}

func listPrefix(e *env) {
	e.nameUsers()
	for _, prefix := range append([]string{"a", "no such", "Za0"}, names...) {
		var want []string
		for _, n := range names {
			if strings.HasPrefix(n, prefix) {
				want = append(want, n)
			}
		}
		q := e.inPool(user.TableUsers)
		q.Prefix, q.Limit = &store.Term{Column: "username", Value: prefix}, 2
		e.wantSame(want, usernames(e.list(q)))
		if n, err := e.store.Count(e.Context(), q); err != nil || n != int64(len(want)) {
			e.Errorf("the count of prefix %q is %d, %v, want %d", prefix, n, err, len(want))
		}
	}
}

// listByNames lists by a column that does not tell case apart, so that some users have
// the same value.
func listByNames(e *env) {
	for i, name := range names {
		u := newUser(e.pool, fmt.Sprintf("%02d", (i*7)%len(names)))
		u.Attributes.Set("name", name)
		e.insert(u)
	}
	folded := func(r row.Row) string { return user.FoldSearch(r.(*user.User).Attributes.Get("name")) }
	for _, prefix := range append([]string{"", "no such"}, names...) {
		prefix = user.FoldSearch(prefix)
		var starting, equal []string
		for _, n := range names {
			if n = user.FoldSearch(n); strings.HasPrefix(n, prefix) {
				starting = append(starting, n)
				if n == prefix {
					equal = append(equal, n)
				}
			}
		}
		slices.Sort(starting)
		term := &store.Term{Column: string(user.SearchName), Value: prefix}
		for _, limit := range []int{1, 2, 7, len(names) + 1} {
			by, is := e.inPool(user.TableUsers), e.inPool(user.TableUsers)
			by.Prefix, is.Equal = term, append(is.Equal, *term)
			for want, q := range map[*[]string]store.Query{&starting: by, &equal: is} {
				q.Limit = limit
				var got []string
				subs := map[user.Sub]bool{}
				for _, r := range e.list(q) {
					got, subs[r.(*user.User).Sub] = append(got, folded(r)), true
				}
				e.wantSame(*want, got)
				if len(subs) != len(got) {
					e.Errorf("pages of %d by the name %q have %d rows of %d users", limit, prefix, len(got), len(subs))
				}
				if n, err := e.store.Count(e.Context(), q); err != nil || n != int64(len(*want)) {
					e.Errorf("the count by the name %q is %d, %v, want %d", prefix, n, err, len(*want))
				}
			}
		}
	}
}

func listDue(e *env) {
	for i, minutes := range []int{5, -3, 5, 0, 8, -20000000, 2} {
		e.insert(&user.Outgoing{
			PoolID: e.pool, Sub: "u", ID: fmt.Sprintf("%d", i), LeasedUntil: at.Add(time.Duration(minutes) * time.Minute),
		})
	}
	e.insert(&user.Outgoing{PoolID: e.pool, Sub: "u", ID: "never leased"})
	q := e.inPool(user.TableOutbox)
	q.Due, q.Limit = &store.DueTerm{Column: "leased_until", Time: at.Add(5 * time.Minute)}, 2
	var got []string
	for _, r := range e.list(q) {
		got = append(got, r.(*user.Outgoing).ID)
	}
	e.wantSame([]string{"never leased", "5", "1", "3", "6", "0", "2"}, got)
	if n, err := e.store.Count(e.Context(), q); err != nil || n != 7 {
		e.Errorf("the count is %d, %v", n, err)
	}
}

func listRefuses(e *env) {
	e.insert(newUser(e.pool, "u"))
	ok := e.inPool(user.TableUsers)
	for name, change := range map[string]func(q *store.Query){
		"unknown table":            func(q *store.Query) { q.Table = "people" },
		"unknown column":           func(q *store.Query) { q.Equal = []store.Term{{Column: "1 = 1 OR sub"}} },
		"column of another kind":   func(q *store.Query) { q.Equal = []store.Term{{Column: "verifier"}} },
		"unknown prefix column":    func(q *store.Query) { q.Prefix = &store.Term{Column: "s_nickname"} },
		"due of a text column":     func(q *store.Query) { q.Due = &store.DueTerm{Column: "sub"} },
		"limit of zero":            func(q *store.Query) { q.Limit = 0 },
		"cursor of another query":  func(q *store.Query) { q.After = store.Cursor{"a", "b", "c"} },
		"cursor that is no number": func(q *store.Query) { q.Due = &store.DueTerm{Column: "created_at"}; q.After = store.Cursor{"x", "y"} },
	} {
		q := ok
		change(&q)
		page, err := e.store.List(e.Context(), q)
		if err == nil {
			e.Errorf("%s: answered with %d rows", name, len(page.Rows))
		}
		if got, want := errors.Is(err, store.ErrCursor), q.After != nil; got != want {
			e.Errorf("%s: the error is one of a cursor: %v, want %v: %v", name, got, want, err)
		}
	}
	if page, err := e.store.List(e.Context(), ok); err != nil || len(page.Rows) != 1 {
		e.Errorf("the query itself answered %v", err)
	}
}

func count(e *env) {
	if n := e.countIn(user.TableUsers); n != 0 {
		e.Errorf("an empty pool has %d users", n)
	}
	e.nameUsers()
	if n := e.countIn(user.TableUsers); n != int64(len(names)) {
		e.Errorf("%d users, want %d", n, len(names))
	}
	q := e.inPool(user.TableUsers)
	q.Limit, q.After = 1, store.Cursor{"03"}
	if n, err := e.store.Count(e.Context(), q); err != nil || n != int64(len(names)) {
		e.Errorf("limit and cursor changed the count to %d, %v", n, err)
	}
}
