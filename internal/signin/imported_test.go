package signin_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"poolhouse.dev/internal/api/apitest"
	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/foreignhash"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/signin"
	"poolhouse.dev/internal/store/faulty"
	"poolhouse.dev/internal/user"
)

const importedText = "InvalidParameterException: The password of the user was imported and cannot be proved by SRP before the user has signed in with USER_PASSWORD_AUTH once."

// imported gives a user the password right as the bcrypt hash of another system.
func imported(t *testing.T, w *apitest.World, change func(*user.User)) func(*user.User) {
	t.Helper()
	text, err := bcrypt.GenerateFromPassword([]byte(right), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	hash, err := foreignhash.Parse(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return func(u *user.User) {
		if change != nil {
			change(u)
		}
		if u.Verifier, err = w.Vault.SealForeign(directory.VerifierPlace(u), hash); err != nil {
			t.Fatal(err)
		}
	}
}

// isForeign reports whether a user's password is still that of the other system.
func isForeign(t *testing.T, w *apitest.World, u *user.User) bool {
	t.Helper()
	foreign, err := w.Vault.IsForeign(directory.VerifierPlace(u), w.User(u).Verifier)
	if err != nil {
		t.Fatal(err)
	}
	return foreign
}

// The first right password makes the pool's own verifier, with the sign-in; wrong ones
// are counted and change nothing. Nothing else of the user changes.
func TestImportedPassword(t *testing.T) {
	w := apitest.Embedded(t, nil)
	w.Client.Settings.HideUsers = "LEGACY"
	ann := w.AddUser("ann", "", imported(t, w, nil))
	_, got := signIn(t, w, "ann", wrong)
	wantAnswer(t, got, refused)
	_, got = signInSRP(t, w, "ann", right)
	wantAnswer(t, got, importedText)
	if n := failures(w, ann); n != 1 || !isForeign(t, w, ann) {
		t.Errorf("%d failures, exchanged %t", n, !isForeign(t, w, ann))
	}
	w.Forward(time.Minute)
	before := w.User(ann)
	if o, got := signIn(t, w, "ann", right); got != "" || o.Tokens == nil {
		t.Fatalf("the right password: %q, %+v", got, o)
	}
	after := w.User(ann)
	if isForeign(t, w, ann) || failures(w, ann) != 0 {
		t.Errorf("%d failures, exchanged %t", failures(w, ann), !isForeign(t, w, ann))
	}
	before.Verifier, before.Stamp = after.Verifier, after.Stamp
	wantSame(t, "the user", before, after)
	for range 2 {
		if _, got := signInSRP(t, w, "ann", right); got != "" {
			t.Errorf("by SRP afterwards: %s", got)
		}
		if _, got := signIn(t, w, "ann", right); got != "" {
			t.Errorf("by password afterwards: %s", got)
		}
	}
	_, got = signInSRP(t, w, "ann", wrong)
	wantAnswer(t, got, refused)
}

// A right password is exchanged whatever comes after it, and not where the user is
// disabled.
func TestImportedPasswordByStatus(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*user.User)
		want   string
		kept   bool
	}{
		"confirmed":   {nil, "", false},
		"unconfirmed": {func(u *user.User) { u.Status = user.Unconfirmed }, "UserNotConfirmedException: User is not confirmed.", false},
		"reset":       {func(u *user.User) { u.Status = user.ResetRequired }, refused, false},
		"temporary":   {temporary, "", false},
		"disabled":    {func(u *user.User) { u.Disabled = true }, refused, true},
		"with a second factor": {func(u *user.User) {
			u.Attributes.Set(pool.AttrEmail, "ann@example.com")
			u.Attributes.Set(pool.AttrEmailVerified, "true")
			u.Factors.Set(user.FactorEmail, true)
		}, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			w := apitest.Embedded(t, func(s *pool.Settings) { s.MFA = pool.MFAOptional; s.EmailMFA = &pool.EmailMFASettings{} })
			u := w.AddUser("ann", "", imported(t, w, c.change))
			o, got := signIn(t, w, "ann", right)
			wantAnswer(t, got, c.want)
			if isForeign(t, w, u) != c.kept {
				t.Errorf("exchanged %t", c.kept)
			}
			if name == "with a second factor" && (o == nil || o.Challenge == nil || o.Challenge.Name != signin.EmailOTP) {
				t.Errorf("outcome %+v", o)
			}
			if name == "temporary" {
				if _, got := choose(t, w, w.Client, o.Challenge.Session, "ann"); got != "" {
					t.Errorf("the new password: %s", got)
				}
			}
		})
	}
}

// The sign-in and the exchange are one commit; another writer in between is met.
func TestImportedPasswordWhenTheCommitIsLost(t *testing.T) {
	for name, c := range map[string]struct {
		outcome faulty.Outcome
		want    string
		done    bool
	}{
		"unavailable":       {faulty.Unavailable, internal, false},
		"lost and dropped":  {faulty.LostDropped, internal, false},
		"lost, yet applied": {faulty.LostApplied, internal, true},
		"conflict":          {faulty.Conflict, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			w := apitest.Embedded(t, nil)
			ann := w.AddUser("ann", "", imported(t, w, nil))
			w.FailOnce(user.TableUsers, c.outcome)
			_, got := signIn(t, w, "ann", right)
			wantAnswer(t, got, c.want)
			if isForeign(t, w, ann) == c.done || (sessions(t, w) == 1) != c.done {
				t.Errorf("exchanged %t, %d sign-ins", !isForeign(t, w, ann), sessions(t, w))
			}
			_, got = signIn(t, w, "ann", right)
			wantAnswer(t, got, "")
		})
	}
}

// Of many first sign-ins at once, on two servers, all are right.
func TestImportedPasswordInParallel(t *testing.T) {
	w := apitest.Embedded(t, nil)
	w.AddUser("ann", "", imported(t, w, nil))
	nodes := []*apitest.World{w, w.Node(0)}
	var signedIn atomic.Int64
	var all sync.WaitGroup
	for n := range 4 {
		all.Go(func() {
			if o, err := nodes[n%2].SignIn.Password(t.Context(), w.Request(), "ann", right); err == nil && o.Tokens != nil {
				signedIn.Add(1)
			}
		})
	}
	all.Wait()
	if signedIn.Load() != 4 || sessions(t, w) != 4 {
		t.Errorf("%d of 4 signed in, %d sign-ins", signedIn.Load(), sessions(t, w))
	}
}

// Where the client hides who exists, an imported user is answered like nobody: by SRP
// at the same cost, and by a wrong password with the same reads and commits. The old
// hash takes the place of the exponentiation, and its own time.
func TestImportedUsersAreHidden(t *testing.T) {
	w := apitest.Embedded(t, nil)
	w.AddUser("ann", "", imported(t, w, nil))
	wantSame(t, "by SRP, known against unknown", trySRP(t, w, "eve"), trySRP(t, w, "ann"))
	w = apitest.Embedded(t, nil)
	w.AddUser("ann", "", imported(t, w, nil))
	unknown, known := try(t, w, "eve", wrong), try(t, w, "ann", wrong)
	for n := range known {
		known[n].Cost.Exponentiations = unknown[n].Cost.Exponentiations
	}
	wantSame(t, "by password, known against unknown", unknown, known)
	_, got := signInSRP(t, w, "ann", right)
	wantAnswer(t, got, locked)
	w = apitest.Embedded(t, nil)
	w.AddUser("ann", "", imported(t, w, nil))
	_, got = signInSRP(t, w, "ann", right)
	wantAnswer(t, got, refused)
}
