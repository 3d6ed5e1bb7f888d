package conformance

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// emailAlias makes verified e-mail addresses names of users.
func emailAlias(in *cip.CreateUserPoolInput) {
	byEmail(in)
	in.AliasAttributes = []types.AliasAttributeType{"email"}
}

// ConfirmSignUp of an address that is another user's name, with and without
// ForceAliasCreation.
func TestConfirmSignUpMeetsAnAlias(t *testing.T) {
	covers(t, "ConfirmSignUp", "AliasExistsException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, emailAlias)
		address := unique("ann") + "@example.com"
		f.user(t, "ann", "email="+address, "email_verified=true")
		did(f.signUp(t, "eve", "email="+address))(t)
		code := e.code(t, address)
		wantFault(t, f.confirm(t, "eve", code), "AliasExistsException", "An account with the email already exists.")
		if got := f.status(t, "eve"); got != "UNCONFIRMED" {
			t.Errorf("status %s after AliasExistsException", got)
		}
		if sub := parseJWT(t, *f.signIn(t, address).IdToken).claims["cognito:username"]; sub != "ann" {
			t.Errorf("the address signs %v in", sub)
		}
		_, err := f.ConfirmSignUp(t.Context(), &cip.ConfirmSignUpInput{ClientId: &f.client, Username: aws.String("eve"), ConfirmationCode: &code, ForceAliasCreation: true})
		if err != nil {
			t.Fatal(err)
		}
		if sub := parseJWT(t, *f.signIn(t, address).IdToken).claims["cognito:username"]; sub != "eve" {
			t.Errorf("the address signs %v in after it moved", sub)
		}
		if got := f.attributes(t, "ann"); got["email"] != address || got["email_verified"] != "false" {
			t.Errorf("who lost the address has %v", got)
		}
	})
}

// AdminConfirmSignUp confirms without a code and verifies nothing.
func TestAdminConfirmSignUp(t *testing.T) {
	covers(t, "AdminConfirmSignUp", "NotAuthorizedException", "UserNotFoundException", "ResourceNotFoundException", "InvalidParameterException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, emailAlias)
		address := unique("ann") + "@example.com"
		did(f.signUp(t, "ann", "email="+address))(t)
		code := e.code(t, address)
		body := `{"UserPoolId":"` + f.pool + `","Username":"ann"}`
		if answer := e.wantCall(t, "AdminConfirmSignUp", body, ""); answer == nil || len(answer) != 0 {
			t.Errorf("AdminConfirmSignUp answers %v, want {}", answer)
		}
		if got := f.attributes(t, "ann")["email_verified"]; got != "false" || f.status(t, "ann") != "CONFIRMED" {
			t.Errorf("email_verified %s, status %s", got, f.status(t, "ann"))
		}
		e.wantCall(t, "AdminConfirmSignUp", body, "NotAuthorizedException: User cannot be confirmed. Current status is CONFIRMED")
		wantFault(t, f.confirm(t, "ann", code), "NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED")
		f.signIn(t, "ann")
		e.wantCall(t, "AdminConfirmSignUp", `{"UserPoolId":"`+f.pool+`","Username":"nobody"}`, "UserNotFoundException: User does not exist.")
		e.wantCall(t, "AdminConfirmSignUp", `{"UserPoolId":"us-east-1_000000000","Username":"ann"}`, "ResourceNotFoundException: User pool us-east-1_000000000 does not exist.")
		e.wantCall(t, "AdminConfirmSignUp", `{"UserPoolId":"`+f.pool+`"}`, invalid+"1 validation error detected: Value at 'username' failed to satisfy constraint: Member must not be null")
	})
}

// ResendConfirmationCode sends a new code, up to five times an hour.
func TestResendConfirmationCode(t *testing.T) {
	covers(t, "ResendConfirmationCode", "InvalidParameterException", "UserNotFoundException", "LimitExceededException", "ResourceNotFoundException", "NotAuthorizedException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f, silent := newFixture(t, e, byEmail), newFixture(t, e, nil)
		name := unique("ann")
		did(f.signUp(t, name, "email="+name+"@example.com"))(t)
		first := e.code(t, name+"@example.com")
		for range 5 {
			out := did(f.resend(t, name))(t).CodeDeliveryDetails
			if *out.Destination != "a***@e***" || out.DeliveryMedium != "EMAIL" || *out.AttributeName != "email" {
				t.Errorf("delivery %v", out)
			}
		}
		if got := e.messages(t, name+"@example.com"); got != 6 {
			t.Errorf("%d messages after SignUp and five more codes", got)
		}
		_, err := f.resend(t, name)
		wantFault(t, err, "LimitExceededException", "Attempt limit exceeded, please try after some time.")
		last := e.code(t, name+"@example.com")
		if first != last {
			wantFault(t, f.confirm(t, name, first), "CodeMismatchException", "Invalid verification code provided, please try again.")
		}
		if err := f.confirm(t, name, last); err != nil {
			t.Fatal(err)
		}
		_, err = f.resend(t, name)
		wantFault(t, err, "InvalidParameterException", "User is already confirmed.")
		_, err = f.resend(t, "nobody")
		wantFault(t, err, "UserNotFoundException", "Username/client id combination not found.")
		did(silent.signUp(t, "ann"))(t)
		_, err = silent.resend(t, "ann")
		wantFault(t, err, "InvalidParameterException", "Cannot resend codes. Auto verification not turned on.")
		did(f.signUp(t, "off", "email=off@example.com"))(t)
		did(f.AdminDisableUser(t.Context(), &cip.AdminDisableUserInput{UserPoolId: &f.pool, Username: aws.String("off")}))(t)
		_, err = f.resend(t, "off")
		wantFault(t, err, "NotAuthorizedException", "User is disabled.")
		f.client = "unknown"
		_, err = f.resend(t, "ann")
		wantFault(t, err, "ResourceNotFoundException", "User pool client unknown does not exist.")
	})
}
