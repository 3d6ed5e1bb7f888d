package signin_test

import (
	"net/netip"
	"testing"
	"time"

	"poolhouse.dev/internal/api/apitest"
	"poolhouse.dev/internal/guard"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/signin"
	"poolhouse.dev/internal/threat"
	"poolhouse.dev/internal/user"
)

const notYours = "NotAuthorizedException: Unable to login because of security reasons."

// watchedWorld is a pool that does something about sign-ins with a low risk.
func watchedWorld(t *testing.T, action string) *apitest.World {
	t.Helper()
	w := apitest.Embedded(t, func(s *pool.Settings) {
		s.AddOns = &pool.AddOns{SecurityMode: "ENFORCED"}
		s.MFA, s.EmailMFA, s.SMS = pool.MFAOptional, &pool.EmailMFASettings{}, &pool.SMSSettings{SNSCallerARN: "arn:aws:iam::000000000000:role/sms"}
	})
	w.Insert(&pool.RiskConfiguration{PoolID: w.Pool.ID, Settings: pool.RiskSettings{
		Takeover: &pool.TakeoverSettings{Low: &pool.TakeoverAction{Action: action}},
	}})
	return w
}

// visit signs in from a device on a network of its own.
func visit(t *testing.T, w *apitest.World, name, device, ip string) (*signin.Outcome, string) {
	t.Helper()
	r := w.Request()
	r.Visit = guard.Visit{IP: netip.MustParseAddr(ip), Device: threat.DeviceOf(device, "")}
	o, err := w.SignIn.Password(t.Context(), r, name, right)
	return o, answer(err)
}

// A sign-in from a new device is asked for a second factor that the user has not turned
// on; one that nobody could be asked for is refused or let in, as the pool wants.
func TestStrangeSignIns(t *testing.T) {
	for name, c := range map[string]struct {
		action string
		change func(*user.User)
		ends   string
		asked  string
	}{
		"nothing is done":         {pool.RiskNoAction, both, "", ""},
		"asked for the only one":  {pool.RiskMFAIfConfigured, phone, "", user.FactorSMS},
		"asked to choose":         {pool.RiskMFARequired, both, "", user.SelectMFA},
		"has none, may come in":   {pool.RiskMFAIfConfigured, func(*user.User) {}, "", ""},
		"has none, and needs one": {pool.RiskMFARequired, func(*user.User) {}, notYours, ""},
		"asked anyway":            {pool.RiskNoAction, on(phone, user.FactorSMS), "", user.FactorSMS},
		"blocked":                 {pool.RiskBlock, both, notYours, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := watchedWorld(t, c.action)
			w.AddUser("ann", right, c.change)
			if name != "asked anyway" {
				if o, got := visit(t, w, "ann", "Firefox", "192.0.2.1"); got != "" || o.Tokens == nil {
					t.Fatalf("the first sign-in: %q, %+v", got, o)
				}
			}
			w.Forward(time.Minute)
			o, got := visit(t, w, "ann", "Safari", "203.0.113.9")
			wantAnswer(t, got, c.ends)
			if got != "" {
				return
			}
			if c.asked == "" {
				if o.Tokens == nil {
					t.Errorf("outcome %+v", o.Challenge)
				}
				return
			}
			if o.Challenge == nil || o.Challenge.Name != c.asked {
				t.Fatalf("outcome %+v, want %s", o, c.asked)
			}
			if c.asked == user.SelectMFA {
				var err error
				o, err = w.SignIn.Respond(t.Context(), w.Request(), user.SelectMFA, &o.Challenge.Session, map[string]string{"USERNAME": "ann", "ANSWER": user.FactorSMS})
				wantAnswer(t, answer(err), "")
			}
			sent := w.Messages.To("+15550100")
			o, err := w.SignIn.Respond(t.Context(), w.Request(), user.FactorSMS, &o.Challenge.Session, map[string]string{"USERNAME": "ann", "SMS_MFA_CODE": sent[len(sent)-1].Code})
			wantAnswer(t, answer(err), "")
			if o == nil || o.Tokens == nil {
				t.Error("no tokens after the right code")
			}
		})
	}
}

// A temporary password signs nobody in whom threat protection keeps out, and is not
// exchanged; where a second factor is demanded, it comes after the new password.
func TestStrangeTemporaryPasswords(t *testing.T) {
	for name, c := range map[string]struct {
		action string
		change func(*user.User)
		ends   string
		then   string
	}{
		"nothing is done":         {pool.RiskNoAction, phone, "", ""},
		"asked for the only one":  {pool.RiskMFAIfConfigured, phone, "", user.FactorSMS},
		"asked, as it must be":    {pool.RiskMFARequired, phone, "", user.FactorSMS},
		"has none, may come in":   {pool.RiskMFAIfConfigured, func(*user.User) {}, "", ""},
		"has none, and needs one": {pool.RiskMFARequired, func(*user.User) {}, notYours, ""},
		"blocked":                 {pool.RiskBlock, phone, notYours, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := watchedWorld(t, c.action)
			u := w.AddUser("ann", right, c.change)
			if _, got := visit(t, w, "ann", "Firefox", "192.0.2.1"); got != "" {
				t.Fatal(got)
			}
			w.Forward(48 * time.Hour)
			u = w.User(u)
			u.Status, u.PasswordSetAt = user.ForceChangePassword, w.Now()
			w.Update(u)
			o, got := visit(t, w, "ann", "Safari", "203.0.113.9")
			wantAnswer(t, got, c.ends)
			if got != "" {
				if now := w.User(u); now.Status != user.ForceChangePassword {
					t.Errorf("the user is %s", now.Status)
				}
				return
			}
			o, err := w.SignIn.Respond(t.Context(), w.Request(), signin.NewPasswordRequired, &o.Challenge.Session, map[string]string{"USERNAME": "ann", "NEW_PASSWORD": right})
			wantAnswer(t, answer(err), "")
			if c.then == "" {
				if o.Tokens == nil {
					t.Errorf("outcome %+v", o.Challenge)
				}
				return
			}
			if o.Challenge == nil || o.Challenge.Name != c.then {
				t.Errorf("outcome %+v, want %s", o, c.then)
			}
		})
	}
}
