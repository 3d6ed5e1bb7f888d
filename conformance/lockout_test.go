package conformance

import (
	"testing"
	"time"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

const (
	wrongPassword = "Incorrect username or password."
	lockedOut     = "Password attempts exceeded"
)

// tries signs in and wants a refusal.
func (f *fixture) tries(t *testing.T, name, password, message string) {
	t.Helper()
	_, err := f.trySignIn(t, name, password)
	wantFault(t, err, "NotAuthorizedException", message)
}

// InitiateAuth: the fifth wrong password locks the account for a second, every
// further one for twice as long, up to a quarter of an hour.
func TestLockout(t *testing.T) {
	refuses(t, "InitiateAuth", "NotAuthorizedException")
	refuses(t, "AdminInitiateAuth", "NotAuthorizedException")
	inFrozenTime(t, func(t *testing.T, e *env, c *clock) {
		f := newFixture(t, e, nil)
		f.user(t, "ann")
		for range 5 {
			f.tries(t, "ann", "wrong", wrongPassword)
		}
		for _, lock := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900} {
			f.tries(t, "ann", password, lockedOut)
			_, err := f.initiate(t, true, "ADMIN_USER_PASSWORD_AUTH", map[string]string{"USERNAME": "ann", "PASSWORD": password})
			wantFault(t, err, "NotAuthorizedException", lockedOut)
			c.advance(lock*time.Second - time.Second)
			f.tries(t, "ann", password, lockedOut)
			c.advance(time.Second)
			f.tries(t, "ann", "wrong", wrongPassword)
		}
		// Fifteen minutes' lock are over, and fifteen more without an attempt.
		c.advance(30 * time.Minute)
		f.tries(t, "ann", "wrong", wrongPassword)
		f.signIn(t, "ann")
	})
}

// InitiateAuth and AdminInitiateAuth count together; a right password, and one
// that an administrator sets, forget.
func TestLockoutIsForgotten(t *testing.T) {
	refuses(t, "AdminInitiateAuth", "NotAuthorizedException")
	inFrozenTime(t, func(t *testing.T, e *env, c *clock) {
		f := newFixture(t, e, nil)
		f.user(t, "ann")
		f.user(t, "bob")
		wrong := func(n int) {
			t.Helper()
			for i := range n {
				if i%2 == 0 {
					f.tries(t, "ann", "wrong", wrongPassword)
					continue
				}
				_, err := f.initiate(t, true, "ADMIN_USER_PASSWORD_AUTH", map[string]string{"USERNAME": "ann", "PASSWORD": "wrong"})
				wantFault(t, err, "NotAuthorizedException", wrongPassword)
			}
		}
		wrong(4)
		f.signIn(t, "ann")
		wrong(5)
		f.tries(t, "ann", password, lockedOut)
		f.signIn(t, "bob")
		c.advance(time.Second)
		f.signIn(t, "ann")
		wrong(5)
		did(f.setPassword(t, "ann", password, true))(t)
		f.signIn(t, "ann")
		// Without a lock nothing is forgotten by waiting.
		wrong(4)
		c.advance(time.Hour)
		wrong(1)
		f.tries(t, "ann", password, lockedOut)
	})
}

// InitiateAuth of a client that hides users locks the unknown as it does the known.
func TestLockoutOfUnknownUsers(t *testing.T) {
	refuses(t, "InitiateAuth", "NotAuthorizedException")
	inFrozenTime(t, func(t *testing.T, e *env, c *clock) {
		f := newFixture(t, e, nil)
		f.client = f.newClient(t, func(in *cip.CreateUserPoolClientInput) { in.PreventUserExistenceErrors = "ENABLED" })
		f.user(t, "ann")
		for _, name := range []string{"ann", "nobody"} {
			for range 5 {
				f.tries(t, name, "wrong", wrongPassword)
			}
			f.tries(t, name, "wrong", lockedOut)
		}
		c.advance(time.Second)
		for _, name := range []string{"ann", "nobody"} {
			f.tries(t, name, "wrong", wrongPassword)
			f.tries(t, name, "wrong", lockedOut)
		}
	})
}
