package recovery_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/api/apitest"
	"poolhouse.dev/internal/api/recovery"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store/faulty"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/wire"
)

const (
	password = "Passw0rd!"
	better   = "Passw0rd?"

	expired  = "ExpiredCodeException: Invalid code provided, please request a code again."
	mismatch = "CodeMismatchException: Invalid verification code provided, please try again."
	limit    = "LimitExceededException: Attempt limit exceeded, please try after some time."
	internal = "no fault"
)

// world is a pool whose client hides users, with the operations.
type world struct {
	*apitest.World
	*recovery.API
}

func newWorld(t *testing.T, change func(*pool.Settings)) *world {
	t.Helper()
	w := apitest.Embedded(t, change)
	return &world{w, recovery.New(recovery.Deps{
		Store: w.Store, Directory: w.Directory, Codes: w.Codes, Outbox: w.Outbox, Vault: w.Vault, Passwords: w.Passwords,
		Lanes: w.Lanes, Decoy: w.Decoy, Triggers: w.Triggers, SignIn: w.SignIn, AllowUser: apitest.Unlimited, Now: w.Now,
	})}
}

func withMail(address string) func(*user.User) {
	return func(u *user.User) {
		u.Attributes.Set(pool.AttrEmail, address)
		u.Attributes.Set(pool.AttrEmailVerified, "true")
	}
}

func (w *world) forgot(t *testing.T, name string) (*wire.CodeDeliveryDetailsType, string) {
	t.Helper()
	out, err := w.ForgotPassword(t.Context(), &wire.ForgotPasswordRequest{ClientId: wire.Ptr(string(apitest.ClientID)), Username: &name})
	if err != nil {
		return nil, answer(err)
	}
	return out.CodeDeliveryDetails, ""
}

func (w *world) confirm(t *testing.T, name, code, password string) string {
	t.Helper()
	_, err := w.ConfirmForgotPassword(t.Context(), &wire.ConfirmForgotPasswordRequest{
		ClientId: wire.Ptr(string(apitest.ClientID)), Username: &name, ConfirmationCode: &code, Password: &password,
	})
	return answer(err)
}

