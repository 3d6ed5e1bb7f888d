package signin_test

import (
	"strings"
	"testing"

	"poolhouse.dev/internal/api/apitest"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/signin"
	"poolhouse.dev/internal/user"
)

// shown is one step of a sign-in by choice: what it led to and what it took.
type shown struct {
	Answer, Challenge, Parameters, Choices string
	Session                                int
	Cost                                   apitest.Cost
	Lists                                  int
}

// newChoiceWorld is a world whose users may begin in every way.
func newChoiceWorld(t *testing.T) *apitest.World {
	t.Helper()
	return apitest.Embedded(t, func(s *pool.Settings) {
		s.FirstFactors = []string{user.FirstPassword, user.FirstEmail, user.FirstPasskey}
		s.Passkeys = &pool.PasskeySettings{RelyingPartyID: "example.com"}
	})
}

// choosing begins a sign-in, or with a session answers its challenge, and notes all that
// a client can see but for random texts.
func choosing(t *testing.T, w *apitest.World, name, challenge string, session *string, pairs ...string) (c shown, next *string) {
	t.Helper()
	responses := map[string]string{"USERNAME": name}
	for i := 0; i+1 < len(pairs); i += 2 {
		responses[pairs[i]] = pairs[i+1]
	}
	var o *signin.Outcome
	var err error
	lists := w.Store.Lists()
	c.Cost = w.Cost(func() {
		if session == nil {
			o, err = w.SignIn.BeginChoice(t.Context(), w.Request(), name, signin.Choice{Name: challenge, Password: responses["PASSWORD"], PublicValue: responses["SRP_A"]})
			return
		}
		o, err = w.SignIn.Respond(t.Context(), w.Request(), challenge, session, responses)
	})
	c.Lists, c.Answer = w.Store.Lists()-lists, answer(err)
	if o != nil && o.Challenge != nil {
		c.Challenge, c.Session, c.Choices = o.Challenge.Name, len(o.Challenge.Session), strings.Join(o.Challenge.Available, " ")
		for _, key := range []string{"CODE_DELIVERY_DELIVERY_MEDIUM", "CODE_DELIVERY_DESTINATION"} {
			c.Parameters += o.Challenge.Parameters[key] + " "
		}
		next = &o.Challenge.Session
	}
	return c, next
}

// ways are sign-ins by choice that fail, step by step.
var ways = map[string]func(t *testing.T, w *apitest.World, name string) []shown{
	"no preference, then each factor": func(t *testing.T, w *apitest.World, name string) (steps []shown) {
		for _, factor := range [][]string{
			{"PASSWORD", "PASSWORD", wrong}, {"PASSWORD_SRP", "SRP_A", strings.Repeat("5", 768)}, {"EMAIL_OTP"}, {"WEB_AUTHN"},
		} {
			step, session := choosing(t, w, name, "", nil)
			steps = append(steps, step)
			step, _ = choosing(t, w, name, "SELECT_CHALLENGE", session, append([]string{"ANSWER"}, factor...)...)
			steps = append(steps, step)
		}
		return steps
	},
	"preferred passwords": func(t *testing.T, w *apitest.World, name string) (steps []shown) {
		for range 7 { // into the lock
			step, _ := choosing(t, w, name, "PASSWORD", nil, "PASSWORD", wrong)
			steps = append(steps, step)
		}
		return steps
	},
	"preferred SRP": func(t *testing.T, w *apitest.World, name string) []shown {
		step, session := choosing(t, w, name, "PASSWORD_SRP", nil, "SRP_A", strings.Repeat("5", 768))
		again, _ := choosing(t, w, name, "PASSWORD", session, "PASSWORD", wrong)
		return []shown{step, again}
	},
	"preferred passkey": func(t *testing.T, w *apitest.World, name string) []shown {
		step, _ := choosing(t, w, name, "WEB_AUTHN", nil)
		return []shown{step}
	},
	"preferred codes": func(t *testing.T, w *apitest.World, name string) (steps []shown) {
		step, session := choosing(t, w, name, "EMAIL_OTP", nil)
		steps = append(steps, step)
		for range 7 { // into the lock
			step, _ = choosing(t, w, name, "EMAIL_OTP", session, "EMAIL_OTP_CODE", "00000000")
			steps = append(steps, step)
		}
		for range 30 { // past the cap
			step, _ = choosing(t, w, name, "EMAIL_OTP", nil)
			steps = append(steps, step)
		}
		return steps
	},
}

