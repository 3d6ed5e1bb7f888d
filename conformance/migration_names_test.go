package conformance

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// By whatever name the user is typed who moves in: an alias, whose owner the function
// names, or the e-mail address in a pool whose users are named so.
func TestMigrationByOtherNames(t *testing.T) {
	refuses(t, "InitiateAuth", "InvalidLambdaResponseException")
	aliases := func(in *cip.CreateUserPoolInput, arn *string) {
		migrating(in, arn)
		in.AliasAttributes = []types.AliasAttributeType{"email"}
	}
	withScript(t, aliases, func(t *testing.T, f *fixture, s *script) {
		s.answers(`{"userAttributes":{"username":"ann","email":"ann@example.com","email_verified":"true"},"finalUserStatus":"CONFIRMED"}`)
		did(f.trySignIn(t, "ann@example.com", password))(t)
		f.wantUser(t, "ann", "CONFIRMED", map[string]string{"email": "ann@example.com", "email_verified": "true"})
		s.throws("asked again")
		f.signIn(t, "ann")
		f.signIn(t, "ann@example.com")
		// Without the user's own name an address would be one, which the pool does not have.
		s.answers(`{"userAttributes":{"email":"bob@example.com","email_verified":"true"},"finalUserStatus":"CONFIRMED"}`)
		_, err := f.trySignIn(t, "bob@example.com", password)
		wantFault(t, err, "InvalidLambdaResponseException", "UserMigration gave a user who cannot be made: Username cannot be of email format, since user pool is configured for email alias.")
		// Names of others are theirs, whoever gives them; an address moves if it is to.
		for _, response := range []string{
			`{"userAttributes":{"username":"ann"},"finalUserStatus":"CONFIRMED"}`,
			`{"userAttributes":{"email":"ann@example.com","email_verified":"true"},"finalUserStatus":"CONFIRMED"}`,
			`{"userAttributes":{"email":"ann@example.com","email_verified":"true"},"finalUserStatus":"CONFIRMED","forceAliasCreation":false}`,
			`{"userAttributes":{"username":"ann","email":"new@example.com"},"finalUserStatus":"CONFIRMED","forceAliasCreation":true}`,
		} {
			s.answers(response)
			_, err = f.trySignIn(t, "cyd", "Other-Passw0rd")
			wantFaultNamed(t, response, err, "InvalidLambdaResponseException", "UserMigration gave a name that is another user's.")
		}
		if f.count(t) != 1 || f.attributes(t, "ann@example.com")["email_verified"] != "true" {
			t.Error("a refused migration left something")
		}
		f.signIn(t, "ann")
		s.answers(`{"userAttributes":{"email":"ann@example.com","email_verified":"true"},"finalUserStatus":"CONFIRMED","forceAliasCreation":true}`)
		f.signIn(t, "dan")
		f.wantUser(t, "ann", "CONFIRMED", map[string]string{"email": "ann@example.com", "email_verified": "false"})
		if got := did(f.AdminGetUser(t.Context(), &cip.AdminGetUserInput{UserPoolId: &f.pool, Username: aws.String("ann@example.com")}))(t); *got.Username != "dan" {
			t.Errorf("the address is %s's", *got.Username)
		}
	})
	named := func(in *cip.CreateUserPoolInput, arn *string) {
		migrating(in, arn)
		in.UsernameAttributes = []types.UsernameAttributeType{"email"}
	}
	withScript(t, named, func(t *testing.T, f *fixture, s *script) {
		s.answers(`{"userAttributes":{"username":"ann@example.com","email_verified":"true","name":"Ann"},"finalUserStatus":"CONFIRMED"}`)
		f.signIn(t, "ann@example.com")
		f.wantUser(t, "ann@example.com", "CONFIRMED", map[string]string{"email": "ann@example.com", "email_verified": "true", "name": "Ann"})
		if got := did(f.AdminGetUser(t.Context(), &cip.AdminGetUserInput{UserPoolId: &f.pool, Username: aws.String("ann@example.com")}))(t); *got.Username != asMap(got.UserAttributes)["sub"] {
			t.Errorf("the user name is %s", *got.Username)
		}
		s.answers(`{"userAttributes":{"email":"eve@example.com"},"finalUserStatus":"CONFIRMED"}`)
		_, err := f.trySignIn(t, "bob@example.com", password)
		wantFault(t, err, "InvalidLambdaResponseException", "UserMigration gave a user who cannot be made: The attribute email must equal the username.")
		if f.count(t) != 1 {
			t.Error("a refused migration left a user")
		}
	})
}

// enableSMSMFA makes text messages the second factor of a user with a phone number.
func TestMigrationWithSMS(t *testing.T) {
	texting := func(in *cip.CreateUserPoolInput, arn *string) {
		byPhoneToo(in)
		in.LambdaConfig = &types.LambdaConfigType{UserMigration: arn}
	}
	withScript(t, texting, func(t *testing.T, f *fixture, s *script) {
		did(f.SetUserPoolMfaConfig(t.Context(), &cip.SetUserPoolMfaConfigInput{UserPoolId: &f.pool, MfaConfiguration: "OPTIONAL", SmsMfaConfiguration: &types.SmsMfaConfigType{
			SmsConfiguration: &types.SmsConfigurationType{SnsCallerArn: aws.String("arn:aws:iam::000000000000:role/sns"), ExternalId: aws.String("x")},
		}}))(t)
		s.answers(`{"userAttributes":{"phone_number":"+15550100177","phone_number_verified":"true"},"finalUserStatus":"CONFIRMED","enableSMSMFA":true}`)
		out := did(f.trySignIn(t, "ann", password))(t)
		if out.ChallengeName != "SMS_MFA" || out.AuthenticationResult != nil {
			t.Fatalf("answered %+v", out)
		}
		answer := did(f.RespondToAuthChallenge(t.Context(), &cip.RespondToAuthChallengeInput{
			ClientId: &f.client, ChallengeName: out.ChallengeName, Session: out.Session,
			ChallengeResponses: map[string]string{"USERNAME": "ann", "SMS_MFA_CODE": f.code(t, "+15550100177")},
		}))(t)
		f.own(t, answer.AuthenticationResult.AccessToken)
		for name, response := range map[string]string{
			"bob": `{"userAttributes":{"name":"Bob"},"finalUserStatus":"CONFIRMED","enableSMSMFA":true}`,
			"cyd": `{"userAttributes":{"phone_number":"+15550100178"},"finalUserStatus":"CONFIRMED","enableSMSMFA":false}`,
		} {
			s.answers(response)
			f.signIn(t, name)
		}
	})
}
