package conformance

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// Wrong passwords of an imported user lock the account as those of any other.
func TestImportedPasswordIsGuessedFewTimes(t *testing.T) {
	withClock(t, func(t *testing.T, e *env, c *clock) {
		c.stop(t)
		f := newFixture(t, e, nil)
		f.post(t, c, "/_poolhouse/import-users?user_pool_id="+f.pool, `{"username":"ann","passwordHash":`+bcryptPassword+`}`)
		judged := tally(race(40, func(int) error {
			_, err := f.trySignIn(t, "ann", "Wrong-Passw0rd")
			return err
		}))
		if n := judged["NotAuthorizedException: "+wrongLogin]; n == 0 || n > 5 {
			t.Errorf("answers %v, want at most 5 judged", judged)
		}
		_, err := f.trySignIn(t, "ann", password)
		wantFault(t, err, "NotAuthorizedException", "Password attempts exceeded")
		c.advance(time.Hour)
		f.signIn(t, "ann")
	})
}

// A password that is set takes the place of the imported one, in whatever way it is
// set, and the history knows the imported one.
func TestImportedPasswordIsReplaced(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, remembers(2))
		for name, replace := range map[string]func(name string){
			"set": func(name string) { did(f.setPassword(t, name, newPassword, true))(t) },
			"reset": func(name string) {
				did(f.forgot(t, name))(t)
				noError(t, f.recover(t, name, f.code(t, f.attributes(t, name)["email"]), newPassword))
			},
			"changed": func(name string) {
				noError(t, f.changePassword(t, f.signIn(t, name).AccessToken, password, newPassword))
			},
		} {
			f.wantImport(t, "lines: 1, imported: 1, skipped: 0, refused: 0\n",
				`{"username":"`+name+`","attributes":{"email":"`+name+f.pool+`@example.com","email_verified":"true"},"passwordHash":`+bcryptPassword+`}`)
			_, err := f.setPassword(t, name, password, true)
			wantFaultNamed(t, name+", the imported one", err, "PasswordHistoryPolicyViolationException", "Password has previously been used")
			replace(name)
			_, err = f.trySignIn(t, name, password)
			wantFaultNamed(t, name+", the imported one afterwards", err, "NotAuthorizedException", wrongLogin)
			_, err = f.setPassword(t, name, password, true)
			wantFaultNamed(t, name+", the imported one again", err, "PasswordHistoryPolicyViolationException", "Password has previously been used")
			f.signInWith(t, name, newPassword)
		}
	})
}

// With the choice of a first factor an imported password is taken as it is sent, too.
func TestImportedPasswordByChoice(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		f.wantImport(t, "lines: 1, imported: 1, skipped: 0, refused: 0\n", `{"username":"ann","passwordHash":`+bcryptPassword+`}`)
		f.client = f.newClient(t, func(in *cip.CreateUserPoolClientInput) {
			in.ExplicitAuthFlows = append(in.ExplicitAuthFlows, types.ExplicitAuthFlowsTypeAllowUserAuth)
			in.PreventUserExistenceErrors = types.PreventUserExistenceErrorTypesLegacy
		})
		_, err := f.initiate(t, false, "USER_AUTH", map[string]string{"USERNAME": "ann", "PREFERRED_CHALLENGE": "PASSWORD_SRP", "SRP_A": "aa"})
		wantFault(t, err, "InvalidParameterException", noSRPYet)
		tokens := did(f.initiate(t, false, "USER_AUTH", map[string]string{"USERNAME": "ann", "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": password}))(t)
		if tokens == nil || aws.ToString(tokens.AccessToken) == "" {
			t.Fatal("no tokens")
		}
		f.client = f.bySRP(t, false)
		did(f.signInBySRP(t, "ann", password))(t)
	})
}
