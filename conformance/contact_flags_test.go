package conformance

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

// AdminUpdateUserAttributes of the verified flags: they follow the value unless
// they are given, and the alias follows them.
func TestVerifiedFlags(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		for _, c := range contacts() {
			f := newFixture(t, e, aliases(false))
			f.user(t, "ann")
			token := f.signIn(t, "ann").AccessToken
			noError(t, f.adminUpdate(t, "ann", c.attribute+"="+c.old))
			f.wantContact(t, token, c, c.old, "false")
			if e.messages(t, c.old) != 1 {
				t.Errorf("%d messages, want one with a code", e.messages(t, c.old))
			}
			f.wantSignIn(t, nil, c.old)
			noError(t, f.adminUpdate(t, "ann", c.flag+"=TRUE"))
			f.wantContact(t, token, c, c.old, "true")
			f.wantSignIn(t, []string{c.old})
			noError(t, f.adminUpdate(t, "ann", c.flag+"=false"))
			f.wantContact(t, token, c, c.old, "false")
			f.wantSignIn(t, nil, c.old)
			noError(t, f.adminUpdate(t, "ann", c.flag+"=true", c.attribute+"="+c.new))
			f.wantContact(t, token, c, c.new, "true")
			if e.messages(t, c.new) != 0 {
				t.Error("a message to a value that was vouched for")
			}
			f.wantSignIn(t, []string{c.new}, c.old)
			noError(t, f.adminUpdate(t, "ann", c.attribute+"="))
			f.wantContact(t, token, c, "", "")
			f.wantSignIn(t, []string{"ann"}, c.new)
			wantFault(t, f.adminUpdate(t, "ann", c.flag+"=true"), "InvalidParameterException", map[string]string{
				"email":        "Email is required to verify/un-verify an email",
				"phone_number": "Phone Number is required to verify/un-verify a phone number",
			}[c.attribute])
		}
	})
}

// ID tokens that are out keep the old values; the next ones, refreshed ones
// included, have the new.
func TestNextIDTokenHasTheNewValues(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, withSchema("team"))
		f.user(t, "ann", "name=Old", "email=ann@example.com", "custom:team=red")
		tokens := f.signIn(t, "ann")
		f.updated(t, tokens.AccessToken, "name=New", "custom:team=", "nickname=n")
		for name, id := range map[string]*string{"refreshed": f.refresh(t, *tokens.RefreshToken).IdToken, "signed in": f.signIn(t, "ann").IdToken} {
			claims := parseJWT(t, *id).claims
			if claims["name"] != "New" || claims["nickname"] != "n" || claims["custom:team"] != nil || claims["email"] != "ann@example.com" || claims["email_verified"] != false {
				t.Errorf("%s: %v", name, claims)
			}
		}
	})
}

// A code is for one purpose: that of a sign-up verifies no attribute, and that
// of an attribute confirms nobody.
func TestCodeIsForOnePurpose(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, verifies("email", false))
		mail := address("ann")
		_, err := f.SignUp(t.Context(), &cip.SignUpInput{ClientId: &f.client, Username: aws.String("ann"), Password: aws.String(password), UserAttributes: attrs("email=" + mail)})
		noError(t, err)
		forSignUp := e.code(t, mail)
		_, err = f.AdminConfirmSignUp(t.Context(), &cip.AdminConfirmSignUpInput{UserPoolId: &f.pool, Username: aws.String("ann")})
		noError(t, err)
		token := f.signIn(t, "ann").AccessToken
		wantFault(t, e.verify(t, token, "email", forSignUp), "ExpiredCodeException", codeExpired)
		_, err = e.askCode(t, token, "email")
		noError(t, err)
		_, err = f.ConfirmSignUp(t.Context(), &cip.ConfirmSignUpInput{ClientId: &f.client, Username: aws.String("ann"), ConfirmationCode: aws.String(e.code(t, mail))})
		wantFault(t, err, "NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED")
		if got := f.own(t, token)["email_verified"]; got != "false" {
			t.Errorf("email_verified = %q", got)
		}
	})
}

// In a pool of two kinds of sign-in names one of them may go, not both.
func TestOneSignInNameStays(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, usernames(false, "email", "phone_number"))
		mail, phone := address("ann"), number()
		f.user(t, mail)
		token := f.signIn(t, mail).AccessToken
		f.updated(t, token, "phone_number="+phone)
		f.wantSignIn(t, []string{mail, phone})
		_, err := e.update(t, token, "email=", "phone_number=")
		wantFault(t, err, "InvalidParameterException", "user.email: Attribute cannot be removed, since the user signs in with it.\n")
		f.updated(t, token, "email=")
		f.wantSignIn(t, []string{phone}, mail)
		_, err = f.AdminDeleteUserAttributes(t.Context(), &cip.AdminDeleteUserAttributesInput{UserPoolId: &f.pool, Username: &phone, UserAttributeNames: []string{"phone_number"}})
		wantFault(t, err, "InvalidParameterException", "user.phone_number: Attribute cannot be removed, since the user signs in with it.\n")
	})
}
