package signin_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/api/apitest"
	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/signin"
	"poolhouse.dev/internal/totp"
	"poolhouse.dev/internal/user"
)

// tableFile is where the table of sign-ins is kept.
var tableFile = filepath.Join("..", "..", "docs", "sign-in.md")

// tablePools are the columns: what a pool says about second factors.
var tablePools = []struct {
	name   string
	change func(*pool.Settings)
}{
	{"OFF", func(s *pool.Settings) { s.MFA = pool.MFAOff }},
	{"OPTIONAL", func(s *pool.Settings) { s.MFA = pool.MFAOptional; offer(s, true, true, true) }},
	{"ON, SMS", func(s *pool.Settings) { s.MFA = pool.MFAOn; offer(s, true, false, false) }},
	{"ON, TOTP", func(s *pool.Settings) { s.MFA = pool.MFAOn; offer(s, false, true, false) }},
	{"ON, e-mail", func(s *pool.Settings) { s.MFA = pool.MFAOn; offer(s, false, false, true) }},
	{"ON, all", func(s *pool.Settings) { s.MFA = pool.MFAOn; offer(s, true, true, true) }},
	{"ON, all, recovery by e-mail", func(s *pool.Settings) {
		s.MFA = pool.MFAOn
		offer(s, true, true, true)
		s.Recovery = pool.DefaultRecovery()
	}},
}

// offer turns second factors on in a pool whose accounts only an administrator recovers.
func offer(s *pool.Settings, sms, tokens, email bool) {
	s.SMS, s.EmailMFA, s.SoftwareTokens = nil, nil, &tokens
	if sms {
		s.SMS = &pool.SMSSettings{SNSCallerARN: "arn:aws:iam::000000000000:role/sms"}
	}
	if email {
		s.EmailMFA = &pool.EmailMFASettings{}
	}
	s.Recovery = []pool.RecoveryOption{{Name: "admin_only", Priority: 1}}
}

// tableUser is somebody who signs in. password is what is typed, "" for the right one;
// unknown is a name that nobody has.
type tableUser struct {
	name, password string
	unknown        bool
	change         func(*user.User)
}

// tableUsers are the rows.
var tableUsers = []tableUser{
	{name: "confirmed, without contacts", change: func(*user.User) {}},
	{name: "… with a phone number", change: phone},
	{name: "… with an e-mail address", change: email},
	{name: "… with both", change: both},
	{name: "… SMS on", change: on(phone, user.FactorSMS)},
	{name: "… e-mail on", change: on(email, user.FactorEmail)},
	{name: "… software token set up, not on", change: func(u *user.User) { u.Factors.HasToken = true }},
	{name: "… software token on", change: on(func(*user.User) {}, user.FactorTOTP)},
	{name: "… SMS and software token on", change: on(both, user.FactorSMS, user.FactorTOTP)},
	{name: "… the same, SMS preferred", change: func(u *user.User) {
		on(both, user.FactorSMS, user.FactorTOTP)(u)
		u.Factors.Preferred = user.FactorSMS
	}},
	{name: "… SMS on, phone number gone", change: on(func(*user.User) {}, user.FactorSMS)},
	{name: "confirmed, wrong password", password: wrong, change: both},
	{name: "unconfirmed", change: func(u *user.User) { both(u); u.Status = user.Unconfirmed }},
	{name: "temporary password", change: func(u *user.User) { both(u); u.Status = user.ForceChangePassword }},
	{name: "temporary password that ran out", change: func(u *user.User) {
		both(u)
		u.Status, u.PasswordSetAt = user.ForceChangePassword, u.PasswordSetAt.Add(-8*24*time.Hour)
	}},
	{name: "password to be reset", change: func(u *user.User) { both(u); u.Status = user.ResetRequired }},
	{name: "disabled", change: func(u *user.User) { both(u); u.Disabled = true }},
	{name: "nobody", unknown: true},
}

