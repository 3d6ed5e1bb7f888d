package conformance

import (
	"regexp"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

// ConfirmSignUp with right, wrong, void and late codes.
func TestConfirmSignUp(t *testing.T) {
	covers(t, "ConfirmSignUp", "CodeMismatchException", "ExpiredCodeException", "NotAuthorizedException", "LimitExceededException", "UserNotFoundException", "ResourceNotFoundException", "InvalidParameterException")
	const (
		mismatch = "Invalid verification code provided, please try again."
		expired  = "Invalid code provided, please request a code again."
	)
	inFrozenTime(t, func(t *testing.T, e *env, c *clock) {
		f := newFixture(t, e, byEmail)
		sign := func(name string) string {
			t.Helper()
			did(f.signUp(t, name, "email="+name+"@example.com"))(t)
			return e.code(t, name+"@example.com")
		}
		code := sign("ann")
		if !regexp.MustCompile(`^[0-9]{6}$`).MatchString(code) {
			t.Errorf("the code is %q", code)
		}
		wantFault(t, f.confirm(t, "ann", wrongCode(code)), "CodeMismatchException", mismatch)
		if got := f.status(t, "ann"); got != "UNCONFIRMED" {
			t.Errorf("status %s after a wrong code", got)
		}
		e.wantCall(t, "ConfirmSignUp", `{"ClientId":"`+f.client+`","Username":"ann","ConfirmationCode":"`+code+`"}`, "")
		if got, want := f.attributes(t, "ann")["email_verified"], "true"; got != want || f.status(t, "ann") != "CONFIRMED" {
			t.Errorf("email_verified %s, status %s", got, f.status(t, "ann"))
		}
		wantFault(t, f.confirm(t, "ann", code), "NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED")
		wantFault(t, f.confirm(t, "nobody", code), "UserNotFoundException", "Username/client id combination not found.")

		code = sign("bob")
		c.advance(24*time.Hour - time.Second)
		wantFault(t, f.confirm(t, "bob", wrongCode(code)), "CodeMismatchException", mismatch)
		c.advance(time.Second)
		wantFault(t, f.confirm(t, "bob", code), "ExpiredCodeException", expired)
		did(f.resend(t, "bob"))(t)
		if newer := e.code(t, "bob@example.com"); newer != code {
			wantFault(t, f.confirm(t, "bob", code), "CodeMismatchException", mismatch)
		}
		if err := f.confirm(t, "bob", e.code(t, "bob@example.com")); err != nil {
			t.Error(err)
		}

		code = sign("cyd")
		for range 15 {
			wantFault(t, f.confirm(t, "cyd", wrongCode(code)), "CodeMismatchException", mismatch)
		}
		wantFault(t, f.confirm(t, "cyd", code), "LimitExceededException", "Attempt limit exceeded, please try after some time.")
		c.advance(time.Hour)
		if err := f.confirm(t, "cyd", code); err != nil {
			t.Error(err)
		}

		did(f.signUp(t, "dan"))(t)
		wantFault(t, f.confirm(t, "dan", "123456"), "ExpiredCodeException", expired)
		did(f.AdminDisableUser(t.Context(), &cip.AdminDisableUserInput{UserPoolId: &f.pool, Username: aws.String("dan")}))(t)
		wantFault(t, f.confirm(t, "dan", "123456"), "NotAuthorizedException", "User is disabled.")
		did(f.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{UserPoolId: &f.pool, Username: aws.String("eve")}))(t)
		wantFault(t, f.confirm(t, "eve", "123456"), "NotAuthorizedException", "User cannot be confirmed. Current status is FORCE_CHANGE_PASSWORD")
		e.wantCall(t, "ConfirmSignUp", `{"ClientId":"`+f.client+`","Username":"ann","ConfirmationCode":" "}`, invalid+`1 validation error detected: Value ' ' at 'confirmationCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [\S]+`)
		f.client = "unknown"
		wantFault(t, f.confirm(t, "ann", code), "ResourceNotFoundException", "User pool client unknown does not exist.")
	})
}
