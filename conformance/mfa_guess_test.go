package conformance

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

// Wrong codes of a second factor count with wrong passwords. A right password alone does
// not make them forgotten, so that nobody who knows it can guess codes without end; the
// whole sign-in does.
func TestSecondFactorIsNotGuessed(t *testing.T) {
	refuses(t, "RespondToAuthChallenge", "NotAuthorizedException", "CodeMismatchException")
	refuses(t, "AdminRespondToAuthChallenge", "NotAuthorizedException", "CodeMismatchException")
	refuses(t, "InitiateAuth", "NotAuthorizedException")
	refuses(t, "AdminInitiateAuth", "NotAuthorizedException")
	inFrozenTime(t, func(t *testing.T, e *env, c *clock) {
		for _, admin := range []bool{false, true} {
			for factor, challenge := range map[string]string{"sms": "SMS_MFA", "email": "EMAIL_OTP", "totp": "SOFTWARE_TOKEN_MFA"} {
				f := newMFA(t, e, "OPTIONAL", "sms email totp")
				to := map[string]string{"sms": number(), "email": address("ann")}
				f.user(t, "ann", "phone_number="+to["sms"], "email="+to["email"])
				secret := f.enrol(t, f.signIn(t, "ann").AccessToken, c)
				f.prefer(t, "ann", factor+"*")
				wrong, right := func() string { return wrongCode(f.code(t, to[factor])) }, func() string { return f.code(t, to[factor]) }
				mismatch := wrongFactorCode
				if factor == "totp" {
					wrong = func() string { return totp(t, secret, c.now().Add(time.Hour)) }
					right = func() string { return totp(t, secret, c.now()) }
					mismatch = wrongTokenCode
				}
				guess := func(step mfaStep) {
					t.Helper()
					_, err := f.repeat(t, admin, step, "ann", wrong())
					wantFault(t, err, "CodeMismatchException", mismatch)
				}
				locked := func(step mfaStep) {
					t.Helper()
					_, err := f.repeat(t, admin, step, "ann", right())
					wantFault(t, err, "NotAuthorizedException", lockedOut)
					_, err = f.begin(t, admin, "ann", password)
					wantFault(t, err, "NotAuthorizedException", lockedOut)
				}
				f.tries(t, "ann", "wrong", wrongPassword)
				f.tries(t, "ann", "wrong", wrongPassword)
				guess(f.led(t, admin, "ann", challenge))
				guess(f.led(t, admin, "ann", challenge))
				step := f.led(t, admin, "ann", challenge)
				guess(step)
				locked(step)
				// Each further wrong code locks for longer, with a right password between.
				for _, lock := range []time.Duration{1, 2, 4} {
					c.advance(lock * time.Second)
					step = f.led(t, admin, "ann", challenge)
					guess(step)
					locked(step)
				}
				c.advance(8 * time.Second)
				did(f.repeat(t, admin, step, "ann", right()))(t).want(t, "")
				for range 4 {
					f.tries(t, "ann", "wrong", wrongPassword)
				}
				f.led(t, admin, "ann", challenge)
				f.tries(t, "ann", "wrong", wrongPassword)
				f.tries(t, "ann", password, lockedOut)
				c.advance(time.Minute)
			}
		}
	})
}

// Of many answers with one right code at the same time one is good: in one session, and
// in several with the code of a software token.
func TestSecondFactorIsTakenOnce(t *testing.T) {
	guessing(t, func(t *testing.T, nodes []*env) {
		e := nodes[0]
		f := newMFA(t, e, "OPTIONAL", "sms")
		phone := number()
		f.user(t, "ann", "phone_number="+phone)
		f.prefer(t, "ann", "sms*")
		step := f.led(t, false, "ann", "SMS_MFA")
		code := f.code(t, phone)
		answers := func(node int, s mfaStep, code string) error {
			_, err := nodes[node%len(nodes)].RespondToAuthChallenge(t.Context(), &cip.RespondToAuthChallengeInput{
				ClientId: &f.client, ChallengeName: "SMS_MFA", Session: s.session, ChallengeResponses: map[string]string{"USERNAME": "ann", "SMS_MFA_CODE": code},
			})
			return err
		}
		wantTally(t, race(crowd, func(i int) error { return answers(i, step, code) }), map[string]int{"": 1, "NotAuthorizedException: " + usedStep: crowd - 1})
		// Guesses at the same time are counted before they are judged. An answer that
		// another was faster than can have been counted too.
		step = f.led(t, false, "ann", "SMS_MFA")
		code = wrongCode(f.code(t, phone))
		counts := tally(race(crowd, func(i int) error { return answers(i, step, code) }))
		judged, refused := counts["CodeMismatchException: "+wrongFactorCode], counts["NotAuthorizedException: "+lockedOut]
		if judged == 0 || judged > 5 || judged+refused != crowd {
			t.Errorf("answers %v, want at most 5 judged and the rest refused", counts)
		}
	})
}

