package signin_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"poolhouse.dev/internal/api/apitest"
	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/signin"
	"poolhouse.dev/internal/totp"
	"poolhouse.dev/internal/user"
)

// walk is a sign-in of one user at random, and what a careful reader of the service's
// documentation knows of it: which answers were right in each session that is open.
type walk struct {
	r    *rapid.T
	t    *testing.T
	w    *apitest.World
	u    *user.User
	name string
	// secret is that of the user's software token.
	secret []byte
	open   []*opened
	spent  []*opened
	// renewed says that the user has set a new password in one of the sign-ins.
	renewed bool
}

// opened is a challenge that waits for its answer.
type opened struct {
	*signin.Challenge
	// shown is what was answered rightly on the way here.
	shown []string
}

const (
	shownPassword = "password"
	shownCode     = "code to sign in by"
	shownFactor   = "second factor"
	shownNew      = "new password"
)

// TestNoTokensWithoutEveryFactor walks at random through sign-ins to pools of any
// settings, with right answers, wrong ones, those of other challenges and old sessions,
// and never comes to tokens without all that the pool and the user ask for, nor to a
// challenge that has no business there.
func TestNoTokensWithoutEveryFactor(t *testing.T) {
	w := apitest.Embedded(t, nil)
	n := 0
	rapid.Check(t, func(r *rapid.T) {
		n++
		k := newWalk(t, r, w, fmt.Sprintf("user%d", n))
		for range rapid.IntRange(4, 14).Draw(r, "steps") {
			k.step()
		}
	})
}

func newWalk(t *testing.T, r *rapid.T, w *apitest.World, name string) *walk {
	flip := func(what string) bool { return rapid.Bool().Draw(r, what) }
	k := &walk{r: r, t: t, w: w, name: name}
	s := pool.DefaultSettings()
	s.MFA = rapid.SampledFrom([]string{pool.MFAOff, pool.MFAOptional, pool.MFAOn}).Draw(r, "MFA")
	tokens := flip("tokens offered")
	s.SoftwareTokens = &tokens
	if flip("SMS offered") {
		s.SMS = &pool.SMSSettings{SNSCallerARN: "arn:aws:iam::000000000000:role/sms"}
	}
	if flip("e-mail offered") {
		s.EmailMFA = &pool.EmailMFASettings{}
	}
	s.Recovery = rapid.SampledFrom([][]pool.RecoveryOption{
		pool.DefaultRecovery(), {{Name: "admin_only", Priority: 1}}, {{Name: "verified_phone_number", Priority: 1}},
	}).Draw(r, "recovery")
	s.FirstFactors = rapid.SampledFrom([][]string{{"PASSWORD"}, {"PASSWORD", "EMAIL_OTP"}, {"PASSWORD", "EMAIL_OTP", "SMS_OTP"}}).Draw(r, "first factors")
	w.Pool.Settings = s
	w.Update(w.Pool)
	k.secret = totp.NewSecret()
	k.u = w.AddUser(name, right, func(u *user.User) {
		u.Status = rapid.SampledFrom([]user.Status{user.Confirmed, user.Confirmed, user.Confirmed, user.Unconfirmed, user.ForceChangePassword, user.ResetRequired}).Draw(r, "status")
		u.Disabled = rapid.IntRange(0, 9).Draw(r, "disabled") == 0
		if flip("has e-mail") {
			u.Attributes.Set(pool.AttrEmail, name+"@example.com")
		}
		if flip("has phone") {
			u.Attributes.Set(pool.AttrPhone, fmt.Sprintf("+1555%07d", len(name)*7919+int(name[len(name)-1])))
		}
		u.Factors.HasToken = flip("has token")
		for _, f := range []string{user.FactorSMS, user.FactorEmail, user.FactorTOTP} {
			u.Factors.Set(f, flip(f+" on"))
		}
		u.Factors.TOTP = u.Factors.TOTP && u.Factors.HasToken
		if on := u.Factors.List(); len(on) > 0 && flip("prefers") {
			u.Factors.Preferred = rapid.SampledFrom(on).Draw(r, "preferred")
		}
	})
	row := &user.SoftwareToken{PoolID: k.u.PoolID, Sub: k.u.Sub}
	var err error
	if row.Secret, err = w.Vault.Seal(directory.PlaceOf(row, "secret"), k.secret); err != nil {
		t.Fatal(err)
	}
	w.Insert(row)
	return k
}