// Where a client hides who exists, a sign-in by choice looks and costs the same for a
// name that nobody has and for users with a password and an address, enabled or not.
func TestChoiceHidesUsers(t *testing.T) {
	for kind, change := range map[string]func(*user.User){
		"a user":      func(*user.User) {},
		"disabled":    func(u *user.User) { u.Disabled = true },
		"unconfirmed": func(u *user.User) { u.Status = user.Unconfirmed },
	} {
		for title, way := range ways {
			t.Run(kind+", "+title, func(t *testing.T) {
				w := newChoiceWorld(t)
				w.AddUser("ann@example.com", right, func(u *user.User) {
					u.Attributes.Set(pool.AttrEmail, "ann@example.com")
					change(u)
				})
				unknown := way(t, w, "amy@example.com")
				wantSame(t, "known against unknown", unknown, way(t, w, "ann@example.com"))
				if n := sessions(t, w); n != 0 {
					t.Errorf("%d sign-ins", n)
				}
				if n := len(w.Messages.To("amy@example.com")); n != 0 {
					t.Errorf("%d messages to nobody", n)
				}
				if n := len(w.Messages.To("ann@example.com")); kind == "disabled" && n != 0 {
					t.Errorf("%d codes to a disabled user", n)
				}
			})
		}
	}
}

// A right code that was sent before the account was disabled is told from a wrong one
// only where users are not hidden.
func TestRightCodeOfDisabledUser(t *testing.T) {
	for hidden, want := range map[string]string{
		"ENABLED": "CodeMismatchException: Invalid code or auth state for the user.", "LEGACY": "NotAuthorizedException: User is disabled.",
	} {
		w := newChoiceWorld(t)
		w.Client.Settings.HideUsers = hidden
		u := w.AddUser("ann", right, func(u *user.User) { u.Attributes.Set(pool.AttrEmail, "ann@example.com") })
		_, session := choosing(t, w, "ann", "EMAIL_OTP", nil)
		code := w.Messages.To("ann@example.com")[0].Code
		u = apitest.Read(w, u)
		u.Disabled = true
		w.Update(u)
		step, _ := choosing(t, w, "ann", "EMAIL_OTP", session, "EMAIL_OTP_CODE", code)
		wantAnswer(t, step.Answer, want)
		if n := sessions(t, w); n != 0 {
			t.Errorf("%d sign-ins", n)
		}
	}
}

// An address that nobody has is shown as one and the same made-up user, however the
// proof of the password comes to be asked for: a user's would not show the address.
func TestChosenProofShowsNoAddress(t *testing.T) {
	w := newChoiceWorld(t)
	const name = "amy@example.com"
	public := strings.Repeat("5", 768)
	ids := func(o *signin.Outcome, err error) [2]string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return [2]string{o.Challenge.Parameters["USERNAME"], o.Challenge.Parameters["USER_ID_FOR_SRP"]}
	}
	want := ids(w.SignIn.BeginSRP(t.Context(), w.Request(), name, public))
	if want[0] == name || want[0] != want[1] {
		t.Errorf("shown is %v", want)
	}
	wantSame(t, "preferred", want, ids(w.SignIn.BeginChoice(t.Context(), w.Request(), name, signin.Choice{Name: signin.PasswordSRP, PublicValue: public})))
	for _, answer := range []string{name, want[0]} {
		_, session := choosing(t, w, name, "", nil)
		wantSame(t, "chosen as "+answer, want, ids(w.SignIn.Respond(t.Context(), w.Request(), signin.SelectChallenge, session,
			map[string]string{"USERNAME": answer, "ANSWER": signin.PasswordSRP, "SRP_A": public})))
	}
}
