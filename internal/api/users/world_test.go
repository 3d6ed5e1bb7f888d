package users_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/api/apitest"
	"poolhouse.dev/internal/api/users"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/wire"
)

const (
	password = "Passw0rd!"
	expired  = "ExpiredCodeException: Invalid code provided, please request a code again."
	internal = "no fault"
)

// world is a pool of which ann, with a verified e-mail address that is an
// alias, is a user.
type world struct {
	*apitest.World
	ops    *users.API
	ann    *user.User
	access string
}

func newWorld(t *testing.T, change func(*pool.Settings)) *world {
	t.Helper()
	w := &world{World: apitest.Embedded(t, func(s *pool.Settings) {
		s.Aliases, s.AutoVerified = []string{pool.AttrEmail}, []string{pool.AttrEmail}
		if change != nil {
			change(s)
		}
	})}
	w.ops = users.New(users.Deps{
		Store: w.Store, Directory: w.Directory, Codes: w.Codes, Outbox: w.Outbox, Triggers: w.Triggers, Vault: w.Vault, Passwords: w.Passwords,
		Subjects: w.Subjects, AllowUser: apitest.Unlimited, Now: w.Now,
	})
	w.ann = w.AddUser("ann", password, func(u *user.User) {
		u.Attributes.Set(pool.AttrEmail, "old@example.com")
		u.Attributes.Set(pool.AttrEmailVerified, "true")
	})
	o, err := w.SignIn.Password(t.Context(), w.Request(), "ann", password)
	if err != nil {
		t.Fatal(err)
	}
	w.access = o.Tokens.Access
	return w
}

func (w *world) update(t *testing.T, pairs ...string) string {
	t.Helper()
	in := &wire.UpdateUserAttributesRequest{AccessToken: &w.access}
	for i := 0; i < len(pairs); i += 2 {
		in.UserAttributes = append(in.UserAttributes, wire.AttributeType{Name: &pairs[i], Value: &pairs[i+1]})
	}
	_, err := w.ops.UpdateUserAttributes(t.Context(), in)
	return answer(err)
}

func (w *world) verify(t *testing.T, code string) string {
	t.Helper()
	_, err := w.ops.VerifyUserAttribute(t.Context(), &wire.VerifyUserAttributeRequest{AccessToken: &w.access, AttributeName: wire.Ptr(pool.AttrEmail), Code: &code})
	return answer(err)
}

// pending asks for new@example.com and returns the code that proves it.
func (w *world) pending(t *testing.T) string {
	t.Helper()
	wantAnswer(t, w.update(t, "email", "new@example.com"), "")
	return w.lastCode(t)
}

func (w *world) lastCode(t *testing.T) string {
	t.Helper()
	list := w.Messages.To("new@example.com")
	if len(list) == 0 {
		t.Fatal("no message to new@example.com")
	}
	return list[len(list)-1].Code
}

// holds fails the test unless exactly the named of old and new address name a user.
func (w *world) holds(t *testing.T, addresses ...string) {
	t.Helper()
	var found []string
	for _, address := range []string{"old@example.com", "new@example.com"} {
		u, err := w.Directory.User(t.Context(), w.Pool, address)
		if err != nil {
			t.Fatal(err)
		}
		if u != nil {
			found = append(found, address)
		}
	}
	wantSame(t, "names", addresses, found)
}

func (w *world) count(t *testing.T, table row.Table) int64 {
	t.Helper()
	n, err := w.Rows.Count(t.Context(), store.Query{Table: table})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func answer(err error) string {
	if err == nil {
		return ""
	}
	if f := fault.As(err); f != nil {
		return f.Error()
	}
	return internal
}

func wantAnswer(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("answered %q, want %q", got, want)
	}
}

func wantSame(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
