package conformance

import (
	"encoding/json"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"
)

// migrating gives a pool the function that knows users of another directory.
func migrating(in *cip.CreateUserPoolInput, arn *string) {
	byEmail(in)
	in.LambdaConfig = &types.LambdaConfigType{UserMigration: arn}
}

// knows has the function know one user with a password; everybody else is a stranger.
func (s *script) knows(name, password, response string) {
	s.answersBy(func(e scriptedEvent) string {
		switch {
		case e.UserName != name:
			return `{}`
		case e.TriggerSource == "UserMigration_Authentication" && e.Request["password"] != password:
			return `{}`
		}
		return response
	})
}

// forgetsFunction takes the pool's functions away.
func (f *fixture) forgetsFunction(t *testing.T) {
	t.Helper()
	did(f.UpdateUserPool(t.Context(), &cip.UpdateUserPoolInput{UserPoolId: &f.pool, AutoVerifiedAttributes: []types.VerifiedAttributeType{"email"}}))(t)
}

// count returns how many users the pool has.
func (f *fixture) count(t *testing.T) int {
	t.Helper()
	return len(did(f.ListUsers(t.Context(), &cip.ListUsersInput{UserPoolId: &f.pool}))(t).Users)
}

// wantUser compares a user's attributes, but for the sub, and the state.
func (f *fixture) wantUser(t *testing.T, name string, status types.UserStatusType, want map[string]string) {
	t.Helper()
	got := f.attributes(t, name)
	delete(got, "sub")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("attributes of %s (-want +got):\n%s", name, diff)
	}
	if s := f.status(t, name); s != status {
		t.Errorf("%s is %s, want %s", name, s, status)
	}
}

// InitiateAuth and AdminInitiateAuth with the password of somebody whom only the
// function knows: the user moves in, signs in at once, and needs it no more. Passwords
// that the policy would refuse are kept.
func TestMigrationAtSignIn(t *testing.T) {
	covers(t, "InitiateAuth")
	covers(t, "AdminInitiateAuth")
	withScript(t, func(in *cip.CreateUserPoolInput, arn *string) {
		migrating(in, arn)
		in.LambdaConfig.PreAuthentication, in.LambdaConfig.PostAuthentication, in.LambdaConfig.PreTokenGeneration = arn, arn, arn
		in.LambdaConfig.PreSignUp, in.LambdaConfig.PostConfirmation = arn, arn // which are not asked
		in.Schema = []types.SchemaAttributeType{{Name: aws.String("badge"), AttributeDataType: "String", Mutable: aws.Bool(false)}}
	}, func(t *testing.T, f *fixture, s *script) {
		const weak = "old"
		for _, admin := range []bool{false, true} {
			name := unique("ann")
			address := name + "@example.com"
			s.knows(name, weak, `{"userAttributes":{"email":"`+address+`","email_verified":"true","name":"Ann","custom:badge":"7","nickname":null},"finalUserStatus":"CONFIRMED","messageAction":"SUPPRESS","desiredDeliveryMediums":["EMAIL"]}`)
			s.heard()
			tokens := did(f.signInTelling(t, admin, name, weak, wish("from", "shop")))(t)
			f.own(t, tokens.AccessToken)
			f.wantUser(t, name, "CONFIRMED", map[string]string{"email": address, "email_verified": "true", "name": "Ann", "custom:badge": "7"})
			events := s.heard()
			var sources []string
			for _, e := range events {
				sources = append(sources, e.TriggerSource)
			}
			order := []string{"UserMigration_Authentication", "PreAuthentication_Authentication", "PostAuthentication_Authentication", "TokenGeneration_Authentication"}
			if diff := cmp.Diff(order, sources); diff != "" {
				t.Fatalf("functions (-want +got):\n%s", diff)
			}
			want := scriptedEvent{"1", f.pool, name, "UserMigration_Authentication", map[string]any{"password": weak, "validationData": map[string]any{"from": "shop"}}, map[string]any{}}
			if diff := cmp.Diff(want, events[0]); diff != "" {
				t.Errorf("event (-want +got):\n%s", diff)
			}
			if f.messages(t, address) != 0 {
				t.Error("the migrated user was written to")
			}
			// The pool knows the user now.
			did(f.signInTelling(t, admin, name, weak, nil))(t)
			for _, e := range s.heard() {
				if e.TriggerSource == "UserMigration_Authentication" {
					t.Error("the function is asked about a user of the pool")
				}
			}
			_, err := f.signInTelling(t, admin, name, password, nil)
			wantFault(t, err, "NotAuthorizedException", wrongLogin)
		}
		f.forgetsFunction(t)
		users := did(f.ListUsers(t.Context(), &cip.ListUsersInput{UserPoolId: &f.pool}))(t).Users
		if len(users) != 2 {
			t.Errorf("%d users", len(users))
		}
		for _, u := range users {
			did(f.trySignIn(t, *u.Username, weak))(t)
		}
	})
}