// step does one thing at random.
func (k *walk) step() {
	switch rapid.IntRange(0, 9).Draw(k.r, "what") {
	case 0, 1:
		k.begin()
	case 2:
		k.w.Forward(time.Duration(rapid.IntRange(1, 100).Draw(k.r, "seconds")) * time.Second)
	default:
		if len(k.open) == 0 {
			k.begin()
			return
		}
		k.answer()
	}
}

// begin begins a sign-in by password, by SRP or by choice.
func (k *walk) begin() {
	password := rapid.SampledFrom([]string{right, right, right, wrong}).Draw(k.r, "password")
	var o *signin.Outcome
	var err error
	shown := []string(nil)
	switch rapid.IntRange(0, 2).Draw(k.r, "flow") {
	case 0:
		o, err = k.w.SignIn.Password(k.t.Context(), k.w.Request(), k.name, password)
		shown = []string{shownPassword}
	case 1:
		h, refusal := begin(k.t, k.w, k.name)
		if refusal != "" {
			return
		}
		o, err = respond(k.t, k.w, k.w.Request(), h.answers(k.t, password))
		shown = []string{shownPassword}
	case 2:
		c := signin.Choice{Name: rapid.SampledFrom([]string{"", "PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"}).Draw(k.r, "preferred"), Password: password}
		o, err = k.w.SignIn.BeginChoice(k.t.Context(), k.w.Request(), k.name, c)
		if c.Name == "PASSWORD" {
			shown = []string{shownPassword}
		}
	}
	if err != nil {
		return
	}
	if password == wrong && len(shown) > 0 && (o.Challenge == nil || o.Challenge.Name != signin.SelectChallenge) {
		k.r.Fatalf("a wrong password came to %+v", o)
	}
	if o.Challenge != nil && o.Challenge.Name == signin.SelectChallenge {
		shown = nil
	}
	k.came(o, shown)
}

// answer answers an open challenge, or one that was answered before: rightly, wrongly,
// or as if it were another.
func (k *walk) answer() {
	from, old := k.open, false
	if len(k.spent) > 0 && rapid.IntRange(0, 5).Draw(k.r, "old") == 0 {
		from, old = k.spent, true
	}
	c := rapid.SampledFrom(from).Draw(k.r, "challenge")
	name := c.Name
	if rapid.IntRange(0, 6).Draw(k.r, "as another") == 0 {
		name = rapid.SampledFrom([]string{"NEW_PASSWORD_REQUIRED", "SMS_MFA", "EMAIL_OTP", "SOFTWARE_TOKEN_MFA", "MFA_SETUP", "SELECT_MFA_TYPE", "SELECT_CHALLENGE"}).Draw(k.r, "name")
	}
	good := rapid.IntRange(0, 3).Draw(k.r, "good") > 0
	responses, shows := k.responses(c, name, good)
	o, err := k.w.SignIn.Respond(k.t.Context(), k.w.Request(), name, &c.Session, responses)
	if err != nil {
		return
	}
	switch {
	case old:
		k.r.Fatalf("%s was answered twice", c.Name)
	case name != c.Name && !(c.Name == signin.SelectChallenge && name == "PASSWORD"):
		k.r.Fatalf("%s was answered as %s", c.Name, name)
	case !good && shows != "":
		k.r.Fatalf("%s took a wrong answer", c.Name)
	}
	k.open = slices.DeleteFunc(slices.Clone(k.open), func(x *opened) bool { return x == c })
	k.spent = append(k.spent, c)
	shown := slices.Clone(c.shown)
	if shows != "" {
		shown = append(shown, shows)
		k.renewed = k.renewed || shows == shownNew
	}
	k.came(o, shown)
}

