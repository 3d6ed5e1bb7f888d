package conformance

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// Whom the function does not know is as unknown as without it, and told as the client
// tells; a function that fails or answers something else is the answer.
func TestStrangersToMigration(t *testing.T) {
	for _, operation := range []string{"InitiateAuth", "AdminInitiateAuth", "ForgotPassword"} {
		refuses(t, operation, "UserNotFoundException", "UserLambdaValidationException", "InvalidLambdaResponseException", "UnexpectedLambdaException")
	}
	withScript(t, migrating, func(t *testing.T, f *fixture, s *script) {
		all := func(what, code, message string) {
			t.Helper()
			name := unique("nobody") // guesses at one name would be locked out
			for _, admin := range []bool{false, true} {
				_, err := f.signInTelling(t, admin, name, password, nil)
				wantFaultNamed(t, what+", sign-in", err, code, message)
			}
			if _, err := f.forgot(t, name); code == "UserNotFoundException" {
				wantFaultNamed(t, what+", ForgotPassword", err, code, "Username/client id combination not found.")
			} else {
				wantFaultNamed(t, what+", ForgotPassword", err, code, message)
			}
		}
		const garbled = "InvalidLambdaResponseException"
		for _, response := range []string{``, `{}`, `{"userAttributes":null}`, `{"userAttributes":{}}`, `{"finalUserStatus":"CONFIRMED"}`} {
			s.answers(response)
			all(response, "UserNotFoundException", "User does not exist.")
		}
		for _, response := range []string{`{"userAttributes":["a"]}`, `{"userAttributes":{"email":1}}`, `{"userAttributes":{"name":"x"},"finalUserStatus":1}`, `{"userAttributes":{"name":"x"},"forceAliasCreation":"yes"}`, `null`} {
			s.answers(response)
			all(response, garbled, "Unrecognizable lambda output")
		}
		s.answers(`{"userAttributes":{"email":"no address"},"finalUserStatus":"CONFIRMED"}`)
		all("a bad address", garbled, "UserMigration gave a user who cannot be made: Invalid email address format.")
		s.answers(`{"userAttributes":{"email_verified":"true"},"finalUserStatus":"CONFIRMED"}`)
		all("a flag alone", garbled, "UserMigration gave a user who cannot be made: Email is required to verify/un-verify an email")
		s.throws("wrong password")
		all("throws", "UserLambdaValidationException", "UserMigration failed with error wrong password.")
		if f.count(t) != 0 {
			t.Error("strangers have moved in")
		}
		// A client that hides users.
		f.hiding(t)
		s.answers(`{}`)
		_, err := f.trySignIn(t, unique("nobody"), password)
		wantFault(t, err, "NotAuthorizedException", wrongLogin)
		if out := did(f.forgot(t, unique("nobody")))(t); aws.ToString(out.CodeDeliveryDetails.AttributeName) != "email" {
			t.Errorf("pretended delivery %+v", out.CodeDeliveryDetails)
		}
		f.client = f.newClient(t, nil)
		const nowhere = "arn:aws:lambda:us-east-1:000000000000:function:nowhere"
		did(f.UpdateUserPool(t.Context(), &cip.UpdateUserPoolInput{UserPoolId: &f.pool, AutoVerifiedAttributes: []types.VerifiedAttributeType{"email"}, LambdaConfig: &types.LambdaConfigType{UserMigration: aws.String(nowhere)}}))(t)
		all("nowhere", "UnexpectedLambdaException", "UserMigration invocation failed due to error ResourceNotFoundException: no --lambda setting says where "+nowhere+" is.")
	})
}

// The function is for flows that show the password: SRP and the choice of a first
// factor do not ask it, and neither does anything of a user that an administrator names.
func TestMigrationIsForPasswordsOnly(t *testing.T) {
	withScript(t, migrating, func(t *testing.T, f *fixture, s *script) {
		f.client = f.newClient(t, func(in *cip.CreateUserPoolClientInput) {
			in.ExplicitAuthFlows = []types.ExplicitAuthFlowsType{"ALLOW_USER_SRP_AUTH", "ALLOW_USER_AUTH", "ALLOW_CUSTOM_AUTH", "ALLOW_USER_PASSWORD_AUTH"}
		})
		s.answers(`{"userAttributes":{"email":"ann@example.com","email_verified":"true"},"finalUserStatus":"CONFIRMED"}`)
		for flow, parameters := range map[string]map[string]string{
			"USER_SRP_AUTH": {"USERNAME": "ann", "SRP_A": "abcdef0123456789"},
			"USER_AUTH":     {"USERNAME": "ann"},
			"CUSTOM_AUTH":   {"USERNAME": "ann"},
		} {
			_, err := f.initiate(t, false, flow, parameters)
			wantFaultNamed(t, flow, err, "UserNotFoundException", "User does not exist.")
		}
		_, err := f.initiate(t, false, "USER_AUTH", map[string]string{"USERNAME": "ann", "PREFERRED_CHALLENGE": "EMAIL_OTP"})
		wantFault(t, err, "UserNotFoundException", "User does not exist.")
		_, err = f.AdminResetUserPassword(t.Context(), &cip.AdminResetUserPasswordInput{UserPoolId: &f.pool, Username: aws.String("ann")})
		wantFault(t, err, "UserNotFoundException", "User does not exist.")
		if events := s.heard(); len(events) > 0 || f.count(t) != 0 {
			t.Errorf("the function was asked: %v", events)
		}
	})
}

// Nobody guesses passwords of the other directory without end: tries at a name are
// counted before the function is asked, for as long as the name is nobody's here.
func TestMigrationIsNoOracle(t *testing.T) {
	refuses(t, "InitiateAuth", "NotAuthorizedException")
	inFrozenTime(t, func(t *testing.T, e *env, c *clock) {
		f := newFixture(t, e, func(in *cip.CreateUserPoolInput) {
			migrating(in, aws.String(scriptedARN))
			in.UsernameConfiguration = &types.UsernameConfigurationType{CaseSensitive: aws.Bool(false)}
		})
		s := theStage().of(f.pool)
		s.knows("ann", password, `{"userAttributes":{"email":"ann@example.com","email_verified":"true"},"finalUserStatus":"CONFIRMED"}`)
		guess := func(name, password, code, message string) {
			t.Helper()
			_, err := f.trySignIn(t, name, password)
			wantFault(t, err, code, message)
		}
		for i := range 5 {
			if i == 3 {
				s.throws("wrong password") // which counts as well
				guess("ann", "wrong", "UserLambdaValidationException", "UserMigration failed with error wrong password.")
				s.knows("ann", password, `{"userAttributes":{"email":"ann@example.com","email_verified":"true"},"finalUserStatus":"CONFIRMED"}`)
				continue
			}
			guess("ann", "wrong", "UserNotFoundException", "User does not exist.")
		}
		s.heard()
		for _, admin := range []bool{false, true} {
			_, err := f.signInTelling(t, admin, "ann", password, nil)
			wantFault(t, err, "NotAuthorizedException", lockedOut)
		}
		guess("ANN", password, "NotAuthorizedException", lockedOut)
		if events := s.heard(); len(events) > 0 {
			t.Error("the function is asked about somebody who is locked out")
		}
		guess("bob", "wrong", "UserNotFoundException", "User does not exist.")
		c.advance(time.Second)
		f.signIn(t, "ann")
		// The wrong tries are forgotten: five more are judged.
		for range 5 {
			guess("ann", "wrong", "NotAuthorizedException", wrongPassword)
		}
		guess("ann", password, "NotAuthorizedException", lockedOut)
	})
}
