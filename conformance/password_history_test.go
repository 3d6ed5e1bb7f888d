package conformance

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

const usedBefore = "PasswordHistoryPolicyViolationException: Password has previously been used"

// remembers makes a pool that keeps the last n passwords of a user.
func remembers(n int32) func(*cip.CreateUserPoolInput) {
	return func(in *cip.CreateUserPoolInput) {
		in.AutoVerifiedAttributes = []types.VerifiedAttributeType{"email"}
		in.Policies = &types.UserPoolPolicyType{PasswordPolicy: &types.PasswordPolicyType{
			MinimumLength: aws.Int32(8), RequireUppercase: true, RequireLowercase: true, RequireNumbers: true, RequireSymbols: true, PasswordHistorySize: &n,
		}}
	}
}

// newest are passwords, of which a user gets one after the other.
var newest = []string{"Passw0rd-1", "Passw0rd-2", "Passw0rd-3", "Passw0rd-4", "Passw0rd-5"}

// setters are the calls that set a password and judge it by what the user had. Each
// takes a user with a verified address and the present password, and may be called
// again after a refusal.
var setters = map[string]func(t *testing.T, f *fixture, name, present string) func(password string) error{
	"AdminSetUserPassword": func(t *testing.T, f *fixture, name, _ string) func(string) error {
		return func(password string) error {
			_, err := f.setPassword(t, name, password, true)
			return err
		}
	},
	"ChangePassword": func(t *testing.T, f *fixture, name, present string) func(string) error {
		token := f.signInWith(t, name, present).AccessToken
		return func(password string) error { return f.changePassword(t, token, present, password) }
	},
	"ConfirmForgotPassword": func(t *testing.T, f *fixture, name, _ string) func(string) error {
		did(f.forgot(t, name))(t)
		code := f.code(t, f.attributes(t, name)["email"])
		return func(password string) error { return f.recover(t, name, code, password) }
	},
	"RespondToAuthChallenge":      answersWithNew(false),
	"AdminRespondToAuthChallenge": answersWithNew(true),
}

// answersWithNew answers the demand for a new password, after the present one was made
// a temporary one by another that is forbidden from then on, too.
func answersWithNew(admin bool) func(t *testing.T, f *fixture, name, present string) func(password string) error {
	return func(t *testing.T, f *fixture, name, present string) func(string) error {
		did(f.setPassword(t, name, temporary, false))(t)
		session := f.challenge(t, name).Session
		return func(password string) error {
			_, err := f.respond(t, admin, session, name, "NEW_PASSWORD", password)
			return err
		}
	}
}

// Every call that sets a password of a user who has one refuses the present one and
// those before it, as many as the pool keeps, and takes an older one. A refusal uses
// up neither code nor session and leaves the user as they were.
func TestPasswordHistory(t *testing.T) {
	for name := range setters {
		covers(t, name, "PasswordHistoryPolicyViolationException")
	}
	onEachEngine(t, func(t *testing.T, e *env) {
		for name, setter := range setters {
			t.Run(name, func(t *testing.T) {
				f := newFixture(t, e, remembers(2))
				address := f.proven(t, "ann")
				for _, password := range newest[:4] {
					did(f.setPassword(t, "ann", password, true))(t)
				}
				set := setter(t, f, "ann", newest[3])
				for _, password := range []string{newest[3], newest[2]} {
					wantFault(t, set(password), "PasswordHistoryPolicyViolationException", "Password has previously been used")
				}
				if strings.HasSuffix(name, "RespondToAuthChallenge") {
					// Now the temporary one is the present one; three came before it.
					wantFault(t, set(temporary), "PasswordHistoryPolicyViolationException", "Password has previously been used")
					noError(t, set(newest[1]))
				} else {
					wantFault(t, set(newest[1]), "PasswordHistoryPolicyViolationException", "Password has previously been used")
					did(f.trySignIn(t, "ann", newest[3]))(t)
					noError(t, set(newest[0]))
				}
				if got := f.attributes(t, "ann")["email"]; got != address {
					t.Errorf("email %q", got)
				}
				_, err := f.trySignIn(t, "ann", newest[3])
				wantFault(t, err, "NotAuthorizedException", wrongLogin)
			})
		}
	})
}

// A policy that is not met, and a wrong code or password, are told before the history.
func TestPasswordHistoryIsToldLast(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, remembers(24))
		address := f.proven(t, "ann")
		token := f.signIn(t, "ann").AccessToken
		wantFault(t, f.changePassword(t, token, "Wr0ng-Passw0rd", password), "NotAuthorizedException", wrongLogin)
		did(f.forgot(t, "ann"))(t)
		wantFault(t, f.recover(t, "ann", wrongCode(f.code(t, address)), password), "CodeMismatchException", codeWrong)
		wantFault(t, f.changePassword(t, token, password, "short"), "InvalidPasswordException", "Password does not conform to policy: Password not long enough")
	})
}

// The history ends with the setting, and is not there when that comes back; a new user
// has none, and an invitation that is sent again may have the same password.
func TestPasswordHistoryEnds(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, remembers(2))
		keeps := func(n string) {
			e.wantCall(t, "UpdateUserPool", `{"UserPoolId":"`+f.pool+`","AutoVerifiedAttributes":["email"],"Policies":{"PasswordPolicy":{"MinimumLength":8,"PasswordHistorySize":`+n+`}}}`, "")
		}
		set := func(password, want string) {
			t.Helper()
			e.wantCall(t, "AdminSetUserPassword", `{"UserPoolId":"`+f.pool+`","Username":"ann","Permanent":true,"Password":`+quote(password)+`}`, want)
		}
		f.user(t, "ann")
		set(newest[0], "")
		set(password, usedBefore)
		keeps("0")
		set(newest[0], "")
		set(newest[1], "")
		keeps("24")
		set(newest[1], usedBefore) // the present one
		set(newest[0], "")
		keeps("1") // the smaller one counts for what was kept before it
		set(newest[2], "")
		set(newest[0], usedBefore)
		set(newest[1], "")
		did(f.AdminDeleteUser(t.Context(), &cip.AdminDeleteUserInput{UserPoolId: &f.pool, Username: aws.String("ann")}))(t)
		f.user(t, "ann")
		set(newest[1], "")
		for range 2 {
			did(f.invite(t, "bob"+f.pool, func(in *cip.AdminCreateUserInput) {
				in.TemporaryPassword, in.MessageAction = aws.String(temporary), types.MessageActionTypeSuppress
				if _, err := f.AdminGetUser(t.Context(), &cip.AdminGetUserInput{UserPoolId: &f.pool, Username: in.Username}); err == nil {
					again(in)
				}
			}, "email=bob@example.com"))(t)
		}
	})
}

// Of many who set the same password at once one does; for the others it has been used.
func TestPasswordHistoryInParallel(t *testing.T) {
	contest(t, func(t *testing.T, nodes []*env) {
		f := newFixture(t, nodes[0], remembers(3))
		f.user(t, "ann")
		for round, password := range newest[:2] {
			wantTally(t, race(12, func(i int) error {
				_, err := nodes[i%len(nodes)].AdminSetUserPassword(t.Context(), &cip.AdminSetUserPasswordInput{UserPoolId: &f.pool, Username: aws.String("ann"), Password: &password, Permanent: true})
				return err
			}), map[string]int{"": 1, usedBefore: 11})
			if round == 0 {
				continue
			}
			for _, before := range []string{newest[0], newest[1]} {
				_, err := f.setPassword(t, "ann", before, true)
				wantFault(t, err, "PasswordHistoryPolicyViolationException", "Password has previously been used")
			}
		}
	})
}
