package conformance

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

// Codes are guessed, reused, taken elsewhere and late, to no avail; and only so many are
// sent.
func TestCodesThatDoNotSignIn(t *testing.T) {
	refuses(t, "InitiateAuth", "TooManyRequestsException")
	refuses(t, "RespondToAuthChallenge", "CodeMismatchException", "NotAuthorizedException", "TooManyRequestsException")
	inFrozenTime(t, func(t *testing.T, e *env, c *clock) {
		f := newChooser(t, e, byCodes)
		f.user(t, "ann", "email=ann@guess.example")
		f.user(t, "bob", "email=bob@guess.example")
		ask := func(name string) *string {
			t.Helper()
			return did(f.beginChoice(t, name, "PREFERRED_CHALLENGE", "EMAIL_OTP"))(t).Session
		}
		session := ask("ann")
		code := e.code(t, "ann@guess.example")
		refused := func(what, name, code, message string) {
			t.Helper()
			_, err := f.repeatFirst(t, "EMAIL_OTP", session, name, code)
			wantFaultNamed(t, what, err, "NotAuthorizedException", message)
		}
		refused("another user", "bob", code, badSession)
		refused("a name that nobody has", "nobody", code, badSession)
		own := f.client
		f.client = f.choosing(t, nil)
		refused("another client", "ann", code, badSession)
		f.client = own
		g := newChooser(t, e, byCodes)
		g.user(t, "ann", "email=ann@guess.example")
		_, err := g.repeatFirst(t, "EMAIL_OTP", session, "ann", code)
		wantFault(t, err, "NotAuthorizedException", badSession)
		for range 5 {
			_, err := f.repeatFirst(t, "EMAIL_OTP", session, "ann", otherCode(code))
			wantFault(t, err, "CodeMismatchException", wrongSignInCode)
		}
		refused("the right code while locked", "ann", code, "Password attempts exceeded")
		_, err = f.trySignIn(t, "ann", password)
		wantFault(t, err, "NotAuthorizedException", "Password attempts exceeded")
		c.advance(2 * time.Minute)
		// Guesses in other sessions count for the same user.
		another := ask("ann")
		_, err = f.repeatFirst(t, "EMAIL_OTP", another, "ann", otherCode(e.code(t, "ann@guess.example")))
		wantFault(t, err, "CodeMismatchException", wrongSignInCode)
		refused("the right code while locked again", "ann", code, "Password attempts exceeded")
		c.advance(time.Minute - time.Second)
		tokens, err := f.repeatFirst(t, "EMAIL_OTP", session, "ann", code)
		f.wantTokens(t, "in the last second", tokens, err)
		f.signIn(t, "ann") // all is forgotten
		session = ask("ann")
		c.advance(3 * time.Minute)
		refused("late", "ann", e.code(t, "ann@guess.example"), oldSession)
		session = ask("ann")
		noError(t, f.adminUpdate(t, "ann", "email=new@guess.example"))
		did(f.AdminSetUserPassword(t.Context(), &cip.AdminSetUserPasswordInput{UserPoolId: &f.pool, Username: aws.String("ann"), Password: aws.String(password), Permanent: true}))(t)
		refused("after a new password", "ann", e.code(t, "ann@guess.example"), badSession)
		session = ask("bob")
		f.beginWith(t, "PASSWORD")
		refused("codes are turned off", "bob", e.code(t, "bob@guess.example"), badSession)
		f.beginWith(t, "PASSWORD", "EMAIL_OTP")
		for range 29 {
			ask("bob")
		}
		_, err = f.beginChoice(t, "bob", "PREFERRED_CHALLENGE", "EMAIL_OTP")
		wantFault(t, err, "TooManyRequestsException", "Attempt limit exceeded, please try after some time.")
		choice := did(f.beginChoice(t, "bob"))(t).Session
		_, err = f.respondTo(t, "SELECT_CHALLENGE", choice, "bob", "ANSWER", "EMAIL_OTP")
		wantFault(t, err, "TooManyRequestsException", "Attempt limit exceeded, please try after some time.")
		if n := e.messages(t, "bob@guess.example"); n != 30 {
			t.Errorf("%d codes", n)
		}
		f.signIn(t, "bob") // other ways stay
		c.advance(time.Hour)
		ask("bob")
	})
}

// A code that is answered many times at once signs in once.
func TestCodeInParallel(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newChooser(t, e, byCodes)
		f.user(t, "ann", "email=ann@parallel.example")
		session := did(f.beginChoice(t, "ann", "PREFERRED_CHALLENGE", "EMAIL_OTP"))(t).Session
		code := e.code(t, "ann@parallel.example")
		wantTally(t, race(16, func(int) error {
			_, err := f.repeatFirst(t, "EMAIL_OTP", session, "ann", code)
			return err
		}), map[string]int{"": 1, "NotAuthorizedException: " + usedSession: 15})
	})
}
