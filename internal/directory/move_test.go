package directory_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
)

func verified(email string) user.Attributes {
	return user.Attributes{{Name: "name", Value: "A"}, {Name: "email", Value: email}, {Name: "email_verified", Value: "true"}}
}

func (w *world) readUser(sub user.Sub) *user.User {
	w.Helper()
	u := &user.User{PoolID: poolID, Sub: sub}
	if err := w.store.Read(w.Context(), u); err != nil {
		w.Fatal(err)
	}
	return u
}

// move commits what gives x@example.com to Bob, with build beside it.
func (w *world) move(build func(set *store.ChangeSet)) error {
	w.Helper()
	set := store.NewChangeSet()
	if build != nil {
		build(set)
	}
	if err := w.directory.MoveAlias(w.Context(), set, w.pool, user.NewAlias(w.pool, user.AliasEmail, "x@example.com", bobSub)); err != nil {
		w.Fatal(err)
	}
	return w.store.Commit(w.Context(), set)
}

func (w *world) holder() user.Sub {
	w.Helper()
	a := &user.Alias{PoolID: poolID, Kind: user.AliasEmail, Key: "x@example.com"}
	if err := w.store.Read(w.Context(), a); err != nil {
		w.Fatal(err)
	}
	return a.Sub
}

func TestMoveFreeAlias(t *testing.T) {
	w := newWorld(t, aliases("email"))
	if err := w.move(nil); err != nil || w.holder() != bobSub {
		t.Errorf("%v; the holder is %q", err, w.holder())
	}
}

func TestMoveHeldAlias(t *testing.T) {
	w := newWorld(t, aliases("email"))
	before := w.addUser(&user.User{Sub: annSub, Username: "ann", Attributes: verified("x@example.com")})
	bob := w.addUser(&user.User{Sub: bobSub, Username: "bob", Attributes: user.Attributes{{Name: "email", Value: "x@example.com"}, {Name: "email_verified", Value: "false"}}})
	bob.Attributes.Set("email_verified", "true")
	if err := w.move(func(set *store.ChangeSet) { set.Update(bob) }); err != nil {
		t.Fatal(err)
	}
	if w.holder() != bobSub {
		t.Errorf("the holder is %q", w.holder())
	}
	after := w.readUser(annSub)
	want := user.Attributes{{Name: "name", Value: "A"}, {Name: "email", Value: "x@example.com"}, {Name: "email_verified", Value: "false"}}
	if diff := cmp.Diff(want, after.Attributes); diff != "" {
		t.Errorf("the attributes of the one who had it (-want +got):\n%s", diff)
	}
	if after.Version != before.Version+1 || !before.Attributes.IsVerified("email") {
		t.Errorf("version %d; the user as made is %+v", after.Version, before)
	}
	u, err := w.directory.User(t.Context(), w.pool, "x@example.com")
	if err != nil || subOf(u) != bobSub {
		t.Errorf("the name leads to %v, %v", u, err)
	}
}

// TestMoveStaleAlias has a row whose holder does not claim it, and one whose
// holder is gone: nobody is marked.
func TestMoveStaleAlias(t *testing.T) {
	for name, add := range map[string]func(w *world){
		"not claimed": func(w *world) {
			w.addUser(&user.User{Sub: annSub, Username: "ann", Attributes: verified("else@example.com")})
		},
		"nobody there": func(*world) {},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, aliases("email"))
			add(w)
			w.insert(&user.Alias{PoolID: poolID, Kind: user.AliasEmail, Key: "x@example.com", Sub: annSub})
			if err := w.move(nil); err != nil || w.holder() != bobSub {
				t.Errorf("%v; the holder is %q", err, w.holder())
			}
			if u := w.readUser(annSub); u.Stored() && (u.Version != 1 || !u.Attributes.IsVerified("email")) {
				t.Errorf("the user was changed: %+v", u)
			}
		})
	}
}

// TestMoveLosesToTheHolder lets the one who has the name change between the
// reading and the commit.
func TestMoveLosesToTheHolder(t *testing.T) {
	w := newWorld(t, aliases("email"))
	ann := w.addUser(&user.User{Sub: annSub, Username: "ann", Attributes: verified("x@example.com")})
	set := store.NewChangeSet()
	if err := w.directory.MoveAlias(t.Context(), set, w.pool, user.NewAlias(w.pool, user.AliasEmail, "x@example.com", bobSub)); err != nil {
		t.Fatal(err)
	}
	w.commit(func(set *store.ChangeSet) { set.Update(ann) })
	if err := w.store.Commit(t.Context(), set); !errors.Is(err, store.ErrConflict) {
		t.Errorf("got %v", err)
	}
	if w.holder() != annSub {
		t.Errorf("the holder is %q", w.holder())
	}
}
