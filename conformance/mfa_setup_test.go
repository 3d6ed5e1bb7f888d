package conformance

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/google/go-cmp/cmp"
)

// associateIn asks for the secret of a token within a sign-in.
func (f *fixture) associateIn(t *testing.T, session *string) (secret string, next *string, err error) {
	t.Helper()
	out, err := f.AssociateSoftwareToken(t.Context(), &cip.AssociateSoftwareTokenInput{Session: session})
	if err != nil {
		return "", nil, err
	}
	return aws.ToString(out.SecretCode), out.Session, nil
}

// proveIn proves the token within a sign-in.
func (f *fixture) proveIn(t *testing.T, session *string, code string) (next *string, err error) {
	t.Helper()
	out, err := f.VerifySoftwareToken(t.Context(), &cip.VerifySoftwareTokenInput{Session: session, UserCode: &code, FriendlyDeviceName: aws.String("telephone")})
	if err != nil {
		return nil, err
	}
	if out.Status != "SUCCESS" {
		t.Errorf("status %s", out.Status)
	}
	return out.Session, nil
}

// MFA_SETUP by a software token: each of the four steps hands its session to the next,
// and the factor is there from the proof on.
func TestSetUpBySoftwareToken(t *testing.T) {
	covers(t, "AssociateSoftwareToken", "NotAuthorizedException")
	covers(t, "VerifySoftwareToken", "EnableSoftwareTokenMFAException", "NotAuthorizedException")
	for _, operation := range signInOperations[2:] {
		covers(t, operation, "InvalidParameterException", "NotAuthorizedException")
	}
	inFrozenTime(t, func(t *testing.T, e *env, c *clock) {
		for _, admin := range []bool{false, true} {
			f := newMFA(t, e, "ON", "totp")
			f.user(t, "ann")
			step := f.led(t, admin, "ann", "MFA_SETUP")
			if diff := cmp.Diff(map[string]string{"MFAS_CAN_SETUP": `["SOFTWARE_TOKEN_MFA"]`, "USER_ID_FOR_SRP": "ann"}, step.parameters); diff != "" {
				t.Errorf("parameters (-want +got):\n%s", diff)
			}
			unproved := func(session *string) {
				t.Helper()
				_, err := f.answer(t, admin, mfaStep{name: "MFA_SETUP", session: session}, "ann")
				wantFault(t, err, "InvalidParameterException", "A second factor has to be set up first: AssociateSoftwareToken and VerifySoftwareToken, or EMAIL.")
			}
			unproved(step.session)
			_, err := f.proveIn(t, step.session, "123456")
			wantFault(t, err, "NotAuthorizedException", badStep)
			first, _, err := f.associateIn(t, step.session)
			noError(t, err)
			secret, second, err := f.associateIn(t, step.session)
			noError(t, err)
			unproved(second)
			_, err = f.proveIn(t, second, totp(t, first, c.now()))
			wantFault(t, err, "EnableSoftwareTokenMFAException", "Code mismatch")
			if user := f.shown(t, "ann"); user.UserMFASettingList != nil {
				t.Errorf("before the proof: %v", user.UserMFASettingList)
			}
			code := totp(t, secret, c.now())
			third, err := f.proveIn(t, second, code)
			noError(t, err)
			if user := f.shown(t, "ann"); !cmp.Equal(user.UserMFASettingList, []string{"SOFTWARE_TOKEN_MFA"}) || user.PreferredMfaSetting != nil {
				t.Errorf("after the proof: %v, %v", user.UserMFASettingList, user.PreferredMfaSetting)
			}
			_, err = f.proveIn(t, second, code)
			wantFault(t, err, "NotAuthorizedException", usedStep)
			for _, spent := range []*string{step.session, second} {
				_, _, err = f.associateIn(t, spent)
				wantFault(t, err, "NotAuthorizedException", usedStep)
			}
			_, _, err = f.associateIn(t, third)
			wantFault(t, err, "NotAuthorizedException", badStep)
			// Whoever leaves here is asked for the code next time; the one that was used
			// is used.
			next := f.led(t, admin, "ann", "SOFTWARE_TOKEN_MFA")
			_, err = f.repeat(t, admin, next, "ann", code)
			wantFault(t, err, "ExpiredCodeException", usedTokenCode)
			last := mfaStep{name: "MFA_SETUP", session: third}
			did(f.answer(t, admin, last, "ann", "SOFTWARE_TOKEN_MFA_CODE", code))(t).want(t, "")
			_, err = f.answer(t, admin, last, "ann")
			wantFault(t, err, "NotAuthorizedException", usedStep)
		}
	})
}