// responses makes an answer, and says what a right one shows.
func (k *walk) responses(c *opened, name string, good bool) (map[string]string, string) {
	r := map[string]string{"USERNAME": k.name}
	code := func(to string) string {
		list := k.w.Messages.To(to)
		if !good || len(list) == 0 {
			return "00000000"[:6]
		}
		return list[len(list)-1].Code
	}
	shows := shownFactor
	if !slices.Contains(c.shown, shownPassword) {
		shows = shownCode
	}
	switch name {
	case "NEW_PASSWORD_REQUIRED":
		r["NEW_PASSWORD"] = right
		if !good {
			r["NEW_PASSWORD"] = "short"
		}
		return r, shownNew
	case "SMS_MFA", "SMS_OTP":
		r[name+"_CODE"] = code(k.w.User(k.u).Attributes.Get(pool.AttrPhone))
		return r, shows
	case "EMAIL_OTP":
		to := k.w.User(k.u).Attributes.Get(pool.AttrEmail)
		if to == "" {
			to = "new-" + k.name + "@example.com"
		}
		r["EMAIL_OTP_CODE"] = code(to)
		return r, shows
	case "SOFTWARE_TOKEN_MFA":
		r["SOFTWARE_TOKEN_MFA_CODE"] = "000000"
		if good {
			r["SOFTWARE_TOKEN_MFA_CODE"] = totp.Code(k.secret, totp.Step(k.w.Now()))
		}
		return r, shownFactor
	case "SELECT_MFA_TYPE":
		r["ANSWER"] = rapid.SampledFrom([]string{"SMS_MFA", "EMAIL_OTP", "SOFTWARE_TOKEN_MFA", "EMAIL_MFA"}).Draw(k.r, "factor")
	case "MFA_SETUP":
		r["EMAIL"] = "new-" + k.name + "@example.com"
	case "SELECT_CHALLENGE":
		r["ANSWER"] = rapid.SampledFrom([]string{"PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"}).Draw(k.r, "first factor")
		r["PASSWORD"] = right
		if !good {
			r["PASSWORD"] = wrong
		}
		if r["ANSWER"] == "PASSWORD" {
			return r, shownPassword
		}
	}
	return r, ""
}

// came judges where an answer led to.
func (k *walk) came(o *signin.Outcome, shown []string) {
	u, p := k.w.User(k.u), k.w.Pool
	if o.Tokens != nil {
		k.mayHaveTokens(u, p, shown)
		return
	}
	c := o.Challenge
	password := slices.Contains(shown, shownPassword)
	allowed := []string{signin.SelectChallenge, signin.PasswordVerifier, signin.EmailOTP, signin.SMSOTP, signin.WebAuthn}
	if password {
		allowed = []string{signin.NewPasswordRequired}
		if u.Status == user.Confirmed && p.Settings.MFA != pool.MFAOff && !slices.Contains(shown, shownFactor) {
			allowed = []string{user.FactorSMS, user.FactorEmail, user.FactorTOTP, user.SelectMFA, user.SetUpMFA}
		}
	}
	if !slices.Contains(allowed, c.Name) {
		k.r.Fatalf("%s after %q: %+v in a pool with MFA %s", c.Name, strings.Join(shown, ", "), u, p.Settings.MFA)
	}
	k.open = append(k.open, &opened{c, shown})
}

// mayHaveTokens says what tokens take, in words of its own.
func (k *walk) mayHaveTokens(u *user.User, p *pool.Pool, shown []string) {
	password, code, factor := slices.Contains(shown, shownPassword), slices.Contains(shown, shownCode), slices.Contains(shown, shownFactor)
	works := func(name string) bool {
		switch name {
		case user.FactorSMS:
			return p.Settings.SMS != nil && u.Attributes.Has(pool.AttrPhone)
		case user.FactorEmail:
			return p.Settings.EmailMFA != nil && u.Attributes.Has(pool.AttrEmail)
		}
		return u.Factors.HasToken
	}
	switch {
	case u.Disabled || u.Status != user.Confirmed:
		k.r.Fatalf("tokens for a user who is %s (disabled: %v)", u.Status, u.Disabled)
	case !password && !code:
		k.r.Fatalf("tokens after %q", shown)
	case k.u.Status == user.ForceChangePassword && !k.renewed:
		k.r.Fatal("tokens without a new password")
	case p.Settings.MFA == pool.MFAOn && !(password && factor):
		k.r.Fatalf("tokens after %q although a second factor is required", shown)
	case p.Settings.MFA == pool.MFAOptional && !factor && slices.ContainsFunc(u.Factors.List(), works):
		k.r.Fatalf("tokens after %q although %v are on", shown, u.Factors.List())
	}
}
