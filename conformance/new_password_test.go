package conformance

import (
	"encoding/json"
	"maps"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"
)

// temporary is the temporary password of invited users.
const temporary = "Welcome1!"

// invited makes a user with a temporary password and returns the session of the
// challenge that it leads to.
func (f *fixture) invited(t *testing.T, name string, attributes ...string) *cip.InitiateAuthOutput {
	t.Helper()
	did(f.invite(t, name, func(in *cip.AdminCreateUserInput) {
		in.TemporaryPassword, in.MessageAction = aws.String(temporary), types.MessageActionTypeSuppress
	}, attributes...))(t)
	return f.challenge(t, name)
}

func (f *fixture) challenge(t *testing.T, name string) *cip.InitiateAuthOutput {
	t.Helper()
	out := did(f.trySignIn(t, name, temporary))(t)
	if out.ChallengeName != "NEW_PASSWORD_REQUIRED" || out.AuthenticationResult != nil {
		t.Fatalf("signing %s in leads to %q", name, out.ChallengeName)
	}
	return out
}

// respond answers NEW_PASSWORD_REQUIRED with a new password and more; with
// admin, as an administrator.
func (f *fixture) respond(t *testing.T, admin bool, session *string, name string, more ...string) (*types.AuthenticationResultType, error) {
	t.Helper()
	responses := map[string]string{"USERNAME": name, "NEW_PASSWORD": password}
	for i := 0; i+1 < len(more); i += 2 {
		responses[more[i]] = more[i+1]
	}
	maps.DeleteFunc(responses, func(_, value string) bool { return value == "" })
	if admin {
		out, err := f.AdminRespondToAuthChallenge(t.Context(), &cip.AdminRespondToAuthChallengeInput{
			UserPoolId: &f.pool, ClientId: &f.client, ChallengeName: "NEW_PASSWORD_REQUIRED", Session: session, ChallengeResponses: responses,
		})
		if err != nil {
			return nil, err
		}
		return out.AuthenticationResult, nil
	}
	out, err := f.RespondToAuthChallenge(t.Context(), &cip.RespondToAuthChallengeInput{
		ClientId: &f.client, ChallengeName: "NEW_PASSWORD_REQUIRED", Session: session, ChallengeResponses: responses,
	})
	if err != nil {
		return nil, err
	}
	return out.AuthenticationResult, nil
}

// RespondToAuthChallenge and AdminRespondToAuthChallenge with a new password,
// which may be the temporary one.
func TestNewPassword(t *testing.T) {
	covers(t, "RespondToAuthChallenge", "NotAuthorizedException")
	covers(t, "AdminRespondToAuthChallenge", "NotAuthorizedException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		for _, admin := range []bool{false, true} {
			name := unique("ann")
			out := f.invited(t, name, "name=Ann", "email=ann@example.com", "email_verified=true")
			var shown map[string]string
			if err := json.Unmarshal([]byte(out.ChallengeParameters["userAttributes"]), &shown); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(map[string]string{"name": "Ann", "email": "ann@example.com", "email_verified": "true"}, shown); diff != "" {
				t.Errorf("userAttributes (-want +got):\n%s", diff)
			}
			if p := out.ChallengeParameters; len(p) != 3 || p["USER_ID_FOR_SRP"] != name || p["requiredAttributes"] != "[]" {
				t.Errorf("parameters %v", p)
			}
			if n := len(*out.Session); n < 20 || n > 2048 {
				t.Errorf("a session of %d characters", n)
			}
			tokens := did(f.respond(t, admin, out.Session, name, "NEW_PASSWORD", temporary, "userAttributes.nickname", "Annie"))(t)
			if tokens == nil || tokens.RefreshToken == nil {
				t.Fatal("no tokens")
			}
			f.own(t, tokens.AccessToken)
			if got := f.attributes(t, name)["nickname"]; got != "Annie" || f.status(t, name) != "CONFIRMED" {
				t.Errorf("nickname %q, status %s", got, f.status(t, name))
			}
			_, err := f.respond(t, admin, out.Session, name)
			wantFault(t, err, "NotAuthorizedException", "Invalid session for the user, session can only be used once.")
			f.signInWith(t, name, temporary)
		}
	})
}

