package conformance

import (
	"encoding/base32"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

const (
	tokensAreOff = "Software Token MFA has not been enabled by the userPool"
	eitherOr     = "Either AccessToken or Session has to be given, and not both."
	noneWaiting  = "No software token waits to be verified: call AssociateSoftwareToken first."
)

// AssociateSoftwareToken and VerifySoftwareToken with an access token: the token counts
// from a right code on, and is asked for from the preference on.
func TestSoftwareToken(t *testing.T) {
	covers(t, "AssociateSoftwareToken")
	covers(t, "VerifySoftwareToken", "EnableSoftwareTokenMFAException")
	inFrozenTime(t, func(t *testing.T, e *env, c *clock) {
		f := newMFA(t, e, "OPTIONAL", "totp")
		f.user(t, "ann")
		token := f.signIn(t, "ann").AccessToken
		out := did(f.AssociateSoftwareToken(t.Context(), &cip.AssociateSoftwareTokenInput{AccessToken: token}))(t)
		secret := aws.ToString(out.SecretCode)
		if _, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret); err != nil || len(secret) != 52 || out.Session != nil {
			t.Errorf("the secret %q, %v, session %v", secret, err, out.Session)
		}
		for _, minutes := range []time.Duration{-1, 1} {
			wantFault(t, f.proveToken(t, token, totp(t, secret, c.now().Add(minutes*time.Minute))), "EnableSoftwareTokenMFAException", "Code mismatch")
		}
		if user := f.shown(t, "ann"); user.UserMFASettingList != nil || user.PreferredMfaSetting != nil {
			t.Errorf("before the proof: %v, %v", user.UserMFASettingList, user.PreferredMfaSetting)
		}
		code := totp(t, secret, c.now())
		answer := did(f.VerifySoftwareToken(t.Context(), &cip.VerifySoftwareTokenInput{AccessToken: token, UserCode: &code, FriendlyDeviceName: aws.String("Ann's telephone")}))(t)
		if answer.Status != "SUCCESS" || answer.Session != nil {
			t.Errorf("the answer %v, session %v", answer.Status, answer.Session)
		}
		wantFault(t, f.proveToken(t, token, code), "InvalidParameterException", noneWaiting)
		// Nothing is asked for without a preference.
		f.signIn(t, "ann")
		f.prefer(t, "ann", "totp")
		step := f.led(t, false, "ann", "SOFTWARE_TOKEN_MFA")
		if p := step.parameters; len(p) != 2 || p["USER_ID_FOR_SRP"] != "ann" || p["FRIENDLY_DEVICE_NAME"] != "Ann's telephone" {
			t.Errorf("parameters %v", p)
		}
		// The code that proved the token is used.
		_, err := f.repeat(t, false, step, "ann", code)
		wantFault(t, err, "ExpiredCodeException", usedTokenCode)
		c.advance(30 * time.Second)
		did(f.repeat(t, false, step, "ann", totp(t, secret, c.now())))(t).want(t, "")
	})
}

// Another secret takes the place of the one before when it is proved, not earlier; and
// the name goes with it.
func TestSoftwareTokenIsReplaced(t *testing.T) {
	covers(t, "AssociateSoftwareToken")
	covers(t, "VerifySoftwareToken", "EnableSoftwareTokenMFAException")
	inFrozenTime(t, func(t *testing.T, e *env, c *clock) {
		f := newMFA(t, e, "OPTIONAL", "totp")
		f.user(t, "ann")
		token := f.signIn(t, "ann").AccessToken
		first := f.enrol(t, token, c)
		f.prefer(t, "ann", "totp*")
		signsIn := func(secret string) {
			t.Helper()
			did(f.repeat(t, false, f.led(t, false, "ann", "SOFTWARE_TOKEN_MFA"), "ann", totp(t, secret, c.now())))(t).want(t, "")
			c.advance(30 * time.Second)
		}
		second, third := f.associate(t, token), f.associate(t, token)
		signsIn(first)
		for _, dead := range []string{first, second} {
			wantFault(t, f.proveToken(t, token, totp(t, dead, c.now())), "EnableSoftwareTokenMFAException", "Code mismatch")
		}
		signsIn(first)
		noError(t, f.proveToken(t, token, totp(t, third, c.now().Add(-30*time.Second))))
		_, err := f.repeat(t, false, f.led(t, false, "ann", "SOFTWARE_TOKEN_MFA"), "ann", totp(t, first, c.now()))
		wantFault(t, err, "CodeMismatchException", wrongTokenCode)
		signsIn(third)
		if user := f.shown(t, "ann"); len(user.UserMFASettingList) != 1 || aws.ToString(user.PreferredMfaSetting) != "SOFTWARE_TOKEN_MFA" {
			t.Errorf("the preference is %v, %v", user.UserMFASettingList, user.PreferredMfaSetting)
		}
	})
}

