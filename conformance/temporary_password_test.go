package conformance

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// Temporary passwords run out; RESEND and AdminSetUserPassword renew them.
func TestTemporaryPasswordRunsOut(t *testing.T) {
	covers(t, "AdminCreateUser")
	refuses(t, "InitiateAuth", "NotAuthorizedException")
	const expired = "Temporary password has expired and must be reset by an administrator."
	inFrozenTime(t, func(t *testing.T, e *env, c *clock) {
		f := newFixture(t, e, func(in *cip.CreateUserPoolInput) {
			in.Policies = &types.UserPoolPolicyType{PasswordPolicy: &types.PasswordPolicyType{MinimumLength: aws.Int32(8), TemporaryPasswordValidityDays: 2}}
		})
		challenged := func(password string) {
			t.Helper()
			if out := did(f.trySignIn(t, "ann", password))(t); out.ChallengeName != "NEW_PASSWORD_REQUIRED" {
				t.Errorf("signing in leads to %q", out.ChallengeName)
			}
		}
		did(f.invite(t, "ann", byMail, "email=ann@example.com", "name=Ann"))(t)
		first := e.code(t, "ann@example.com")
		c.advance(48*time.Hour - time.Second)
		challenged(first)
		c.advance(time.Second)
		_, err := f.trySignIn(t, "ann", first)
		wantFault(t, err, "NotAuthorizedException", expired)
		_, err = f.trySignIn(t, "ann", "wrong")
		wantFault(t, err, "NotAuthorizedException", "Incorrect username or password.")

		did(f.invite(t, "ann", again, "name=Eve"))(t)
		if got := f.attributes(t, "ann")["name"]; got != "Ann" {
			t.Errorf("RESEND changed the name to %s", got)
		}
		second := e.code(t, "ann@example.com")
		_, err = f.trySignIn(t, "ann", first)
		wantFault(t, err, "NotAuthorizedException", "Incorrect username or password.")
		challenged(second)
		did(f.invite(t, "ann", func(in *cip.AdminCreateUserInput) { again(in); in.TemporaryPassword = aws.String("Chosen1!") }))(t)
		if got := e.code(t, "ann@example.com"); got != "Chosen1!" {
			t.Errorf("RESEND with a password of the administrator's sent %q", got)
		}
		challenged("Chosen1!")
		c.advance(48 * time.Hour)
		_, err = f.trySignIn(t, "ann", "Chosen1!")
		wantFault(t, err, "NotAuthorizedException", expired)
		did(f.setPassword(t, "ann", "Chosen2!", false))(t)
		challenged("Chosen2!")
	})
}
