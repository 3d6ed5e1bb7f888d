package user_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/user"
)

// town is a pool with some users, their codes and the rows of their names, kept
// as a store would keep them: a change that takes a taken name is lost whole.
type town struct {
	pool   *pool.Pool
	client *pool.Client
	users  []*user.User
	codes  map[string]*user.Code
	rows   map[row.Key]user.Sub
}

func newTown(t *rapid.T) *town {
	p := newPool(required(rapid.SampledFrom([][]string{nil, {"email"}, {"name"}}).Draw(t, "required")...))
	s := &p.Settings
	switch rapid.IntRange(0, 2).Draw(t, "names") {
	case 1:
		s.Aliases = rapid.SampledFrom([][]string{{"email"}, {"preferred_username"}, {"email", "phone_number", "preferred_username"}}).Draw(t, "aliases")
	case 2:
		s.UsernameAttributes = rapid.SampledFrom([][]string{{"email"}, {"phone_number"}, {"email", "phone_number"}}).Draw(t, "named")
	}
	s.AutoVerified = rapid.SampledFrom([][]string{nil, {"email"}, {"email", "phone_number"}}).Draw(t, "auto")
	if len(s.AutoVerified) > 0 && rapid.Bool().Draw(t, "first") {
		s.VerifyBeforeUpdate = s.AutoVerified
	}
	sensitive := rapid.Bool().Draw(t, "sensitive")
	s.CaseSensitive = &sensitive
	return &town{pool: p, client: newClient(p), codes: map[string]*user.Code{}, rows: map[row.Key]user.Sub{}}
}

var (
	someNames  = []string{"ann", "ANN", "bob", "b\u00f6b", "Bo\u0308b", "+15550100", "ann@example.com", "BOB@example.com"}
	someValues = map[string][]string{
		"email":                 {"", "ann@example.com", "Ann@Example.com", "bob@example.com", "BOB@example.com", "nobody"},
		"phone_number":          {"", "+15550100", "+15550199", "0"},
		"email_verified":        {"true", "TRUE", "false"},
		"phone_number_verified": {"true", "false"},
		"preferred_username":    append([]string{"", "carl", "00000000-0000-7000-0000-000000000001"}, someNames...),
		"name":                  {"", "A", "B"},
	}
)

func drawChanges(t *rapid.T) user.Attributes {
	var changes user.Attributes
	attr := rapid.SampledFrom([]string{"email", "phone_number", "email_verified", "phone_number_verified", "preferred_username", "name"})
	for _, name := range rapid.SliceOfN(attr, 0, 4).Draw(t, "attributes") {
		changes = append(changes, user.Attribute{Name: name, Value: rapid.SampledFrom(someValues[name]).Draw(t, name)})
	}
	return changes
}

func (w *town) free(taken []*user.Alias, sub user.Sub) bool {
	return !slices.ContainsFunc(taken, func(a *user.Alias) bool {
		holder, ok := w.rows[a.RowKey()]
		if ok && holder == sub {
			panic("a name is taken that is the user's already: " + a.Key)
		}
		return ok
	})
}

func (w *town) register(t *rapid.T) {
	sub := user.Sub(fmt.Sprintf("00000000-0000-7000-0000-%012d", len(w.users)))
	name, changes := rapid.SampledFrom(someNames).Draw(t, "username"), drawChanges(t)
	var d *user.Draft
	var err error
	if rapid.Bool().Draw(t, "by an administrator") {
		d, err = user.DecideAdminCreate(w.pool, sub, name, changes, now)
	} else {
		d, err = user.DecideSignUp(w.pool, w.client, sub, name, changes, now)
	}
	if refused(t, err) || !w.free(d.Claims, sub) {
		return
	}
	for _, a := range d.Claims {
		w.rows[a.RowKey()] = sub
	}
	w.users = append(w.users, d.User)
}

// change lets one user, or an administrator, do something to one user.
func (w *town) change(t *rapid.T) {
	if len(w.users) == 0 {
		return
	}
	i := rapid.IntRange(0, len(w.users)-1).Draw(t, "user")
	u := w.users[i]
	asRead := u.Clone()
	d, err := w.decide(t, u)
	if diff := cmp.Diff(asRead, u); diff != "" {
		t.Fatalf("the user as read was changed:\n%s", diff)
	}
	if refused(t, err) || d == nil || !w.free(d.Taken, u.Sub) {
		return
	}
	for _, a := range d.Released {
		if w.rows[a.RowKey()] != u.Sub {
			t.Fatalf("a name is given up that was not held: %s", a.Key)
		}
		delete(w.rows, a.RowKey())
	}
	for _, a := range d.Taken {
		w.rows[a.RowKey()] = u.Sub
	}
	w.keepCodes(t, u, d)
	w.users[i] = d.User
}

