package conformance

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// confirmedBy signs a user up and returns the session that the confirmation gives.
func (f *fixture) confirmedBy(t *testing.T, name string, attributes ...string) *string {
	t.Helper()
	out := did(f.signUp(t, name, attributes...))(t)
	to := name + "@auto.example"
	if out.CodeDeliveryDetails.DeliveryMedium == "SMS" {
		to = "+15555550141"
	}
	session := did(f.ConfirmSignUp(t.Context(), &cip.ConfirmSignUpInput{ClientId: &f.client, Username: &name, ConfirmationCode: aws.String(f.code(t, to))}))(t).Session
	if n := len(aws.ToString(session)); n < 20 || n > 2048 {
		t.Fatalf("a session of %d characters", n)
	}
	return session
}

// goOn begins a sign-in with the session of a confirmation.
func (f *fixture) goOn(t *testing.T, session *string, name string, pairs ...string) (*cip.InitiateAuthOutput, error) {
	t.Helper()
	return f.InitiateAuth(t.Context(), &cip.InitiateAuthInput{
		ClientId: &f.client, AuthFlow: "USER_AUTH", Session: session, AuthParameters: pairsOf(append(pairs, "USERNAME", name)),
	})
}

// Whoever has just confirmed a sign-up is signed in by the session of it, once.
func TestSignInAfterConfirmation(t *testing.T) {
	covers(t, "ConfirmSignUp")
	covers(t, "InitiateAuth", "NotAuthorizedException")
	inFrozenTime(t, func(t *testing.T, e *env, c *clock) {
		f := newChooser(t, e, byCodes)
		session := f.confirmedBy(t, "ann", "email=ann@auto.example")
		f.user(t, "bob", "email=bob@auto.example")
		refused := func(what, name string, message string) {
			t.Helper()
			_, err := f.goOn(t, session, name)
			wantFaultNamed(t, what, err, "NotAuthorizedException", message)
		}
		refused("another user", "bob", badSession)
		refused("a name that nobody has", "nobody", badSession)
		own := f.client
		f.client = f.choosing(t, nil)
		refused("another client", "ann", badSession)
		f.client = own
		g := newChooser(t, e, byCodes)
		g.confirmedBy(t, "ann", "email=ann@auto.example")
		_, err := g.goOn(t, session, "ann")
		wantFault(t, err, "NotAuthorizedException", badSession)
		for _, challenge := range []types.ChallengeNameType{"SELECT_CHALLENGE", "EMAIL_OTP", "PASSWORD", "WEB_AUTHN", "NEW_PASSWORD_REQUIRED", "SOFTWARE_TOKEN_MFA"} {
			_, err := f.respondTo(t, challenge, session, "ann", "ANSWER", "PASSWORD", "PASSWORD", password, "EMAIL_OTP_CODE", "00000000", "CREDENTIAL", "{}",
				"NEW_PASSWORD", password, "SOFTWARE_TOKEN_MFA_CODE", "000000")
			wantFaultNamed(t, string(challenge), err, "NotAuthorizedException", badSession)
		}
		before := e.messages(t, "ann@auto.example")
		c.advance(3*time.Minute - time.Second)
		// What else is said does not count.
		out := did(f.goOn(t, session, "ann", "PREFERRED_CHALLENGE", "EMAIL_OTP"))(t)
		f.wantTokens(t, "after the confirmation", out.AuthenticationResult, nil)
		if n := e.messages(t, "ann@auto.example"); n != before {
			t.Errorf("%d more messages", n-before)
		}
		refused("a second time", "ann", usedSession)
		for name, end := range map[string]func(name string){
			"AdminDisableUser": func(name string) {
				noError(t, userCalls["AdminDisableUser"](t.Context(), e.Client, &f.pool, &name))
			},
			"AdminSetUserPassword": func(name string) {
				did(f.AdminSetUserPassword(t.Context(), &cip.AdminSetUserPasswordInput{UserPoolId: &f.pool, Username: &name, Password: aws.String(password), Permanent: true}))(t)
			},
			"AdminUserGlobalSignOut": func(name string) {
				noError(t, userCalls["AdminUserGlobalSignOut"](t.Context(), e.Client, &f.pool, &name))
			},
			"AdminDeleteUser": func(name string) {
				noError(t, userCalls["AdminDeleteUser"](t.Context(), e.Client, &f.pool, &name))
			},
			"": func(string) { c.advance(3 * time.Minute) },
		} {
			user := unique("cyd")
			session = f.confirmedBy(t, user, "email="+user+"@auto.example")
			c.advance(time.Second)
			end(user)
			_, err := f.goOn(t, session, user)
			want := map[string]string{"AdminDisableUser": "User is disabled.", "": oldSession}[name]
			if want == "" {
				want = badSession
			}
			wantFaultNamed(t, name, err, "NotAuthorizedException", want)
		}
		session = f.confirmedBy(t, "dan", "email=dan@auto.example")
		wantTally(t, race(8, func(int) error {
			_, err := f.goOn(t, session, "dan")
			return err
		}), map[string]int{"": 1, "NotAuthorizedException: " + usedSession: 7})
	})
}

// Where the code of the confirmation could not have been a first factor, the sign-in
// goes on as any other.
func TestConfirmationThatIsNoFactor(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newChooser(t, e, func(in *cip.CreateUserPoolInput) {
			beginningWith("PASSWORD", "SMS_OTP")(in)
			byPhoneToo(in)
		})
		session := f.confirmedBy(t, "ann", "email=ann@auto.example")
		wantChoices(t, "an address", did(f.goOn(t, session, "ann"))(t), "PASSWORD_SRP", "PASSWORD")
		out := did(f.goOn(t, session, "ann", "PREFERRED_CHALLENGE", "PASSWORD", "PASSWORD", password))(t)
		f.wantTokens(t, "by password", out.AuthenticationResult, nil)
		_, err := f.goOn(t, session, "ann", "PREFERRED_CHALLENGE", "PASSWORD", "PASSWORD", "Wrong-Passw0rd")
		wantFault(t, err, "NotAuthorizedException", wrongLogin)
		session = f.confirmedBy(t, "bob", "phone_number=+15555550141")
		out = did(f.goOn(t, session, "bob"))(t)
		f.wantTokens(t, "a phone", out.AuthenticationResult, nil)
		// A pool that requires a second factor asks for it.
		strict := newChooser(t, e, func(in *cip.CreateUserPoolInput) {
			byEmail(in)
			beginningWith("PASSWORD", "WEB_AUTHN")(in)
		})
		strict.twoFactors(t, site, "ON", "MULTI_FACTOR_WITH_USER_VERIFICATION")
		session = strict.confirmedBy(t, "ann", "email=ann@auto.example")
		wantChoices(t, "MFA", did(strict.goOn(t, session, "ann"))(t), "PASSWORD_SRP", "PASSWORD")
		// The session is for USER_AUTH alone.
		signed, err := strict.InitiateAuth(t.Context(), &cip.InitiateAuthInput{
			ClientId: &strict.client, AuthFlow: "USER_PASSWORD_AUTH", Session: session, AuthParameters: map[string]string{"USERNAME": "ann", "PASSWORD": "Wrong-Passw0rd"},
		})
		if err == nil {
			t.Errorf("a wrong password leads to %s", signed.ChallengeName)
		}
	})
}
