package signup_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/api/apitest"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/wire"
)

// asked is one call: how it was answered and what it took.
type asked struct {
	Details *wire.CodeDeliveryDetailsType
	Answer  string
	Cost    apitest.Cost
}

func (w *world) askSixTimes(t *testing.T, name string) []asked {
	t.Helper()
	var all []asked
	for range 6 {
		var a asked
		a.Cost = w.Cost(func() { a.Details, a.Answer = w.resend(t, name) })
		all = append(all, a)
	}
	return all
}

// ResendConfirmationCode, where users are hidden: a name that nobody has and
// users who get no code have the same answers at the same cost, to the hourly cap.
func TestResendHidesUsers(t *testing.T) {
	for kind, change := range map[string]func(*user.User){
		"confirmed":  nil,
		"disabled":   func(u *user.User) { u.Disabled = true; u.Status = user.Unconfirmed },
		"temporary":  func(u *user.User) { u.Status = user.ForceChangePassword },
		"no address": func(u *user.User) { u.Status = user.Unconfirmed },
	} {
		t.Run(kind, func(t *testing.T) {
			w := newWorld(t, nil)
			unknown := w.askSixTimes(t, "ann") // before she is there
			for n, a := range unknown {
				if want := map[bool]string{true: limit}[n == 5]; a.Answer != want || (a.Details == nil) != (n == 5) {
					t.Errorf("try %d of nobody: %+v", n+1, a)
				}
			}
			w = newWorld(t, nil) // with the same keys, which make up the same
			w.AddUser("ann", password, change)
			wantSame(t, "known against unknown", unknown, w.askSixTimes(t, "ann"))
		})
	}
}

// A user who does get a code costs the same reads and commits, and has an answer of the
// same form.
func TestResendOfARealCodeLooksTheSame(t *testing.T) {
	w := newWorld(t, nil)
	w.AddUser("ann@example.com", password, func(u *user.User) {
		u.Status = user.Unconfirmed
		u.Attributes.Set(pool.AttrEmail, "ann@example.com")
	})
	known, unknown := w.askSixTimes(t, "ann@example.com"), w.askSixTimes(t, "amy@example.com")
	for n := range known {
		wantSame(t, "details", known[n].Details, unknown[n].Details)
		wantAnswer(t, unknown[n].Answer, known[n].Answer)
		wantSame(t, "cost", known[n].Cost, unknown[n].Cost)
	}
	if n := len(w.Messages.To("ann@example.com")); n != 5 {
		t.Errorf("%d messages", n)
	}
	if n := len(w.Messages.To("amy@example.com")); n != 0 {
		t.Errorf("%d messages to nobody", n)
	}
}

// In a pool that sends no text messages nobody is refused like users are.
func TestResendWithoutSMS(t *testing.T) {
	w := newWorld(t, func(s *pool.Settings) { s.AutoVerified = []string{pool.AttrPhone} })
	w.AddUser("ann", password, func(u *user.User) {
		u.Status = user.Unconfirmed
		u.Attributes.Set(pool.AttrPhone, "+15555550123")
	})
	known, unknown := w.askSixTimes(t, "ann"), w.askSixTimes(t, "amy")
	if !strings.HasPrefix(known[0].Answer, "CodeDeliveryFailureException: ") {
		t.Errorf("answered %q", known[0].Answer)
	}
	wantSame(t, "known against unknown", known, unknown)
}