func (w *town) decide(t *rapid.T, u *user.User) (*user.Update, error) {
	switch rapid.IntRange(0, 5).Draw(t, "action") {
	case 0:
		return user.DecideUpdate(w.pool, user.Writer{}, u, drawChanges(t), now)
	case 1:
		return user.DecideConfirm(w.pool, u, nil, now)
	case 2:
		return user.DecidePassword(w.pool, u, []byte("new"), rapid.Bool().Draw(t, "permanent"), now), nil
	case 3:
		if u.Status == user.ForceChangePassword {
			return user.DecideCompletion(w.pool, w.client, u, drawChanges(t), []byte("new"), now)
		}
		return nil, nil
	case 4:
		code := w.codes[string(u.Sub)+rapid.SampledFrom([]string{"email", "phone_number"}).Draw(t, "code")]
		if code == nil {
			return nil, nil
		}
		return user.DecideVerify(w.pool, u, code, now)
	}
	return user.DecideUpdate(w.pool, user.Writer{Client: w.client}, u, drawChanges(t), now)
}

func (w *town) keepCodes(t *rapid.T, before *user.User, d *user.Update) {
	for _, attr := range []string{"email", "phone_number"} {
		flag := pool.VerifiedFlag(attr)
		if c := w.codes[string(before.Sub)+attr]; c != nil && d.Voids(c) {
			delete(w.codes, string(before.Sub)+attr)
		}
		if d.Sends(attr) && d.User.Attributes.Get(attr) != before.Attributes.Get(attr) && d.User.Attributes.IsVerified(attr) {
			t.Fatalf("a new %s that has still to be proved has %s %q", attr, flag, d.User.Attributes.Get(flag))
		}
	}
	for _, r := range d.Send {
		w.codes[string(before.Sub)+r.Attribute] = &user.Code{Attribute: r.Attribute, Target: r.Target, Pending: r.Pending}
	}
}

func refused(t *rapid.T, err error) bool {
	if err != nil && fault.As(err) == nil {
		t.Fatalf("an error that is no fault: %v", err)
	}
	return err != nil
}

// check compares the rows with what the users claim, and that every name leads
// to its owner and to nobody else.
func (w *town) check(t *rapid.T) {
	want := map[row.Key]user.Sub{}
	for _, u := range w.users {
		for _, a := range user.Claims(w.pool, u) {
			if other, ok := want[a.RowKey()]; ok {
				t.Fatalf("%s and %s both claim %s=%s", other, u.Sub, a.Kind, a.Key)
			}
			want[a.RowKey()] = u.Sub
		}
		for _, a := range u.Attributes {
			if a.Value == "" {
				t.Fatalf("%s holds an empty %s", u.Sub, a.Name)
			}
		}
		for _, attr := range []string{"email", "phone_number"} {
			if u.Attributes.Has(pool.VerifiedFlag(attr)) && !u.Attributes.Has(attr) {
				t.Fatalf("%s has the flag of %s without its value", u.Sub, attr)
			}
		}
		w.leadsTo(t, u.Username, u)
		w.leadsTo(t, string(u.Sub), u)
		for _, attr := range []string{"email", "phone_number", "preferred_username"} {
			if a := user.NewAlias(w.pool, user.KindOf(attr), u.Attributes.Get(attr), u.Sub); a != nil && w.names(attr) && want[a.RowKey()] == u.Sub {
				w.leadsTo(t, u.Attributes.Get(attr), u)
			}
		}
	}
	if diff := cmp.Diff(want, w.rows); diff != "" {
		t.Fatalf("the rows are not what the users claim (-claims +rows):\n%s", diff)
	}
}

func (w *town) names(attr string) bool {
	return w.pool.IsAlias(attr) || w.pool.IsUsernameAttribute(attr)
}

func (w *town) leadsTo(t *rapid.T, name string, u *user.User) {
	for _, a := range user.LookupAliases(w.pool, name) {
		if sub, ok := w.rows[a.RowKey()]; ok {
			if sub != u.Sub {
				t.Fatalf("%s of %s leads to %s", strconv.QuoteToASCII(name), u.Sub, sub)
			}
			return
		}
	}
	t.Fatalf("%s of %s leads to nobody", strconv.QuoteToASCII(name), u.Sub)
}

// TestNamesStayTheirs does what users and administrators can do, in any order.
func TestNamesStayTheirs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newTown(t)
		t.Repeat(map[string]func(*rapid.T){
			"register": w.register,
			"change":   w.change,
			"":         w.check,
		})
	})
}