// RespondToAuthChallenge and AdminRespondToAuthChallenge with sessions that are
// of another user, client or pool, made up, or too old.
func TestSessionsOfChallenges(t *testing.T) {
	refuses(t, "RespondToAuthChallenge", "NotAuthorizedException", "InvalidParameterException", "ResourceNotFoundException")
	refuses(t, "AdminRespondToAuthChallenge", "NotAuthorizedException", "InvalidParameterException", "ResourceNotFoundException")
	const bad = "Invalid session for the user."
	inFrozenTime(t, func(t *testing.T, e *env, c *clock) {
		f, g := newFixture(t, e, nil), newFixture(t, e, nil)
		session, other, foreign := f.invited(t, "ann").Session, f.invited(t, "bob").Session, g.invited(t, "ann").Session
		sibling := *f
		sibling.client = f.newClient(t, nil)
		random := aws.String("AYABeRandomRandomRandomRandomRandomRandom")
		flipped := aws.String((*session)[:len(*session)-4] + flip((*session)[len(*session)-4:len(*session)-3]) + (*session)[len(*session)-3:])
		for _, admin := range []bool{false, true} {
			refused := func(what string, f *fixture, session *string, name string) {
				t.Helper()
				_, err := f.respond(t, admin, session, name)
				wantFaultNamed(t, what, err, "NotAuthorizedException", bad)
			}
			refused("made up", f, random, "ann")
			refused("changed", f, flipped, "ann")
			refused("of another user", f, other, "ann")
			refused("for nobody", f, session, "nobody")
			refused("of another client", &sibling, session, "ann")
			refused("of another pool", f, foreign, "ann")
			refused("a refresh token", f, g.tokensOf(t), "ann")
			_, err := f.respond(t, admin, nil, "ann")
			wantFault(t, err, "InvalidParameterException", "Missing required parameter Session")
			_, err = f.respond(t, admin, session, "ann", "USERNAME", "")
			wantFault(t, err, "InvalidParameterException", "Missing required parameter USERNAME")
			_, err = f.respond(t, admin, session, "ann", "NEW_PASSWORD", "")
			wantFault(t, err, "InvalidParameterException", "Missing required parameter NEW_PASSWORD")
		}
		unknown := *f
		unknown.client = "unknown"
		for _, admin := range []bool{false, true} {
			_, err := unknown.respond(t, admin, session, "ann")
			wantFault(t, err, "ResourceNotFoundException", "User pool client unknown does not exist.")
		}
		c.advance(3*time.Minute - time.Second)
		did(f.respond(t, false, other, "bob"))(t)
		c.advance(time.Second)
		for _, admin := range []bool{false, true} {
			_, err := f.respond(t, admin, session, "ann")
			wantFault(t, err, "NotAuthorizedException", "Invalid session for the user, session is expired.")
		}
		// A new temporary password ends the sessions of the old one.
		session = f.challenge(t, "ann").Session
		did(f.setPassword(t, "ann", "Another1!", false))(t)
		_, err := f.respond(t, false, session, "ann")
		wantFault(t, err, "NotAuthorizedException", bad)
		// The client sets the life of its sessions.
		f.client = f.newClient(t, func(in *cip.CreateUserPoolClientInput) { in.AuthSessionValidity = aws.Int32(15) })
		session = f.invited(t, "cyd").Session
		c.advance(15*time.Minute - time.Second)
		did(f.respond(t, false, session, "cyd"))(t)
	})
}

// tokensOf returns the refresh token of a user of the pool.
func (f *fixture) tokensOf(t *testing.T) *string {
	t.Helper()
	name := unique("user")
	f.user(t, name)
	return f.signIn(t, name).RefreshToken
}

// RespondToAuthChallenge and AdminRespondToAuthChallenge give the account what
// it lacks, and change nothing that it has.
func TestNewPasswordWithAttributes(t *testing.T) {
	covers(t, "RespondToAuthChallenge", "InvalidPasswordException", "InvalidParameterException", "NotAuthorizedException")
	covers(t, "AdminRespondToAuthChallenge", "InvalidPasswordException", "InvalidParameterException", "NotAuthorizedException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, func(in *cip.CreateUserPoolInput) {
			in.Schema = []types.SchemaAttributeType{
				{Name: aws.String("email"), Required: aws.Bool(true)}, {Name: aws.String("given_name"), Required: aws.Bool(true)},
			}
		})
		for _, admin := range []bool{false, true} {
			name := unique("ann")
			out := f.invited(t, name, "email=ann@example.com")
			if got := out.ChallengeParameters["requiredAttributes"]; got != `["userAttributes.given_name"]` {
				t.Errorf("requiredAttributes %s", got)
			}
			for _, c := range []struct {
				name, code, message string
				more                []string
			}{
				{"missing", "InvalidParameterException", "Invalid attributes given, given_name is missing", nil},
				{"already there", "NotAuthorizedException", "Cannot modify an already provided email", []string{"userAttributes.given_name", "Ann", "userAttributes.email", "eve@example.com"}},
				{"already there, the same", "NotAuthorizedException", "Cannot modify an already provided email", []string{"userAttributes.given_name", "Ann", "userAttributes.email", "ann@example.com"}},
				{"flag", "NotAuthorizedException", "A client attempted to write unauthorized attribute", []string{"userAttributes.given_name", "Ann", "userAttributes.email_verified", "true"}},
				{"no such attribute", "InvalidParameterException", "user.custom:x: Attribute does not exist in the schema.\n", []string{"userAttributes.given_name", "Ann", "userAttributes.custom:x", "1"}},
				{"short password", "InvalidPasswordException", "Password does not conform to policy: Password not long enough", []string{"userAttributes.given_name", "Ann", "NEW_PASSWORD", "Aa1!"}},
				{"no upper case", "InvalidPasswordException", "Password does not conform to policy: Password must have uppercase characters", []string{"userAttributes.given_name", "Ann", "NEW_PASSWORD", "passw0rd!"}},
				{"no symbol", "InvalidPasswordException", "Password does not conform to policy: Password must have symbol characters", []string{"userAttributes.given_name", "Ann", "NEW_PASSWORD", "Passw0rds"}},
			} {
				_, err := f.respond(t, admin, out.Session, name, c.more...)
				wantFaultNamed(t, c.name, err, c.code, c.message)
			}
			if got := f.status(t, name); got != "FORCE_CHANGE_PASSWORD" {
				t.Errorf("status %s after refusals", got)
			}
			did(f.respond(t, admin, out.Session, name, "userAttributes.given_name", "Ann"))(t)
			if got := f.attributes(t, name); got["given_name"] != "Ann" || got["email"] != "ann@example.com" {
				t.Errorf("attributes %v", got)
			}
		}
	})
}