func phone(u *user.User) { u.Attributes.Set(pool.AttrPhone, "+15550100") }
func email(u *user.User) { u.Attributes.Set(pool.AttrEmail, "a@example.com") }
func both(u *user.User)  { phone(u); email(u) }

func on(contacts func(*user.User), factors ...string) func(*user.User) {
	return func(u *user.User) {
		contacts(u)
		for _, f := range factors {
			u.Factors.Set(f, true)
			u.Factors.HasToken = u.Factors.HasToken || f == user.FactorTOTP
		}
	}
}

// tableFlow is one way to begin.
type tableFlow struct {
	title, text string
	// hidden says that the client hides who exists, whole that the flow needs no second
	// factor, whatever the pool says.
	hidden, whole bool
	begin         func(t *testing.T, w *apitest.World, name, password string) (*signin.Outcome, error)
}

var tableFlows = []tableFlow{
	{title: "Password", begin: beginByPassword,
		text: "`USER_PASSWORD_AUTH`, `ADMIN_USER_PASSWORD_AUTH`, and `USER_AUTH` with `PREFERRED_CHALLENGE` `PASSWORD` where the user has one."},
	{title: "Password proved by SRP", begin: beginBySRP, text: "`USER_SRP_AUTH`, after the answer to `PASSWORD_VERIFIER`."},
	{title: "Choice", begin: chooses(""), text: "`USER_AUTH` without a preference: what there is to choose."},
	{title: "Code by e-mail", begin: chooses("EMAIL_OTP"), text: "`USER_AUTH` with `PREFERRED_CHALLENGE` `EMAIL_OTP`; with a right code where one is sent."},
	{title: "Code by text message", begin: chooses("SMS_OTP"), text: "`USER_AUTH` with `PREFERRED_CHALLENGE` `SMS_OTP`; with a right code where one is sent."},
	{title: "Passkey", begin: beginByPasskey("SINGLE_FACTOR"), whole: true,
		text: "`USER_AUTH` with `PREFERRED_CHALLENGE` `WEB_AUTHN`, where passkeys are one factor; with a proof where one is asked for."},
	{title: "Passkey as two factors", begin: beginByPasskey(pool.PasskeyTwoFactors), whole: true,
		text: "The same where passkeys are two factors, `MULTI_FACTOR_WITH_USER_VERIFICATION`."},
	{title: "Password on a remembered device", begin: beginOnDevice, text: "As the first table, with the `DEVICE_KEY` of a device that the user has remembered."},
	{title: "Refresh", begin: beginByRefresh, whole: true, text: "`REFRESH_TOKEN_AUTH`, after a sign-in when the user was confirmed and enabled."},
	{title: "Custom", begin: beginCustom, whole: true, text: "`CUSTOM_AUTH` with functions that ask one challenge and are content."},
	{title: "Custom, after the password", begin: beginCustomBySRP(""),
		text: "`CUSTOM_AUTH` with `CHALLENGE_NAME` `SRP_A` and functions that ask for the password first, then one challenge, and are content; after the answer to `PASSWORD_VERIFIER`."},
	{title: "Custom, after the password, on a remembered device", begin: beginCustomOnDevice,
		text: "The same with the `DEVICE_KEY` of a device that the user has remembered."},
	{title: "Custom, after the password, users hidden", hidden: true, begin: beginCustomBySRP(""), text: "The same without a device, with a client that hides who exists."},
	{title: "Password, users hidden", hidden: true, begin: beginByPassword, text: "As the first table, with a client that hides who exists."},
	{title: "Choice, users hidden", hidden: true, begin: chooses(""), text: "`USER_AUTH` without a preference, with a client that hides who exists."},
}

func beginByPassword(t *testing.T, w *apitest.World, name, password string) (*signin.Outcome, error) {
	return w.SignIn.Password(t.Context(), w.Request(), name, password)
}