// What is made up for a name is the same at every call, on every server and for
// every spelling, and takes its form from the name and the pool.
func TestMadeUpDeliveries(t *testing.T) {
	email, phone := []string{pool.AttrEmail}, []string{pool.AttrPhone}
	both := []string{pool.AttrEmail, pool.AttrPhone}
	for title, tc := range map[string]struct {
		verified []string
		names    []string
		want     string
	}{
		"plain name, e-mail":       {email, []string{"eve", "EVE", "Eve"}, "email EMAIL ?***@?***"},
		"plain name, phone":        {phone, []string{"eve", "EVE"}, "phone_number SMS +*******????"},
		"plain name, both":         {both, []string{"eve", "EVE"}, "phone_number SMS +*******????"},
		"address, e-mail":          {email, []string{"eve@example.com", "EVE@Example.COM"}, "email EMAIL e***@e***"},
		"address, both":            {both, []string{"eve@example.com"}, "email EMAIL e***@e***"},
		"address, phone":           {phone, []string{"eve@example.com", "Eve@example.com"}, "phone_number SMS +*******????"},
		"number, phone":            {phone, []string{"+15555550123"}, "phone_number SMS +*******0123"},
		"number, both":             {both, []string{"+15555550123"}, "phone_number SMS +*******0123"},
		"number, e-mail":           {email, []string{"+15555550123"}, "email EMAIL ?***@?***"},
		"a name in another script": {email, []string{"ΕΎΑ", "εύα"}, "email EMAIL ?***@?***"},
	} {
		t.Run(title, func(t *testing.T) {
			no := false
			w := newWorld(t, func(s *pool.Settings) { s.AutoVerified, s.CaseSensitive, s.SMS = tc.verified, &no, &pool.SMSSettings{} })
			var first *wire.CodeDeliveryDetailsType
			for _, name := range tc.names {
				for _, server := range []*world{w, node(w.Node(0))} {
					w.Forward(time.Hour)
					got, refusal := server.resend(t, name)
					wantAnswer(t, refusal, "")
					if first == nil {
						first = got
					}
					if diff := cmp.Diff(first, got); diff != "" {
						t.Errorf("%s:\n%s", name, diff)
					}
				}
			}
			text := *first.AttributeName + " " + string(*first.DeliveryMedium) + " " + *first.Destination
			if !like(tc.want, text) {
				t.Errorf("got %q, want %q", text, tc.want)
			}
		})
	}
}

// like compares with a form in which ? is any character.
func like(form, text string) bool {
	if len(form) != len(text) {
		return false
	}
	for i := range form {
		if form[i] != '?' && form[i] != text[i] {
			return false
		}
	}
	return true
}

// ConfirmSignUp, where users are hidden: a name that nobody has, and one of a user who is
// disabled, answers, costs and is capped like an unconfirmed user without a code.
func TestConfirmHidesUsers(t *testing.T) {
	w := newWorld(t, nil)
	w.AddUser("ann", password, func(u *user.User) { u.Status = user.Unconfirmed })
	try := func(name string) (all []asked) {
		for range 16 {
			var a asked
			a.Cost = w.Cost(func() { a.Answer = w.confirm(t, name, "123456") })
			all = append(all, a)
		}
		return all
	}
	unknown := try("eve")
	for n, a := range unknown {
		if want := map[bool]string{true: limit, false: expired}[n == 15]; a.Answer != want {
			t.Errorf("try %d of nobody: %q", n+1, a.Answer)
		}
	}
	wantSame(t, "known against unknown", unknown, try("ann"))
	w.AddUser("off", password, func(u *user.User) { u.Disabled, u.Status = true, user.Unconfirmed })
	wantSame(t, "disabled against unknown", unknown, try("off"))
	w.Forward(time.Hour)
	for _, name := range []string{"ann@example.com", "amy@example.com"} {
		if name == "ann@example.com" {
			w.AddUser(name, password, func(u *user.User) { u.Status = user.Unconfirmed; u.Attributes.Set(pool.AttrEmail, name) })
		}
		if _, refusal := w.resend(t, name); refusal != "" {
			t.Errorf("%s: %s", name, refusal)
		}
		wantAnswer(t, w.confirm(t, name, "wrong"), mismatch)
	}
}

// Clients that hide nobody are told.
func TestClientsThatHideNobodyAreTold(t *testing.T) {
	w := newWorld(t, nil)
	w.keepClient(func(s *pool.ClientSettings) { s.HideUsers = "LEGACY" })
	w.AddUser("ann", password, nil)
	w.AddUser("off", password, func(u *user.User) { u.Disabled = true })
	w.AddUser("new", password, func(u *user.User) { u.Status = user.Unconfirmed })
	for name, want := range map[string]string{
		"eve": "UserNotFoundException: Username/client id combination not found.",
		"ann": "InvalidParameterException: User is already confirmed.",
		"off": "NotAuthorizedException: User is disabled.",
		"new": "InvalidParameterException: The user has no e-mail address or phone number that a code could be sent to.",
	} {
		_, got := w.resend(t, name)
		wantAnswer(t, got, want)
	}
	wantAnswer(t, w.confirm(t, "eve", "123456"), "UserNotFoundException: Username/client id combination not found.")
}