// Anything but CONFIRMED is a user whose password has to be reset, by a code that goes
// to a verified address.
func TestMigrationThatResets(t *testing.T) {
	refuses(t, "InitiateAuth", "PasswordResetRequiredException")
	refuses(t, "AdminInitiateAuth", "PasswordResetRequiredException")
	covers(t, "ForgotPassword")
	withScript(t, migrating, func(t *testing.T, f *fixture, s *script) {
		for i, final := range []string{``, `,"finalUserStatus":"RESET_REQUIRED"`, `,"finalUserStatus":null`, `,"finalUserStatus":"ARCHIVED"`} {
			name := unique("ann")
			address := name + "@example.com"
			s.knows(name, password, `{"userAttributes":{"email":"`+address+`","email_verified":"TRUE"}`+final+`}`)
			_, err := f.signInTelling(t, i%2 == 0, name, password, nil)
			wantFaultNamed(t, final, err, "PasswordResetRequiredException", "Password reset required for the user")
			f.wantUser(t, name, "RESET_REQUIRED", map[string]string{"email": address, "email_verified": "true"})
			_, err = f.trySignIn(t, name, "Wrong-Passw0rd")
			wantFaultNamed(t, final, err, "NotAuthorizedException", wrongLogin)
			did(f.forgot(t, name))(t)
			noError(t, f.recover(t, name, f.code(t, address), newPassword))
			did(f.trySignIn(t, name, newPassword))(t)
		}
	})
}

// ForgotPassword of somebody whom only the function knows: the user moves in without
// a password, and gets a code where the address is vouched for.
func TestMigrationAtForgotPassword(t *testing.T) {
	covers(t, "ForgotPassword", "InvalidParameterException", "UserNotFoundException")
	withScript(t, migrating, func(t *testing.T, f *fixture, s *script) {
		for _, final := range []string{`"CONFIRMED"`, `"RESET_REQUIRED"`} {
			name := unique("bob")
			address := name + "@example.com"
			s.knows(name, password, `{"userAttributes":{"email":"`+address+`","email_verified":"true"},"finalUserStatus":`+final+`}`)
			s.heard()
			out := did(f.ForgotPassword(t.Context(), &cip.ForgotPasswordInput{ClientId: &f.client, Username: &name, ClientMetadata: wish("m", "1")}))(t)
			if aws.ToString(out.CodeDeliveryDetails.AttributeName) != "email" {
				t.Errorf("delivery %+v", out.CodeDeliveryDetails)
			}
			want := []scriptedEvent{{"1", f.pool, name, "UserMigration_ForgotPassword", map[string]any{"validationData": nil, "clientMetadata": map[string]any{"m": "1"}}, map[string]any{}}}
			if diff := cmp.Diff(want, s.heard()); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			var status string
			noError(t, json.Unmarshal([]byte(final), &status))
			f.wantUser(t, name, types.UserStatusType(status), map[string]string{"email": address, "email_verified": "true"})
			// Nobody knows a password of this user, not even an empty one.
			for _, guess := range []string{password, " "} {
				_, err := f.trySignIn(t, name, guess)
				wantFaultNamed(t, final, err, "NotAuthorizedException", wrongLogin)
			}
			noError(t, f.recover(t, name, f.code(t, address), newPassword))
			did(f.trySignIn(t, name, newPassword))(t)
		}
		// An address that is not vouched for gets no code; the user is there.
		s.answers(`{"userAttributes":{"email":"cyd@example.com"},"finalUserStatus":"CONFIRMED"}`)
		_, err := f.forgot(t, "cyd")
		wantFault(t, err, "InvalidParameterException", "Cannot reset password for the user as there is no registered/verified email or phone_number")
		f.wantUser(t, "cyd", "CONFIRMED", map[string]string{"email": "cyd@example.com", "email_verified": "false"})
		s.answers(`{}`)
		_, err = f.forgot(t, "dan")
		wantFault(t, err, "UserNotFoundException", "Username/client id combination not found.")
	})
}