func beginCustom(t *testing.T, w *apitest.World, name, _ string) (*signin.Outcome, error) {
	o, err := w.SignIn.BeginCustom(t.Context(), w.Request(), name, "")
	if err != nil {
		return nil, err
	}
	return w.SignIn.Respond(t.Context(), w.Request(), signin.CustomChallenge, &o.Challenge.Session, map[string]string{"USERNAME": name, "ANSWER": "yes"})
}

func beginBySRP(t *testing.T, w *apitest.World, name, password string) (*signin.Outcome, error) {
	h, refusal := begin(t, w, name)
	if refusal != "" {
		return nil, fmt.Errorf("%s", refusal)
	}
	return respond(t, w, w.Request(), h.answers(t, password))
}

func chooses(preferred string) func(*testing.T, *apitest.World, string, string) (*signin.Outcome, error) {
	return func(t *testing.T, w *apitest.World, name, password string) (*signin.Outcome, error) {
		o, err := w.SignIn.BeginChoice(t.Context(), w.Request(), name, signin.Choice{Name: preferred, Password: password})
		if err != nil || o.Challenge.Name != preferred {
			return o, err
		}
		to := "a@example.com"
		if preferred == signin.SMSOTP {
			to = "+15550100"
		}
		sent := w.Messages.To(to)
		if len(sent) == 0 {
			return o, nil
		}
		return w.SignIn.Respond(t.Context(), w.Request(), preferred, &o.Challenge.Session, map[string]string{"USERNAME": name, preferred + "_CODE": sent[len(sent)-1].Code})
	}
}

// content are functions that ask one custom challenge, after the password where a
// sign-in begins with it, and are content with any answer.
func content(event []byte) ([]byte, error) {
	var e map[string]any
	if err := json.Unmarshal(event, &e); err != nil {
		return nil, err
	}
	response := map[string]any{"answerCorrect": true, "publicChallengeParameters": map[string]string{}}
	if rounds, ok := e["request"].(map[string]any)["session"].([]any); ok {
		var last any
		if len(rounds) > 0 {
			last = rounds[len(rounds)-1].(map[string]any)["challengeName"]
		}
		response["issueTokens"], response["challengeName"] = last == signin.CustomChallenge, signin.CustomChallenge
		if last == "SRP_A" {
			response["challengeName"] = signin.PasswordVerifier
		}
	}
	e["response"] = response
	return json.Marshal(e)
}

// cell says where a sign-in led.
func cell(o *signin.Outcome, err error) string {
	switch {
	case err != nil:
		name, _, _ := strings.Cut(cmpOr(answer(err), err.Error()), ":")
		return "*" + strings.TrimSuffix(name, "Exception") + "*"
	case o.Tokens != nil && o.NewDevice != nil:
		return "tokens, new device"
	case o.Tokens != nil:
		return "tokens"
	case o.Challenge.Name == signin.SelectChallenge:
		return strings.Join(o.Challenge.Available, ", ")
	}
	choices := o.Challenge.Parameters["MFAS_CAN_CHOOSE"] + o.Challenge.Parameters["MFAS_CAN_SETUP"]
	if choices == "" {
		return o.Challenge.Name
	}
	return o.Challenge.Name + ": " + strings.NewReplacer("[", "", "]", "", `"`, "", ",", ", ").Replace(choices)
}

func cmpOr(text, otherwise string) string {
	if text == internal {
		return otherwise
	}
	return text
}

const tableHead = `# Where a sign-in leads

Each table is one way to begin a sign-in. A column is what the pool says about second
factors, a row the state of the user, and a cell what comes next: a challenge with its
choices, tokens, or an exception in italics, and after an arrow what follows a right answer,
the first where there is a choice. MFA_SETUP sets up a software token where that is a choice,
and else an e-mail address. Pools allow all first factors but codes where MFA is required;
their app client does not hide who exists, except where a title says so. A password, right or
wrong, matters only where one is typed.

A test makes every sign-in of this page and fails when one leads elsewhere. Write the page
anew with ` + "`POOLHOUSE_WRITE_TABLES=1 go test ./internal/signin -run TestTableOfSignIns`" + `.
`

