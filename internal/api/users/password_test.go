package users_test

import (
	"testing"

	"poolhouse.dev/internal/api/apitest"
	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/faulty"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/wire"
)

const (
	used     = "PasswordHistoryPolicyViolationException: Password has previously been used"
	wrongOne = "NotAuthorizedException: Incorrect username or password."
	another  = "An0ther-One!"
)

func remembering(n int32) func(*pool.Settings) {
	return func(s *pool.Settings) { s.PasswordPolicy.HistorySize = &n }
}

func (w *world) setPassword(t *testing.T, password string) string {
	t.Helper()
	_, err := w.ops.AdminSetUserPassword(t.Context(), &wire.AdminSetUserPasswordRequest{
		UserPoolId: wire.Ptr(string(w.Pool.ID)), Username: &w.ann.Username, Password: &password, Permanent: wire.Ptr(true),
	})
	return answer(err)
}

func (w *world) changePassword(t *testing.T, previous, proposed string) string {
	t.Helper()
	_, err := w.ops.ChangePassword(t.Context(), &wire.ChangePasswordRequest{AccessToken: &w.access, PreviousPassword: &previous, ProposedPassword: &proposed})
	return answer(err)
}

// meanwhile sets another password right before the next commit of a user's row, which
// then meets it.
func (w *world) meanwhile(t *testing.T, password string) {
	done := false
	w.Fail(func(set *store.ChangeSet) faulty.Outcome {
		if done || !apitest.Touches(set, user.TableUsers) {
			return faulty.Pass
		}
		done = true
		u := w.User(w.ann)
		var err error
		if u.Verifier, err = w.Vault.NewVerifier(t.Context(), directory.VerifierPlace(u), string(u.PoolID), u.Username, password); err != nil {
			t.Error(err)
		}
		w.Update(u)
		return faulty.Pass
	})
}

// A password that was set while another call was under way counts for that call: it is
// what the new one must not be, and what the previous one has to be.
func TestPasswordIsSetMeanwhile(t *testing.T) {
	for name, c := range map[string]struct {
		call func(*world) string
		want string
	}{
		"the same, by an administrator": {func(w *world) string { return w.setPassword(t, another) }, used},
		"another, by an administrator":  {func(w *world) string { return w.setPassword(t, "Th1rd-One!") }, ""},
		"the same, by the user":         {func(w *world) string { return w.changePassword(t, password, another) }, wrongOne},
		"another, by the user":          {func(w *world) string { return w.changePassword(t, password, "Th1rd-One!") }, wrongOne},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, remembering(3))
			w.meanwhile(t, another)
			wantAnswer(t, c.call(w), c.want)
			w.Fail(nil)
			now := another
			if c.want == "" {
				now = "Th1rd-One!"
			}
			if _, err := w.SignIn.Password(t.Context(), w.Request(), "ann", now); err != nil {
				t.Errorf("signing in with %s: %v", now, err)
			}
		})
	}
}

// The password and the history change together or not at all, and both leave with the
// user.
func TestPasswordHistoryIsWhole(t *testing.T) {
	for name, loss := range losses {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, remembering(1))
			w.FailOnce(user.TableUsers, loss.outcome)
			wantAnswer(t, w.changePassword(t, password, another), internal)
			if n := w.count(t, user.TablePasswordHistory); n != map[bool]int64{true: 1}[loss.applied] {
				t.Errorf("%d histories", n)
			}
			if !loss.applied {
				wantAnswer(t, w.changePassword(t, password, another), "")
			}
			wantAnswer(t, w.setPassword(t, password), used)
			wantAnswer(t, w.setPassword(t, another), used)
			if err := w.ops.DeleteUser(t.Context(), &wire.DeleteUserRequest{AccessToken: &w.access}); err != nil {
				t.Fatal(err)
			}
			if n := w.count(t, user.TablePasswordHistory); n != 0 {
				t.Errorf("%d histories outlive their user", n)
			}
		})
	}
}

// A password is compared outside of the user's lane: with the present one and those
// before, once each.
func TestWhatAHistoryCosts(t *testing.T) {
	w := newWorld(t, remembering(24))
	for i, password := range []string{"Passw0rd-1", "Passw0rd-2", "Passw0rd-3"} {
		cost := w.Cost(func() { wantAnswer(t, w.setPassword(t, password), "") })
		if want := 2 + i; cost.Exponentiations != want {
			t.Errorf("%d passwords before: %d exponentiations, want %d", i, cost.Exponentiations, want)
		}
	}
	cost := w.Cost(func() { wantAnswer(t, w.setPassword(t, "Passw0rd-3"), used) })
	if cost.Exponentiations != 1 {
		t.Errorf("the present one again: %d exponentiations", cost.Exponentiations)
	}
	plain := newWorld(t, nil)
	cost = plain.Cost(func() { wantAnswer(t, plain.setPassword(t, password), "") })
	if cost.Exponentiations != 1 {
		t.Errorf("without a history: %d exponentiations", cost.Exponentiations)
	}
}
