package storetest

import (
	"bytes"
	"reflect"
	"strings"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
)

// everyNounSurvives writes every noun with every field set, alone and then
// again by an update, and reads it back into a row with nothing but its key.
func everyNounSurvives(e *env) {
	for _, s := range samples(e.pool) {
		name := string(s.full.RowKey().Table)
		wantNoZeroField(e, name, s.full)
		e.insert(s.full)
		e.read(s.bare)
		e.wantSame(s.full, s.bare)
		e.mustCommit(func(set *store.ChangeSet) { set.Update(s.full) })
		e.read(s.bare)
		e.wantSame(s.full, s.bare)
		if v := s.bare.Stamped().Version; v != 2 {
			e.Errorf("%s: the version after an insert and an update is %d", name, v)
		}
		e.mustCommit(func(set *store.ChangeSet) { set.Delete(s.full) })
		e.read(s.bare)
		if s.bare.Stamped().Stored() {
			e.Errorf("%s: a deleted row was read", name)
		}
	}
}

// wantNoZeroField keeps the samples complete: a field that is added to a noun
// must be added there, and is then found when a table forgets it.
func wantNoZeroField(e *env, name string, r row.Row) {
	v := reflect.ValueOf(r).Elem()
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.Name != "Stamp" && v.Field(i).IsZero() {
			e.Errorf("the sample of %s leaves the field %s empty", name, f.Name)
		}
	}
}

func nilAndEmptyBytes(e *env) {
	public := &pool.Client{ID: pool.ClientID(e.pool), PoolID: e.pool}
	empty := &pool.Client{ID: pool.ClientID(e.pool) + "e", PoolID: e.pool, SealedSecret: []byte{}}
	e.insert(public, empty)
	a, b := &pool.Client{ID: public.ID, SealedSecret: []byte("before")}, &pool.Client{ID: empty.ID}
	e.read(a, b)
	if a.SealedSecret != nil {
		e.Error("nil bytes came back as bytes")
	}
	if b.SealedSecret == nil || len(b.SealedSecret) != 0 {
		e.Errorf("empty bytes came back as %v", b.SealedSecret)
	}
}

func bigValues(e *env) {
	u := newUser(e.pool, "big")
	u.Verifier = bytes.Repeat([]byte{0, 0xfe, '\'', '\\'}, 1<<18)
	u.Attributes = nil
	for i := range 50 {
		u.Attributes.Set("custom:"+strings.Repeat("x", i+1), strings.Repeat("ß", 2048))
	}
	e.insert(u)
	got := &user.User{PoolID: u.PoolID, Sub: u.Sub}
	e.read(got)
	e.wantSame(u, got)
}

func absentRow(e *env) {
	e.insert(newUser(e.pool, "there"))
	absent := newUser(e.pool, "absent")
	absent.Stamp = row.Stamp{Version: 9, SetID: "before"}
	there := &user.User{PoolID: e.pool, Sub: "there"}
	e.read(absent, there)
	e.wantSame(newUser(e.pool, "absent"), absent)
	if !there.Stored() {
		e.Error("a stored row was not found beside an absent one")
	}
}

// searchColumns changes what a search looks at, one column at a time and back,
// and looks for the user by the old value and by the new one.
func searchColumns(e *env) {
	u := newUser(e.pool, "u")
	e.insert(u)
	finds := func(column, value string) bool {
		page, err := e.store.List(e.Context(), store.Query{
			Table: user.TableUsers, Limit: 5,
			Equal: []store.Term{{Column: "pool_id", Value: string(e.pool)}, {Column: column, Value: value}},
		})
		if err != nil {
			e.Fatal(err)
		}
		return len(page.Rows) == 1
	}
	for _, f := range user.FoldedAttributes {
		for _, value := range []string{"One " + f.Attribute, "TWO", "two", ""} {
			old := u.Attributes.Get(f.Attribute)
			u.Attributes.Set(f.Attribute, value)
			e.mustCommit(func(set *store.ChangeSet) { set.Update(u) })
			same := user.FoldSearch(old) == user.FoldSearch(value)
			if old != "" && !same && finds(string(f.Column), user.FoldSearch(old)) {
				e.Errorf("%s: the user is still found by the old value", f.Column)
			}
			if value != "" && !finds(string(f.Column), user.FoldSearch(value)) {
				e.Errorf("%s: the user is not found by the new value", f.Column)
			}
		}
	}
	name := func(u *user.User, value string) *user.User {
		u.Attributes.Set("name", value)
		return u
	}
	e.mustCommit(func(set *store.ChangeSet) { set.Update(name(u, "going")) })
	e.mustCommit(func(set *store.ChangeSet) { set.Delete(u) })
	if finds("s_name", "going") {
		e.Error("a user who was deleted is still found")
	}
	u = name(newUser(e.pool, "u"), "again")
	e.insert(u)
	if !finds("s_name", "again") || finds("s_name", "going") {
		e.Error("a user who came again is not found as they came")
	}
	e.mustCommit(func(set *store.ChangeSet) { set.Drop(u) })
	if finds("s_name", "again") {
		e.Error("a user who was dropped is still found")
	}
	u = name(newUser(e.pool, "u"), "kept")
	e.insert(u)
	lost, taken := name(u.Clone(), "lost"), newAlias(e.pool, "taken", "other")
	e.insert(taken)
	e.wantDuplicate(e.commit(func(set *store.ChangeSet) { set.Update(lost); set.Insert(newAlias(e.pool, "taken", "u")) }), taken.RowKey())
	stale := name(u.Clone(), "stale")
	e.mustCommit(func(set *store.ChangeSet) { set.Update(u) })
	e.wantConflict(e.commit(func(set *store.ChangeSet) { set.Update(stale) }))
	e.wantConflict(e.commit(func(set *store.ChangeSet) { set.Delete(stale) }))
	if finds("s_name", "lost") || finds("s_name", "stale") || !finds("s_name", "kept") {
		e.Error("what a user is found by was changed by a set that lost")
	}
	u.Disabled, u.Status = true, user.ResetRequired
	e.mustCommit(func(set *store.ChangeSet) { set.Update(u) })
	if !finds("enabled", user.DisabledText) || finds("enabled", user.EnabledText) || !finds("status", string(user.ResetRequired)) {
		e.Error("status or enabled does not follow the user")
	}
}