func (w *world) lastCode(t *testing.T, to string) string {
	t.Helper()
	list := w.Messages.To(to)
	if len(list) == 0 {
		t.Fatalf("no message to %s", to)
	}
	return list[len(list)-1].Code
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

func wantSame(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// asked is one call: how it was answered and what it took.
type asked struct {
	Details *wire.CodeDeliveryDetailsType
	Answer  string
	Cost    apitest.Cost
}

func (w *world) askSixTimes(t *testing.T, name string) (all []asked) {
	t.Helper()
	for range 6 {
		var a asked
		a.Cost = w.Cost(func() { a.Details, a.Answer = w.forgot(t, name) })
		all = append(all, a)
	}
	return all
}

// guessTwice answers a code that is wrong, before and after one is asked for.
func (w *world) guessTwice(t *testing.T, name string) (all []asked) {
	t.Helper()
	for range 2 {
		var a asked
		a.Cost = w.Cost(func() { a.Answer = w.confirm(t, name, "none", password) })
		all = append(all, a)
		w.forgot(t, name)
	}
	return all
}

// Where users are hidden, a name that nobody has and users who get no code have
// the same answers at the same cost, to the hourly cap; and so have guesses.
func TestHiddenUsers(t *testing.T) {
	for kind, change := range map[string]func(*user.User){
		"no address":  nil,
		"disabled":    func(u *user.User) { withMail("a@b.example")(u); u.Disabled = true },
		"temporary":   func(u *user.User) { withMail("a@b.example")(u); u.Status = user.ForceChangePassword },
		"unconfirmed": func(u *user.User) { withMail("a@b.example")(u); u.Status = user.Unconfirmed },
	} {
		t.Run(kind, func(t *testing.T) {
			w := newWorld(t, nil)
			unknown, guesses := w.askSixTimes(t, "ann"), []asked(nil)
			for n, a := range unknown {
				if want := map[bool]string{true: limit}[n == 5]; a.Answer != want || (a.Details == nil) != (n == 5) {
					t.Errorf("try %d of nobody: %+v", n+1, a)
				}
			}
			w = newWorld(t, nil) // with the same keys, which make up the same
			w.AddUser("ann", password, change)
			wantSame(t, "known against unknown", unknown, w.askSixTimes(t, "ann"))
			w = newWorld(t, nil)
			guesses = w.guessTwice(t, "ann")
			wantSame(t, "guesses", []string{expired, mismatch}, []string{guesses[0].Answer, guesses[1].Answer})
			w = newWorld(t, nil)
			w.AddUser("ann", password, change)
			wantSame(t, "guesses, known against unknown", guesses, w.guessTwice(t, "ann"))
		})
	}
}

// A user who does get a code costs the same reads and commits, and is refused
// wrong codes alike.
func TestARealCodeLooksTheSame(t *testing.T) {
	w := newWorld(t, nil)
	w.AddUser("ann@example.com", password, withMail("ann@example.com"))
	known, unknown := w.askSixTimes(t, "ann@example.com"), w.askSixTimes(t, "amy@example.com")
	for n := range known {
		wantSame(t, "details", known[n].Details, unknown[n].Details)
		wantSame(t, "answer", known[n].Answer, unknown[n].Answer)
		wantSame(t, "cost", known[n].Cost, unknown[n].Cost)
	}
	if known, unknown := len(w.Messages.To("ann@example.com")), len(w.Messages.To("amy@example.com")); known != 5 || unknown != 0 {
		t.Errorf("%d messages to the user, %d to nobody", known, unknown)
	}
	w.Forward(2 * time.Hour)
	for _, want := range []string{expired, mismatch} {
		for _, name := range []string{"ann@example.com", "amy@example.com"} {
			wantSame(t, name, want, w.confirm(t, name, "none", better))
			w.forgot(t, name)
		}
	}
}

// A user who was disabled after the code was sent is not told that it was right.
func TestRightCodeOfADisabledUser(t *testing.T) {
	w := newWorld(t, nil)
	ann := w.AddUser("ann", password, withMail("ann@example.com"))
	w.forgot(t, "ann")
	disabled := w.User(ann)
	disabled.Disabled = true
	w.Update(disabled)
	wantSame(t, "answer", mismatch, w.confirm(t, "ann", w.lastCode(t, "ann@example.com"), better))
}

// However many try at once, no more than the cap of codes is compared, and one
// right code sets one password.
func TestParallelGuesses(t *testing.T) {
	w := newWorld(t, nil)
	ann := w.AddUser("ann", password, withMail("ann@example.com"))
	if _, got := w.forgot(t, "ann"); got != "" {
		t.Fatal(got)
	}
	answers := make(chan string)
	for range 100 {
		go func() { answers <- w.confirm(t, "ann", "none", better) }()
	}
	counts := map[string]int{}
	for range 100 {
		counts[<-answers]++
	}
	wantSame(t, "answers", map[string]int{mismatch: 15, limit: 85}, counts)
	right := w.lastCode(t, "ann@example.com")
	wantSame(t, "the right code after the cap", limit, w.confirm(t, "ann", right, better))
	w.Forward(59 * time.Minute)
	if _, got := w.forgot(t, "ann"); got != "" {
		t.Fatal(got)
	}
	w.Forward(time.Minute)
	right = w.lastCode(t, "ann@example.com")
	for range 2 {
		go func() { answers <- w.confirm(t, "ann", right, better) }()
	}
	wantSame(t, "two at once", map[string]bool{"": true, expired: true}, map[string]bool{<-answers: true, <-answers: true})
	if string(w.User(ann).Verifier) == string(ann.Verifier) {
		t.Error("the password is as it was")
	}
}

// A reset whose commit is lost voids the password with a code on its way, or
// does neither.
func TestResetWhenTheCommitIsLost(t *testing.T) {
	for name, test := range map[string]struct {
		outcome faulty.Outcome
		applied bool
	}{
		"unavailable": {faulty.Unavailable, false}, "dropped": {faulty.LostDropped, false}, "applied": {faulty.LostApplied, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			ann := w.AddUser("ann", password, withMail("ann@example.com"))
			w.FailOnce(user.TableCodes, test.outcome)
			_, err := w.AdminResetUserPassword(t.Context(), &wire.AdminResetUserPasswordRequest{UserPoolId: wire.Ptr(string(apitest.PoolID)), Username: wire.Ptr("ann")})
			wantSame(t, "answer", internal, answer(err))
			c := apitest.Read(w.World, &user.Code{PoolID: apitest.PoolID, Sub: ann.Sub, Purpose: user.PurposeReset})
			if got := w.User(ann).Status == user.ResetRequired; got != test.applied || c.Stored() != test.applied {
				t.Errorf("reset: %v, code: %v, want both %v", got, c.Stored(), test.applied)
			}
		})
	}
}