// TestTableOfSignIns makes a sign-in of every flow to every kind of pool by every kind of
// user, and holds where they lead against the table that is kept.
func TestTableOfSignIns(t *testing.T) {
	var page bytes.Buffer
	made := 0
	page.WriteString(tableHead)
	w := apitest.Embedded(t, nil)
	for _, flow := range tableFlows {
		fmt.Fprintf(&page, "\n## %s\n\n%s\n\n| User |", flow.title, flow.text)
		for _, p := range tablePools {
			fmt.Fprintf(&page, " %s |", p.name)
		}
		page.WriteString("\n|" + strings.Repeat(" --- |", len(tablePools)+1) + "\n")
		for _, u := range tableUsers {
			fmt.Fprintf(&page, "| %s |", u.name)
			for _, p := range tablePools {
				made++
				page.WriteString(" " + tableCell(t, w, fmt.Sprintf("user%d", made), flow, p.change, u.change, u.password, u.unknown) + " |")
			}
			page.WriteString("\n")
		}
	}
	writeSettings(t, &page)
	if os.Getenv("POOLHOUSE_WRITE_TABLES") != "" {
		if err := os.WriteFile(tableFile, page.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	kept, err := os.ReadFile(tableFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(kept), "\n"), strings.Split(page.String(), "\n")); diff != "" {
		t.Errorf("sign-ins lead elsewhere (-kept +now):\n%s", diff)
	}
}

func tableCell(t *testing.T, w *apitest.World, name string, flow tableFlow, change func(*pool.Settings), who func(*user.User), password string, unknown bool) string {
	t.Helper()
	w.Pool.Settings = pool.DefaultSettings()
	s := &w.Pool.Settings
	s.FirstFactors = []string{"PASSWORD", "EMAIL_OTP", "SMS_OTP"}
	s.SMS = &pool.SMSSettings{SNSCallerARN: "arn:aws:iam::000000000000:role/sms"}
	change(s)
	if s.MFA == pool.MFAOn {
		s.FirstFactors = []string{"PASSWORD"}
	}
	const arn = "arn:aws:lambda:eu-test-1:123456789012:function:f"
	s.Triggers.DefineAuthChallenge, s.Triggers.CreateAuthChallenge, s.Triggers.VerifyAuthChallenge = arn, arn, arn
	w.Functions = content
	w.Update(w.Pool)
	w.Client.Settings.HideUsers = ""
	if flow.hidden {
		w.Client.Settings.HideUsers = "ENABLED"
	}
	w.Update(w.Client)
	secret := totp.NewSecret()
	if !unknown {
		u := w.AddUser(name, right, who)
		row := &user.SoftwareToken{PoolID: u.PoolID, Sub: u.Sub}
		var err error
		if row.Secret, err = w.Vault.Seal(directory.PlaceOf(row, "secret"), secret); err != nil {
			t.Fatal(err)
		}
		w.Insert(row)
	}
	if password == "" {
		password = right
	}
	o, err := flow.begin(t, w, name, password)
	chain := (&follower{t: t, w: w, name: name, secret: secret, request: w.Request}).follow(cell(o, err), o)
	if chain[len(chain)-1] == "tokens" && s.MFA == pool.MFAOn && !flow.whole && !slices.ContainsFunc(chain, isSecondFactor) {
		t.Errorf("%s: tokens without a second factor: %v", flow.title, chain)
	}
	return strings.Join(chain, " → ")
}

// isSecondFactor reports whether a cell is a challenge that takes a second factor to answer.
func isSecondFactor(cell string) bool {
	name, _, _ := strings.Cut(cell, ":")
	return slices.Contains([]string{signin.SMSMFA, signin.EmailOTP, signin.SoftwareTokenMFA, signin.MFASetup, signin.DeviceVerifier}, name)
}
