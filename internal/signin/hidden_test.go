package signin_test

import (
	"testing"
	"time"

	"poolhouse.dev/internal/api/apitest"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
)

// step is one failed sign-in: how it was answered and what it took.
type step struct {
	Answer string
	Cost   apitest.Cost
}

// try fails to sign in eight times: five wrong passwords, two while the account
// is locked, and one after the lock.
func try(t *testing.T, w *apitest.World, name, password string) []step {
	t.Helper()
	var steps []step
	for n := range 8 {
		if n == 7 {
			w.Forward(time.Second)
		}
		var s step
		s.Cost = w.Cost(func() { _, s.Answer = signIn(t, w, name, password) })
		steps = append(steps, s)
	}
	return steps
}

// Where a client hides who exists, every answer and everything behind it is the
// same for a name that nobody has and for users of all kinds, through a lockout.
func TestHiddenUsersAnswerAndCostTheSame(t *testing.T) {
	kinds := map[string]struct {
		password string
		change   func(*user.User)
	}{
		"a wrong password":                   {wrong, nil},
		"disabled":                           {wrong, func(u *user.User) { u.Disabled = true }},
		"disabled, the right password":       {right, func(u *user.User) { u.Disabled = true }},
		"no password":                        {right, nil},
		"password to be reset":               {wrong, func(u *user.User) { u.Status = user.ResetRequired }},
		"unconfirmed":                        {wrong, func(u *user.User) { u.Status = user.Unconfirmed }},
		"temporary password":                 {wrong, func(u *user.User) { u.Status = user.ForceChangePassword }},
		"an external provider's":             {wrong, func(u *user.User) { u.Status = user.ExternalProvider }},
		"a wrong password, by e-mail":        {wrong, verified},
		"disabled, by e-mail":                {wrong, func(u *user.User) { verified(u); u.Disabled = true }},
		"by e-mail that is not verified yet": {right, func(u *user.User) { u.Attributes.Set(pool.AttrEmail, "ann@example.com") }},
	}
	for kind, k := range kinds {
		t.Run(kind, func(t *testing.T) {
			w := apitest.Embedded(t, func(s *pool.Settings) { s.Aliases = []string{pool.AttrEmail} })
			have := right
			if kind == "no password" {
				have = ""
			}
			u := w.AddUser("ann", have, k.change)
			name, nobody := "ann", "eve"
			if u.Attributes.Has(pool.AttrEmail) {
				name, nobody = "ann@example.com", "eve@example.com"
			}
			unknown := try(t, w, nobody, k.password)
			for n, s := range unknown {
				want, exponentiations := refused, 1
				if n == 5 || n == 6 {
					want, exponentiations = locked, 0
				}
				if s.Answer != want || s.Cost.Exponentiations != exponentiations {
					t.Errorf("try %d of nobody: %+v", n+1, s)
				}
			}
			wantSame(t, "known against unknown", unknown, try(t, w, name, k.password))
			if n := sessions(t, w); n != 0 {
				t.Errorf("%d sign-ins", n)
			}
		})
	}
}

func verified(u *user.User) {
	u.Attributes.Set(pool.AttrEmail, "ann@example.com")
	u.Attributes.Set(pool.AttrEmailVerified, "true")
}

// A user whose password has to be reset is told so only where users are not
// hidden; so is a name that nobody has, and a disabled user.
func TestWhatAClientThatHidesNobodyIsTold(t *testing.T) {
	for name, tc := range map[string]struct {
		user, password, hidden, open string
	}{
		"unknown":  {"eve", wrong, refused, "UserNotFoundException: User does not exist."},
		"disabled": {"off", right, refused, "NotAuthorizedException: User is disabled."},
		"reset":    {"reset", right, refused, "PasswordResetRequiredException: Password reset required for the user"},
		"wrong":    {"ann", wrong, refused, refused},
	} {
		t.Run(name, func(t *testing.T) {
			w := apitest.Embedded(t, nil)
			w.AddUser("ann", right, nil)
			w.AddUser("off", right, func(u *user.User) { u.Disabled = true })
			w.AddUser("reset", right, func(u *user.User) { u.Status = user.ResetRequired })
			_, got := signIn(t, w, tc.user, tc.password)
			wantAnswer(t, got, tc.hidden)
			w.Client.Settings.HideUsers = "LEGACY"
			_, got = signIn(t, w, tc.user, tc.password)
			wantAnswer(t, got, tc.open)
		})
	}
}

// Spellings of one name share a lock whether the name is somebody's or not.
func TestSpellingsOfANameShareTheLock(t *testing.T) {
	for _, kind := range []string{"known", "unknown"} {
		for _, sensitive := range []bool{false, true} {
			t.Run(kind, func(t *testing.T) {
				w := apitest.Embedded(t, func(s *pool.Settings) { s.CaseSensitive = &sensitive })
				if kind == "known" {
					w.AddUser("kelvin", right, nil)
				}
				for _, name := range []string{"kelvin", "KELVIN", "\u212Aelvin", "Kelvin", "kelvin"} {
					_, got := signIn(t, w, name, wrong)
					wantAnswer(t, got, refused)
				}
				_, got := signIn(t, w, "kElViN", right)
				want := locked
				if sensitive {
					want = refused // another name
				}
				wantAnswer(t, got, want)
			})
		}
	}
}
