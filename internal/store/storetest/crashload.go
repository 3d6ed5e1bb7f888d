package storetest

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
)

// crashLoad is the child of Crash: sign-ups, each followed by moves of the
// user's address, from several goroutines, until it is killed.
func crashLoad(t *testing.T, c Crasher, place string, id pool.ID) {
	s, _, err := c.Open(t.Context(), place)
	if err != nil {
		t.Fatal(err)
	}
	var out sync.Mutex
	answered := func(u *user.User) {
		out.Lock()
		defer out.Unlock()
		// One write to the pipe: what is written survives the kill.
		fmt.Fprintf(os.Stdout, "ack %s %d %s\n", u.Sub, u.Version, u.SetID)
	}
	together(8, func(worker int) {
		for i := 0; ; i++ {
			u, err := signUp(t.Context(), s, id, fmt.Sprintf("%d-%d", worker, i))
			if err != nil {
				t.Errorf("signing up: %v", err)
				return
			}
			answered(u)
			for n := range 6 {
				if err := moveAddress(t.Context(), s, u, fmt.Sprintf("%s-%d@example.com", u.Sub, n)); err != nil {
					t.Errorf("moving an address: %v", err)
					return
				}
				answered(u)
			}
		}
	})
}

// signUp stores a user with two names, a code and the message that carries it.
func signUp(ctx context.Context, s store.Store, id pool.ID, sub string) (*user.User, error) {
	u := newUser(id, sub)
	set := store.NewChangeSet()
	set.Insert(u, newAlias(id, u.Attributes.Get("email"), sub))
	set.Insert(&user.Alias{PoolID: id, Kind: user.AliasName, Key: sub, Sub: u.Sub})
	sendCode(set, u, nil)
	return u, s.Commit(ctx, set)
}

// moveAddress gives the user another address: the row, the old name and the new
// one, the code and its message change together.
func moveAddress(ctx context.Context, s store.Store, u *user.User, email string) error {
	old := newAlias(u.PoolID, u.Attributes.Get("email"), "")
	code := &user.Code{PoolID: u.PoolID, Sub: u.Sub, Purpose: user.PurposeVerifyEmail}
	if err := s.Read(ctx, old, code); err != nil {
		return err
	}
	u.Attributes.Set("email", email)
	set := store.NewChangeSet()
	set.Update(u)
	set.Delete(old)
	set.Insert(newAlias(u.PoolID, email, string(u.Sub)))
	sendCode(set, u, code)
	return s.Commit(ctx, set)
}

// sendCode adds a new code to the set, in place of the one that was read, and
// its message.
func sendCode(set *store.ChangeSet, u *user.User, code *user.Code) {
	if code == nil {
		code = &user.Code{PoolID: u.PoolID, Sub: u.Sub, Purpose: user.PurposeVerifyEmail}
	}
	code.ID, code.Target = "code of "+set.ID, u.Attributes.Get("email")
	set.Put(code)
	set.Enqueue(&user.Outgoing{PoolID: u.PoolID, Sub: u.Sub, CodeID: code.ID})
}

// judge compares the store with what the child said, and the rows of each set
// with each other: they all carry the set's id.
func (r *crashRun) judge(e *env) {
	users := make(map[string]*user.User)
	for _, x := range e.list(e.inPool(user.TableUsers)) {
		u := x.(*user.User)
		users[string(u.Sub)] = u
	}
	for sub, last := range r.acked {
		u := users[sub]
		switch {
		case u == nil:
			e.Errorf("pool %s: user %s was answered as stored and is gone", e.pool, sub)
		case u.Version < last.version:
			e.Errorf("pool %s: user %s was answered at version %d and is at %d", e.pool, sub, last.version, u.Version)
		case u.Version == last.version && u.SetID != last.setID:
			e.Errorf("pool %s: user %s was written by set %s, answered was %s", e.pool, sub, u.SetID, last.setID)
		}
	}
	messages := make(map[user.Sub]int64)
	for _, x := range e.list(e.inPool(user.TableOutbox)) {
		messages[x.(*user.Outgoing).Sub]++
	}
	for _, u := range users {
		r.judgeUser(e, u, messages[u.Sub])
	}
	if names := e.countIn(user.TableAliases); names != int64(2*len(users)) {
		e.Errorf("pool %s: %d names for %d users, who have two each", e.pool, names, len(users))
	}
	if codes := e.countIn(user.TableCodes); codes != int64(len(users)) {
		e.Errorf("pool %s: %d codes for %d users, who have one each", e.pool, codes, len(users))
	}
	if len(messages) != len(users) {
		e.Errorf("pool %s: there are messages to %d of %d users", e.pool, len(messages), len(users))
	}
}

func (r *crashRun) judgeUser(e *env, u *user.User, messages int64) {
	email := u.Attributes.Get("email")
	alias := newAlias(e.pool, email, "")
	code := &user.Code{PoolID: e.pool, Sub: u.Sub, Purpose: user.PurposeVerifyEmail}
	message := &user.Outgoing{PoolID: e.pool, Sub: u.Sub, ID: u.SetID + "-0"}
	e.read(alias, code, message)
	for _, x := range []row.Row{alias, code, message} {
		if x.Stamped().SetID != u.SetID {
			e.Errorf("pool %s: user %s is of set %s, its row in %s is of set %q",
				e.pool, u.Sub, u.SetID, x.RowKey().Table, x.Stamped().SetID)
		}
	}
	if alias.Sub != u.Sub || code.Target != email || message.CodeID != code.ID {
		e.Errorf("pool %s: the rows of user %s do not agree with each other", e.pool, u.Sub)
	}
	if messages != u.Version {
		e.Errorf("pool %s: user %s is at version %d and has %d messages", e.pool, u.Sub, u.Version, messages)
	}
}
