package conformance

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"
)

// AdminDeleteSoftwareToken takes the token and what was chosen about it; the sign-in
// falls to another factor.
func TestAdminDeleteSoftwareToken(t *testing.T) {
	covers(t, "AdminDeleteSoftwareToken", "UserNotConfirmedException")
	inFrozenTime(t, func(t *testing.T, e *env, c *clock) {
		f := newMFA(t, e, "OPTIONAL", "sms totp")
		phone := number()
		f.user(t, "ann", "phone_number="+phone)
		token := f.signIn(t, "ann").AccessToken
		f.enrol(t, token, c)
		f.prefer(t, "ann", "sms totp*")
		pending := f.associate(t, token)
		step := f.led(t, false, "ann", "SOFTWARE_TOKEN_MFA")
		for range 2 { // the second time there is none
			f.deleteToken(t, "ann", "")
			f.wantFactors(t, "deleted", "ann", token, "", "SMS_MFA")
		}
		_, err := f.repeat(t, false, step, "ann", "123456")
		wantFault(t, err, "NotAuthorizedException", badStep)
		wantFault(t, f.proveToken(t, token, totp(t, pending, c.now())), "InvalidParameterException", noneWaiting)
		did(f.repeat(t, false, f.led(t, false, "ann", "SMS_MFA"), "ann", f.code(t, phone)))(t).want(t, "")
		wantFault(t, f.tryPrefer(t, "ann", "totp"), "InvalidParameterException", "User has not set up software token mfa")
		did(f.signUp(t, "bob"))(t)
		f.deleteToken(t, "bob", "UserNotConfirmedException: User is not confirmed.")
	})
}

// GetUserAuthFactors and AdminGetUserAuthFactors show what a user could sign in with.
func TestAuthFactors(t *testing.T) {
	covers(t, "GetUserAuthFactors")
	covers(t, "AdminGetUserAuthFactors")
	inFrozenTime(t, func(t *testing.T, e *env, c *clock) {
		f := newMFA(t, e, "OPTIONAL", "sms email totp")
		want := func(what, name string, token *string, factors ...types.AuthFactorType) {
			t.Helper()
			theirs := f.authFactors(t, name)
			if diff := cmp.Diff(factors, theirs.ConfiguredUserAuthFactors); diff != "" || *theirs.Username != name {
				t.Errorf("%s, of %s (-want +got):\n%s", what, *theirs.Username, diff)
			}
			if token == nil {
				return
			}
			mine := did(f.GetUserAuthFactors(t.Context(), &cip.GetUserAuthFactorsInput{AccessToken: token}))(t)
			if diff := cmp.Diff(factors, mine.ConfiguredUserAuthFactors); diff != "" || *mine.Username != name {
				t.Errorf("%s, of %s by the token (-want +got):\n%s", what, *mine.Username, diff)
			}
		}
		f.user(t, "ann", "phone_number="+number(), "email="+address("ann"))
		token := f.signIn(t, "ann").AccessToken
		want("by password only", "ann", token, "PASSWORD")
		f.enrol(t, token, c)
		want("with a token", "ann", token, "PASSWORD", "SOFTWARE_TOKEN")
		e.wantCall(t, "UpdateUserPool", `{"UserPoolId":"`+f.pool+`",`+smsRole+`,"Policies":{"SignInPolicy":{"AllowedFirstAuthFactors":["PASSWORD","EMAIL_OTP","SMS_OTP","WEB_AUTHN"]}}}`, "")
		want("with codes as first factors", "ann", token, "PASSWORD", "EMAIL_OTP", "SMS_OTP", "SOFTWARE_TOKEN")
		f.prefer(t, "ann", "sms")
		did(f.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{UserPoolId: &f.pool, Username: aws.String("bob"), UserAttributes: attrs("email=" + address("bob")), MessageAction: "SUPPRESS"}))(t)
		want("invited", "bob", nil, "PASSWORD", "EMAIL_OTP")
	})
}

// AdminDeleteSoftwareToken and AdminGetUserAuthFactors for a pool and a user that there
// are not, and with the other names of one that there is.
func TestNewerOperationsOnFactorsNameAUser(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, aliases(false))
		mail := address("ann")
		f.user(t, "ann", "email="+mail, "email_verified=true")
		for _, operation := range []string{"AdminDeleteSoftwareToken", "AdminGetUserAuthFactors"} {
			covers(t, operation, "ResourceNotFoundException", "UserNotFoundException", "InvalidParameterException")
			for _, name := range []string{"ann", mail, f.attributes(t, "ann")["sub"]} {
				f.wantCall(t, operation, f.named(name), "")
			}
			f.wantCall(t, operation, f.named("nobody"), "UserNotFoundException: User does not exist.")
			f.wantCall(t, operation, `{"UserPoolId":"us-east-1_unknown00","Username":"ann"}`, "ResourceNotFoundException: User pool us-east-1_unknown00 does not exist.")
			f.wantCall(t, operation, `{"UserPoolId":"`+f.pool+`"}`, "InvalidParameterException: 1 validation error detected: Value at 'username' failed to satisfy constraint: Member must not be null")
			if code, _ := e.rawFault(t, operation, f.named("ann")); code != "MissingAuthenticationTokenException" {
				t.Errorf("%s unsigned: %s", operation, code)
			}
		}
	})
}