// Wrong codes of a new token count with wrong passwords, and a right one that follows
// does not make them forgotten.
func TestSoftwareTokenIsNotGuessed(t *testing.T) {
	refuses(t, "VerifySoftwareToken", "EnableSoftwareTokenMFAException", "NotAuthorizedException")
	inFrozenTime(t, func(t *testing.T, e *env, c *clock) {
		f := newMFA(t, e, "OPTIONAL", "totp")
		f.user(t, "ann")
		token := f.signIn(t, "ann").AccessToken
		secret := f.associate(t, token)
		wrong := func() {
			t.Helper()
			wantFault(t, f.proveToken(t, token, totp(t, secret, c.now().Add(time.Hour))), "EnableSoftwareTokenMFAException", "Code mismatch")
		}
		for range 4 {
			wrong()
		}
		noError(t, f.proveToken(t, token, totp(t, secret, c.now())))
		secret = f.associate(t, token)
		wrong()
		wantFault(t, f.proveToken(t, token, totp(t, secret, c.now())), "NotAuthorizedException", lockedOut)
		f.tries(t, "ann", password, lockedOut)
		c.advance(time.Second)
		noError(t, f.proveToken(t, token, totp(t, secret, c.now())))
	})
}

// AssociateSoftwareToken and VerifySoftwareToken refuse pools without software tokens,
// and requests that say neither or both of whom they are about.
func TestSoftwareTokenRefusals(t *testing.T) {
	refuses(t, "AssociateSoftwareToken", "SoftwareTokenMFANotFoundException", "InvalidParameterException", "NotAuthorizedException", "ResourceNotFoundException")
	refuses(t, "VerifySoftwareToken", "SoftwareTokenMFANotFoundException", "InvalidParameterException", "NotAuthorizedException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newMFA(t, e, "ON", "sms")
		f.user(t, "ann", "phone_number="+number())
		f.offer(t, "OFF", "")
		token := f.signIn(t, "ann").AccessToken
		f.offer(t, "ON", "sms")
		_, err := f.AssociateSoftwareToken(t.Context(), &cip.AssociateSoftwareTokenInput{AccessToken: token})
		wantFault(t, err, "SoftwareTokenMFANotFoundException", tokensAreOff)
		wantFault(t, f.proveToken(t, token, "123456"), "SoftwareTokenMFANotFoundException", tokensAreOff)
		f.offer(t, "ON", "sms totp")
		f.associate(t, token)
		f.offer(t, "ON", "sms")
		wantFault(t, f.proveToken(t, token, "123456"), "SoftwareTokenMFANotFoundException", tokensAreOff)

		session := aws.String("a session of twenty letters")
		for _, in := range []*cip.AssociateSoftwareTokenInput{{}, {AccessToken: token, Session: session}} {
			_, err := f.AssociateSoftwareToken(t.Context(), in)
			wantFault(t, err, "InvalidParameterException", eitherOr)
		}
		for _, in := range []*cip.VerifySoftwareTokenInput{{}, {AccessToken: token, Session: session}} {
			in.UserCode = aws.String("123456")
			_, err := f.VerifySoftwareToken(t.Context(), in)
			wantFault(t, err, "InvalidParameterException", eitherOr)
		}
		_, err = f.AssociateSoftwareToken(t.Context(), &cip.AssociateSoftwareTokenInput{Session: session})
		wantFault(t, err, "NotAuthorizedException", badStep)
		_, err = f.VerifySoftwareToken(t.Context(), &cip.VerifySoftwareTokenInput{Session: session, UserCode: aws.String("123456")})
		wantFault(t, err, "NotAuthorizedException", badStep)
		for _, code := range []string{"12345", "1234567", "abcdef"} {
			if fault := faultOf(f.proveToken(t, token, code)); fault == nil || fault.ErrorCode() != "InvalidParameterException" {
				t.Errorf("%q: %v", code, fault)
			}
		}
		_, err = f.DeleteUserPoolClient(t.Context(), &cip.DeleteUserPoolClientInput{UserPoolId: &f.pool, ClientId: &f.client})
		noError(t, err)
		_, err = f.AssociateSoftwareToken(t.Context(), &cip.AssociateSoftwareTokenInput{AccessToken: token})
		wantFault(t, err, "ResourceNotFoundException", "User pool client "+f.client+" does not exist.")
	})
}

// Both, after the sign-in has ended. AssociateSoftwareToken models neither that its user
// is gone nor that the password has to be reset: to it the sign-in has ended.
func TestSoftwareTokenOfEndedSignIns(t *testing.T) {
	refuses(t, "AssociateSoftwareToken", "NotAuthorizedException", "ResourceNotFoundException")
	refuses(t, "VerifySoftwareToken", "NotAuthorizedException", "ResourceNotFoundException", "UserNotFoundException", "PasswordResetRequiredException")
	onEachEngine(t, func(t *testing.T, e *env) {
		for _, end := range endings {
			f := newMFA(t, e, "OPTIONAL", "totp")
			f.user(t, "ann", "email="+address("ann"))
			tokens := f.signIn(t, "ann")
			end.end(t, f, tokens)
			code, message := end.code, strings.Replace(end.message, "%s", map[bool]string{true: f.pool, false: f.client}[end.name == "DeleteUserPool"], 1)
			wantFaultNamed(t, end.name, f.proveToken(t, tokens.AccessToken, "123456"), code, message)
			if code != "ResourceNotFoundException" {
				code, message = "NotAuthorizedException", revokedToken
			}
			_, err := f.AssociateSoftwareToken(t.Context(), &cip.AssociateSoftwareTokenInput{AccessToken: tokens.AccessToken})
			wantFaultNamed(t, end.name, err, code, message)
		}
	})
}