// The code of a software token is good in one of several sign-ins at the same time.
func TestSoftwareTokenIsTakenOnce(t *testing.T) {
	inFrozenTime(t, func(t *testing.T, e *env, c *clock) {
		f := newMFA(t, e, "OPTIONAL", "totp")
		f.user(t, "ann")
		secret := f.enrol(t, f.signIn(t, "ann").AccessToken, c)
		f.prefer(t, "ann", "totp*")
		steps := make([]mfaStep, 4)
		for i := range steps {
			steps[i] = f.led(t, false, "ann", "SOFTWARE_TOKEN_MFA")
		}
		code := totp(t, secret, c.now())
		wantTally(t, race(len(steps), func(i int) error {
			_, err := f.RespondToAuthChallenge(t.Context(), &cip.RespondToAuthChallengeInput{
				ClientId: &f.client, ChallengeName: "SOFTWARE_TOKEN_MFA", Session: steps[i].session,
				ChallengeResponses: map[string]string{"USERNAME": "ann", "SOFTWARE_TOKEN_MFA_CODE": code},
			})
			return err
		}), map[string]int{"": 1, "ExpiredCodeException: " + usedTokenCode: len(steps) - 1})
	})
}

// Sessions of second factors are good for their own user, client, pool and challenge, for
// three minutes, and no longer than the password and the user's sign-ins.
func TestSessionsOfSecondFactors(t *testing.T) {
	refuses(t, "RespondToAuthChallenge", "NotAuthorizedException", "InvalidParameterException")
	refuses(t, "AdminRespondToAuthChallenge", "NotAuthorizedException", "InvalidParameterException")
	inFrozenTime(t, func(t *testing.T, e *env, c *clock) {
		for _, admin := range []bool{false, true} {
			f, g := newMFA(t, e, "OPTIONAL", "sms email"), newMFA(t, e, "OPTIONAL", "sms email")
			phone := number()
			for _, name := range []string{"ann", "bob"} {
				for _, x := range []*fixture{f, g} {
					x.user(t, name, "phone_number="+phone)
					x.prefer(t, name, "sms*")
				}
			}
			sibling := *f
			sibling.client = f.newClient(t, nil)
			foreign, other := g.led(t, admin, "ann", "SMS_MFA"), f.led(t, admin, "bob", "SMS_MFA")
			first := f.led(t, admin, "ann", "SMS_MFA")
			firstCode := f.code(t, phone)
			step := f.led(t, admin, "ann", "SMS_MFA")
			code := f.code(t, phone)
			refused := func(what string, f *fixture, s mfaStep, name, message string) {
				t.Helper()
				_, err := f.answer(t, admin, s, name, "SMS_MFA_CODE", code, "EMAIL_OTP_CODE", code, "ANSWER", "SMS_MFA")
				wantFaultNamed(t, what, err, "NotAuthorizedException", message)
			}
			refused("another user's", f, other, "ann", badStep)
			refused("another pool's", f, foreign, "ann", badStep)
			refused("another client's", &sibling, step, "ann", badStep)
			refused("for another user", f, step, "bob", badStep)
			refused("for nobody", f, step, "nobody", badStep)
			refused("made up", f, mfaStep{name: "SMS_MFA", session: aws.String("AYABeRandomRandomRandomRandom")}, "ann", badStep)
			for _, challenge := range []string{"EMAIL_OTP", "SELECT_MFA_TYPE", "MFA_SETUP"} {
				refused("as "+challenge, f, mfaStep{name: challenge, session: step.session}, "ann", badStep)
			}
			_, err := f.answer(t, admin, mfaStep{name: "SMS_MFA"}, "ann", "SMS_MFA_CODE", code)
			wantFault(t, err, "InvalidParameterException", "Missing required parameter Session")
			// Two sign-ins at the same time have a code each.
			if firstCode != code {
				_, err := f.repeat(t, admin, first, "ann", code)
				wantFault(t, err, "CodeMismatchException", wrongFactorCode)
			}
			did(f.repeat(t, admin, first, "ann", firstCode))(t).want(t, "")
			c.advance(3*time.Minute - time.Second)
			did(f.repeat(t, admin, step, "ann", code))(t).want(t, "")
			step = f.led(t, admin, "ann", "SMS_MFA")
			code = f.code(t, phone)
			c.advance(3 * time.Minute)
			refused("too late", f, step, "ann", expiredStep)
			for what, end := range map[string]func(){
				"another password": func() { did(f.setPassword(t, "ann", password, true))(t) },
				"a sign-out": func() {
					noError(t, userCalls["AdminUserGlobalSignOut"](t.Context(), e.Client, &f.pool, aws.String("ann")))
				},
				"deleted": func() {
					noError(t, userCalls["AdminDeleteUser"](t.Context(), e.Client, &f.pool, aws.String("ann")))
					f.user(t, "ann", "phone_number="+phone)
					f.prefer(t, "ann", "sms*")
				},
			} {
				step = f.led(t, admin, "ann", "SMS_MFA")
				code = f.code(t, phone)
				c.advance(time.Second)
				end()
				refused(what, f, step, "ann", badStep)
			}
			step = f.led(t, admin, "ann", "SMS_MFA")
			code = f.code(t, phone)
			noError(t, userCalls["AdminDisableUser"](t.Context(), e.Client, &f.pool, aws.String("ann")))
			refused("disabled", f, step, "ann", "User is disabled.")
		}
	})
}
