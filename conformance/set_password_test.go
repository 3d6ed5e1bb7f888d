package conformance

import (
	"testing"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

func (f *fixture) setPassword(t *testing.T, name, password string, permanent bool) (*cip.AdminSetUserPasswordOutput, error) {
	t.Helper()
	return f.AdminSetUserPassword(t.Context(), &cip.AdminSetUserPasswordInput{UserPoolId: &f.pool, Username: &name, Password: &password, Permanent: permanent})
}

// AdminSetUserPassword, for good and for the next sign-in only, from every
// state of an account.
func TestAdminSetUserPassword(t *testing.T) {
	covers(t, "AdminSetUserPassword", "InvalidPasswordException", "InvalidParameterException", "UserNotFoundException", "ResourceNotFoundException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, byEmail)
		address := unique("ann") + "@example.com"
		did(f.signUp(t, "ann", "email="+address))(t)
		f.newTokensAfter(t, "ann", "Second1!")
		if got := f.attributes(t, "ann")["email_verified"]; got != "false" {
			t.Errorf("email_verified %s after a password was set", got)
		}
		wantFault(t, f.confirm(t, "ann", e.code(t, address)), "NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED")
		tokens := f.signInWith(t, "ann", "Second1!")
		did(f.setPassword(t, "ann", "Third333!", false))(t)
		if got := f.status(t, "ann"); got != "FORCE_CHANGE_PASSWORD" {
			t.Errorf("status %s", got)
		}
		f.own(t, tokens.AccessToken)
		if out := did(f.trySignIn(t, "ann", "Third333!"))(t); out.ChallengeName != "NEW_PASSWORD_REQUIRED" {
			t.Errorf("signing in leads to %q", out.ChallengeName)
		}
		f.newTokensAfter(t, "ann", "correct Horse battery 7!")
		if n := e.messages(t, address); n != 1 {
			t.Errorf("%d messages, of which one is of SignUp", n)
		}
		const policy = "InvalidPasswordException: Password does not conform to policy: "
		for password, want := range map[string]string{
			"Aa1!":      policy + "Password not long enough",
			"passw0rd!": policy + "Password must have uppercase characters",
			"PASSW0RD!": policy + "Password must have lowercase characters",
			"Password!": policy + "Password must have numeric characters",
			"Passw0rds": policy + "Password must have symbol characters",
			"x":         invalid + `1 validation error detected: Value at 'password' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[\S]+.*[\S]+$`,
			" Passw0rd": invalid + `1 validation error detected: Value at 'password' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[\S]+.*[\S]+$`,
		} {
			e.wantCall(t, "AdminSetUserPassword", `{"UserPoolId":"`+f.pool+`","Username":"ann","Password":`+quote(password)+`}`, want)
		}
		f.signInWith(t, "ann", "correct Horse battery 7!")
		if answer := e.wantCall(t, "AdminSetUserPassword", `{"UserPoolId":"`+f.pool+`","Username":"ann","Password":"`+password+`","Permanent":true}`, ""); answer == nil || len(answer) != 0 {
			t.Errorf("AdminSetUserPassword answers %v, want {}", answer)
		}
		e.wantCall(t, "AdminSetUserPassword", `{"UserPoolId":"`+f.pool+`","Username":"nobody","Password":"`+password+`"}`, "UserNotFoundException: User does not exist.")
		e.wantCall(t, "AdminSetUserPassword", `{"UserPoolId":"us-east-1_000000000","Username":"ann","Password":"`+password+`"}`, "ResourceNotFoundException: User pool us-east-1_000000000 does not exist.")
	})
}

// newTokensAfter sets a permanent password and signs in with it.
func (f *fixture) newTokensAfter(t *testing.T, name, password string) {
	t.Helper()
	did(f.setPassword(t, name, password, true))(t)
	if got := f.status(t, name); got != "CONFIRMED" {
		t.Errorf("status %s after a permanent password", got)
	}
	f.signInWith(t, name, password)
}
