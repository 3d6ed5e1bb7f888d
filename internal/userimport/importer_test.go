package userimport_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/api/apitest"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/faulty"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/userimport"
)

const (
	named  = "a user with this name exists already"
	subbed = "a user with this sub exists already"
)

type world struct {
	*apitest.World
	*userimport.Importer
}

// newWorld has a pool with e-mail aliases and the group "staff".
func newWorld(t *testing.T, change func(*pool.Settings)) *world {
	t.Helper()
	w := apitest.Embedded(t, func(s *pool.Settings) {
		s.Aliases = []string{pool.AttrEmail}
		if change != nil {
			s.Aliases = nil
			change(s)
		}
	})
	w.Insert(&pool.Group{PoolID: w.Pool.ID, Name: "staff", ID: "1"})
	return &world{w, userimport.New(userimport.Deps{Store: w.Store, Vault: w.Vault, Now: w.Now})}
}

// imports imports lines and wants their outcomes: "" for a user who was made.
func (w *world) imports(t *testing.T, want []string, lines ...string) {
	t.Helper()
	texts := make([][]byte, len(lines))
	for n, line := range lines {
		texts[n] = []byte(line)
	}
	outcomes, err := w.Import(t.Context(), w.Pool, texts)
	if err != nil {
		t.Fatal(err)
	}
	got := make([]string, len(outcomes))
	for n, o := range outcomes {
		if got[n] = o.Reason; (o.Result == userimport.Imported) != (o.Reason == "") {
			t.Errorf("line %d: %+v", n+1, o)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
}

func (w *world) count(t *testing.T, table row.Table) int64 {
	t.Helper()
	n, err := w.Rows.Count(t.Context(), store.Query{Table: table})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

const (
	ann = `{"username":"ann","attributes":{"email":"ann@example.com","email_verified":"true"},"groups":["staff"]}`
	bob = `{"username":"bob","sub":"11111111-2222-4333-8444-555555555555","groups":["staff"]}`
)

// Names are found by every spelling and kind, also among the lines of one call, of
// which the first counts.
func TestNamesThatAreTaken(t *testing.T) {
	w := newWorld(t, func(s *pool.Settings) { s.Aliases = []string{pool.AttrEmail}; no := false; s.CaseSensitive = &no })
	w.imports(t, []string{"", "", named, named, "An account with the given email already exists.", subbed, subbed, ""},
		ann, bob, `{"username":"ANN"}`, `{"username":"11111111-2222-4333-8444-555555555555"}`,
		`{"username":"cyd","attributes":{"email":"Ann@example.com","email_verified":"true"}}`,
		`{"username":"cyd","sub":"11111111-2222-4333-8444-555555555555"}`, bob,
		`{"username":"cyd","attributes":{"email":"ann@example.com"}}`)
	w.imports(t, []string{named, subbed, named}, ann, bob, `{"username":"Cyd"}`)
	if users, members := w.count(t, user.TableUsers), w.count(t, user.TableMemberships); users != 3 || members != 2 {
		t.Errorf("%d users, %d memberships", users, members)
	}
	w.imports(t, []string{})
	addresses := newWorld(t, func(s *pool.Settings) { s.UsernameAttributes = []string{pool.AttrEmail} })
	line := `{"username":"ann@example.com"}`
	addresses.imports(t, []string{"", named, "Username should be an email."}, line, line, `{"username":"ann"}`)
	addresses.imports(t, []string{named}, line)
}

// A commit that is lost made the users of all lines whole, or none; a second call tells.
func TestImportWhenTheCommitIsLost(t *testing.T) {
	for name, c := range map[string]struct {
		outcome faulty.Outcome
		applied bool
	}{
		"unavailable": {faulty.Unavailable, false}, "lost and dropped": {faulty.LostDropped, false}, "lost, yet applied": {faulty.LostApplied, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.FailOnce(user.TableUsers, c.outcome)
			if _, err := w.Import(t.Context(), w.Pool, [][]byte{[]byte(ann), []byte(bob)}); err == nil {
				t.Error("no error")
			}
			want := []string{"", ""}
			if c.applied {
				want = []string{named, subbed}
			} else if n := w.count(t, user.TableUsers) + w.count(t, user.TableAliases) + w.count(t, user.TableMemberships); n != 0 {
				t.Errorf("%d rows of users who were not made", n)
			}
			w.imports(t, want, ann, bob)
			if users, members := w.count(t, user.TableUsers), w.count(t, user.TableMemberships); users != 2 || members != 2 {
				t.Errorf("%d users, %d memberships", users, members)
			}
		})
	}
}

// Who takes a name, or the group, right before the commit is met: the line is judged
// again and the others are imported.
func TestImportMeetsAnotherWriter(t *testing.T) {
	for name, c := range map[string]struct {
		meanwhile func(*world)
		want      []string
	}{
		"a name": {func(w *world) { w.AddUser("ann", "", nil) }, []string{named, ""}},
		"an address": {func(w *world) {
			w.AddUser("eve", "", func(u *user.User) {
				u.Attributes.Set(pool.AttrEmail, "ann@example.com")
				u.Attributes.Set(pool.AttrEmailVerified, "true")
			})
		}, []string{"An account with the given email already exists.", ""}},
		"a sub": {func(w *world) {
			w.AddUser("eve", "", func(u *user.User) { u.Sub = "11111111-2222-4333-8444-555555555555" })
		}, []string{"", subbed}},
		"the group": {func(w *world) { w.Remove(&pool.Group{PoolID: w.Pool.ID, Name: "staff"}) }, []string{`groups: the pool has no group "staff"`, `groups: the pool has no group "staff"`}},
		"a change of the group": {func(w *world) {
			w.Remove(&pool.Group{PoolID: w.Pool.ID, Name: "staff"})
			w.Insert(&pool.Group{PoolID: w.Pool.ID, Name: "staff", ID: "2"})
			w.Update(apitest.Read(w.World, &pool.Group{PoolID: w.Pool.ID, Name: "staff"}))
		}, []string{"", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			done := false
			w.Fail(func(set *store.ChangeSet) faulty.Outcome {
				if !done && apitest.Touches(set, user.TableUsers) {
					done = true
					c.meanwhile(w)
				}
				return faulty.Pass
			})
			w.imports(t, c.want, ann, bob)
			if !done {
				t.Error("nobody came in between")
			}
			if name == "a change of the group" {
				w.Fail(nil)
				u, err := w.Directory.User(t.Context(), w.Pool, "bob")
				if err != nil || u == nil {
					t.Fatal(u, err)
				}
				if m := apitest.Read(w.World, &user.Membership{PoolID: w.Pool.ID, Sub: u.Sub, GroupName: "staff"}); m.GroupID != "2" {
					t.Errorf("bob is in group %q", m.GroupID)
				}
			}
		})
	}
}

// Two imports of the same lines at once make each user once.
func TestImportsAtOnce(t *testing.T) {
	w := newWorld(t, nil)
	var lines [][]byte
	for n := range userimport.MaxLines {
		lines = append(lines, fmt.Appendf(nil, `{"username":"user-%d","groups":["staff"]}`, n))
	}
	var mu sync.Mutex
	counts := map[userimport.Result]int{}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			outcomes, err := w.Import(t.Context(), w.Pool, lines)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			for _, o := range outcomes {
				counts[o.Result]++
			}
		})
	}
	all.Wait()
	if diff := cmp.Diff(map[userimport.Result]int{userimport.Imported: userimport.MaxLines, userimport.Exists: 3 * userimport.MaxLines}, counts); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	if n := w.count(t, user.TableUsers); n != userimport.MaxLines {
		t.Errorf("%d users", n)
	}
}