// MFA_SETUP by e-mail: the code that goes to the address makes it the user's, verified,
// and a second factor.
func TestSetUpByEmail(t *testing.T) {
	for _, operation := range signInOperations[2:] {
		covers(t, operation, "InvalidParameterException", "CodeMismatchException")
	}
	onEachEngine(t, func(t *testing.T, e *env) {
		for _, admin := range []bool{false, true} {
			for _, member := range []string{"EMAIL", "email"} {
				f := newMFA(t, e, "ON", "email totp", recoversBy("admin_only"))
				f.user(t, "ann")
				mail := address("fixture")
				step := f.led(t, admin, "ann", "MFA_SETUP")
				_, err := f.answer(t, admin, step, "ann", member, "not an address")
				wantFault(t, err, "InvalidParameterException", "Invalid email address format.")
				asked := did(f.answer(t, admin, step, "ann", member, mail))(t).want(t, "EMAIL_OTP")
				if p := asked.parameters; p["CODE_DELIVERY_DESTINATION"] != "f***@e***" || p["CODE_DELIVERY_DELIVERY_MEDIUM"] != "EMAIL" {
					t.Errorf("parameters %v", p)
				}
				code := f.code(t, mail)
				_, err = f.repeat(t, admin, asked, "ann", wrongCode(code))
				wantFault(t, err, "CodeMismatchException", wrongFactorCode)
				if got := f.attributes(t, "ann"); got["email"] != "" || f.shown(t, "ann").UserMFASettingList != nil {
					t.Errorf("before the proof: %v", got)
				}
				_, err = f.answer(t, admin, step, "ann", member, mail)
				wantFault(t, err, "NotAuthorizedException", usedStep)
				did(f.repeat(t, admin, asked, "ann", code))(t).want(t, "")
				if got := f.attributes(t, "ann"); got["email"] != mail || got["email_verified"] != "true" || !cmp.Equal(f.shown(t, "ann").UserMFASettingList, []string{"EMAIL_OTP"}) {
					t.Errorf("after the proof: %v, %v", got, f.shown(t, "ann").UserMFASettingList)
				}
				did(f.repeat(t, admin, f.led(t, admin, "ann", "EMAIL_OTP"), "ann", f.code(t, mail)))(t).want(t, "")
			}
		}
	})
}

// MFA_SETUP offers what it offers: no address where e-mail is no choice, no token where
// the pool takes none.
func TestSetUpOfWhatIsNoChoice(t *testing.T) {
	refuses(t, "AssociateSoftwareToken", "SoftwareTokenMFANotFoundException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newMFA(t, e, "ON", "totp")
		f.user(t, "ann")
		_, err := f.answer(t, false, f.led(t, false, "ann", "MFA_SETUP"), "ann", "EMAIL", address("ann"))
		wantFault(t, err, "InvalidParameterException", "A second factor has to be set up first: AssociateSoftwareToken and VerifySoftwareToken, or EMAIL.")
		g := newMFA(t, e, "ON", "email", recoversBy("admin_only"))
		g.user(t, "ann")
		_, _, err = g.associateIn(t, g.led(t, false, "ann", "MFA_SETUP").session)
		wantFault(t, err, "SoftwareTokenMFANotFoundException", tokensAreOff)
		// An address that names somebody else stays theirs, and signs in this once.
		h := newMFA(t, e, "ON", "email", recoversBy("admin_only"), emailAlias)
		mail := address("bob")
		h.user(t, "bob", "email="+mail, "email_verified=true")
		h.user(t, "ann")
		step := did(h.answer(t, false, h.led(t, false, "ann", "MFA_SETUP"), "ann", "EMAIL", mail))(t).want(t, "EMAIL_OTP")
		did(h.repeat(t, false, step, "ann", h.code(t, mail)))(t).want(t, "")
		if h.attributes(t, mail)["sub"] != h.attributes(t, "bob")["sub"] || h.attributes(t, "ann")["email"] != "" {
			t.Error("the address has moved")
		}
		h.led(t, false, "ann", "MFA_SETUP")
	})
}

// Who knows the password and has begun to set a factor up cannot go on once the user has
// one: neither with a token nor with an address of their own.
func TestSetUpEndsWithAFactor(t *testing.T) {
	refuses(t, "AssociateSoftwareToken", "NotAuthorizedException")
	refuses(t, "VerifySoftwareToken", "NotAuthorizedException")
	refuses(t, "RespondToAuthChallenge", "NotAuthorizedException")
	inFrozenTime(t, func(t *testing.T, e *env, c *clock) {
		for what, gains := range map[string]func(f *fixture, step mfaStep){
			"a token": func(f *fixture, step mfaStep) {
				secret, session, err := f.associateIn(t, step.session)
				noError(t, err)
				_, err = f.proveIn(t, session, totp(t, secret, c.now()))
				noError(t, err)
			},
			"a phone number": func(f *fixture, _ mfaStep) { noError(t, f.adminUpdate(t, "ann", "phone_number="+number())) },
		} {
			f := newMFA(t, e, "ON", "sms email totp", recoversBy("admin_only"))
			f.user(t, "ann")
			waiting, own := f.led(t, false, "ann", "MFA_SETUP"), address("eve")
			var err error
			for range 3 { // asking for secrets keeps a session going
				c.advance(100 * time.Second)
				_, waiting.session, err = f.associateIn(t, waiting.session)
				noError(t, err)
			}
			asked := did(f.answer(t, false, f.led(t, false, "ann", "MFA_SETUP"), "ann", "EMAIL", own))(t)
			code := f.code(t, own)
			secret, begun, err := f.associateIn(t, f.led(t, false, "ann", "MFA_SETUP").session)
			noError(t, err)
			gains(f, f.led(t, false, "ann", "MFA_SETUP"))
			for way, try := range map[string]func() error{
				"an address":       func() error { _, err := f.answer(t, false, waiting, "ann", "EMAIL", own); return err },
				"a code":           func() error { _, err := f.repeat(t, false, asked, "ann", code); return err },
				"another secret":   func() error { _, _, err := f.associateIn(t, waiting.session); return err },
				"a proof of token": func() error { _, err := f.proveIn(t, begun, totp(t, secret, c.now())); return err },
			} {
				wantFaultNamed(t, what+", then "+way, try(), "NotAuthorizedException", badStep)
			}
			if got := f.attributes(t, "ann"); got["email"] != "" || f.messages(t, own) != 1 {
				t.Errorf("%s: attributes %v, %d messages", what, got, f.messages(t, own))
			}
		}
	})
}
