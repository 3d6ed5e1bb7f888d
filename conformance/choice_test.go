package conformance

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"
)

// byCodes has users begin with a password or a code.
func byCodes(in *cip.CreateUserPoolInput) {
	beginningWith("PASSWORD", "EMAIL_OTP", "SMS_OTP")(in)
	byPhoneToo(in)
}

// wantChoices fails the test unless an answer lets the client choose among challenges.
func wantChoices(t *testing.T, what string, out *cip.InitiateAuthOutput, want ...types.ChallengeNameType) {
	t.Helper()
	if diff := cmp.Diff(want, out.AvailableChallenges); diff != "" || out.ChallengeName != "SELECT_CHALLENGE" || aws.ToString(out.Session) == "" || len(out.ChallengeParameters) != 0 {
		t.Errorf("%s: %s %v (-want +got):\n%s", what, out.ChallengeName, out.ChallengeParameters, diff)
	}
}

// wantTokens fails the test unless the call signed in.
func (f *fixture) wantTokens(t *testing.T, what string, tokens *types.AuthenticationResultType, err error) *types.AuthenticationResultType {
	t.Helper()
	if err != nil || tokens == nil || tokens.RefreshToken == nil || tokens.IdToken == nil {
		t.Fatalf("%s: %+v, %v", what, tokens, err)
	}
	f.own(t, tokens.AccessToken)
	return tokens
}

// What a client is let choose among, by the user and the pool.
func TestChoices(t *testing.T) {
	covers(t, "InitiateAuth")
	covers(t, "AdminInitiateAuth")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newChooser(t, e, byCodes)
		f.user(t, "bare")
		f.user(t, "mail", "email=mail@choice.example")
		f.user(t, "both", "email=both@choice.example", "phone_number=+15555550121")
		did(f.invite(t, "new", func(in *cip.AdminCreateUserInput) {
			in.TemporaryPassword, in.MessageAction = aws.String(temporary), types.MessageActionTypeSuppress
		}, "email=new@choice.example"))(t)
		did(f.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{
			UserPoolId: &f.pool, Username: aws.String("open"), UserAttributes: attrs("email=open@choice.example", "email_verified=true"), MessageAction: types.MessageActionTypeSuppress,
		}))(t)
		for name, want := range map[string][]types.ChallengeNameType{
			"bare": {"PASSWORD_SRP", "PASSWORD"},
			"mail": {"PASSWORD_SRP", "PASSWORD", "EMAIL_OTP"},
			"both": {"PASSWORD_SRP", "PASSWORD", "EMAIL_OTP", "SMS_OTP"},
			"new":  {"PASSWORD_SRP", "PASSWORD"},
		} {
			wantChoices(t, name, did(f.beginChoice(t, name))(t), want...)
			wantChoices(t, name+" by passkey", did(f.beginChoice(t, name, "PREFERRED_CHALLENGE", "WEB_AUTHN"))(t), want...)
			wantChoices(t, name+" by what is none", did(f.beginChoice(t, name, "PREFERRED_CHALLENGE", "SMOKE"))(t), want...)
			out := did(f.AdminInitiateAuth(t.Context(), &cip.AdminInitiateAuthInput{
				UserPoolId: &f.pool, ClientId: &f.client, AuthFlow: "USER_AUTH", AuthParameters: map[string]string{"USERNAME": name},
			}))(t)
			if diff := cmp.Diff(want, out.AvailableChallenges); diff != "" || out.ChallengeName != "SELECT_CHALLENGE" {
				t.Errorf("%s, for an administrator: %s (-want +got):\n%s", name, out.ChallengeName, diff)
			}
		}
		wantChoices(t, "a code to nowhere", did(f.beginChoice(t, "mail", "PREFERRED_CHALLENGE", "SMS_OTP"))(t), "PASSWORD_SRP", "PASSWORD", "EMAIL_OTP")
		if n := e.messages(t, "mail@choice.example"); n != 0 {
			t.Errorf("%d messages before anything was chosen", n)
		}
		// The session is for what was shown.
		session := did(f.beginChoice(t, "bare"))(t).Session
		for _, answer := range []string{"EMAIL_OTP", "SMS_OTP", "WEB_AUTHN", "SMOKE"} {
			_, err := f.respondTo(t, "SELECT_CHALLENGE", session, "bare", "ANSWER", answer)
			wantFault(t, err, "InvalidParameterException", answer+" is not one of the choices of the challenge.")
		}
		for _, c := range []struct {
			challenge types.ChallengeNameType
			pairs     []string
			missing   string
		}{
			{"SELECT_CHALLENGE", nil, "ANSWER"}, {"SELECT_CHALLENGE", []string{"ANSWER", "PASSWORD"}, "PASSWORD"},
			{"SELECT_CHALLENGE", []string{"ANSWER", "PASSWORD_SRP"}, "SRP_A"}, {"PASSWORD", nil, "PASSWORD"}, {"PASSWORD_SRP", nil, "SRP_A"},
		} {
			_, err := f.respondTo(t, c.challenge, session, "bare", c.pairs...)
			wantFault(t, err, "InvalidParameterException", "Missing required parameter "+c.missing)
		}
		for preferred, missing := range map[string]string{"PASSWORD": "PASSWORD", "PASSWORD_SRP": "SRP_A"} {
			_, err := f.beginChoice(t, "bare", "PREFERRED_CHALLENGE", preferred)
			wantFault(t, err, "InvalidParameterException", "Missing required parameter "+missing)
		}
		// A client that is not asked for it, and a pool that allows less.
		f.client = f.newClient(t, nil)
		_, err := f.beginChoice(t, "bare")
		wantFault(t, err, "InvalidParameterException", "USER_AUTH is not enabled for the client.")
		f.client = f.choosing(t, nil)
		f.beginWith(t, "PASSWORD")
		wantChoices(t, "passwords alone", did(f.beginChoice(t, "both", "PREFERRED_CHALLENGE", "EMAIL_OTP"))(t), "PASSWORD_SRP", "PASSWORD")
		_, err = f.beginChoice(t, "nobody")
		wantFault(t, err, "UserNotFoundException", "User does not exist.")
	})
}

// A password that is chosen: at once, or of what there is, by either name of the
// challenge. A wrong one leaves the session, and counts.
func TestChosenPassword(t *testing.T) {
	refuses(t, "RespondToAuthChallenge", "NotAuthorizedException")
	inFrozenTime(t, func(t *testing.T, e *env, c *clock) {
		f := newChooser(t, e, byCodes)
		f.user(t, "ann")
		f.user(t, "bob")
		out := did(f.beginChoice(t, "ann", "PREFERRED_CHALLENGE", "PASSWORD", "PASSWORD", password))(t)
		f.wantTokens(t, "preferred", out.AuthenticationResult, nil)
		_, err := f.beginChoice(t, "ann", "PREFERRED_CHALLENGE", "PASSWORD", "PASSWORD", "Wrong-Passw0rd")
		wantFault(t, err, "NotAuthorizedException", wrongLogin)
		for _, challenge := range []types.ChallengeNameType{"PASSWORD", "SELECT_CHALLENGE"} {
			session := did(f.beginChoice(t, "ann"))(t).Session
			try := func(name, password string) (*types.AuthenticationResultType, error) {
				out, err := f.respondTo(t, challenge, session, name, "ANSWER", "PASSWORD", "PASSWORD", password)
				if err != nil {
					return nil, err
				}
				return out.AuthenticationResult, nil
			}
			_, err := try("ann", "Wrong-Passw0rd")
			wantFault(t, err, "NotAuthorizedException", wrongLogin)
			for _, name := range []string{"bob", "nobody"} {
				_, err = try(name, password)
				wantFault(t, err, "NotAuthorizedException", badSession)
			}
			f.wantTokens(t, string(challenge), did(try("ann", password))(t), nil)
			_, err = try("ann", password)
			wantFault(t, err, "NotAuthorizedException", usedSession)
		}
		session := did(f.beginChoice(t, "ann"))(t).Session
		for range 5 {
			_, err := f.respondTo(t, "PASSWORD", session, "ann", "PASSWORD", "Wrong-Passw0rd")
			wantFault(t, err, "NotAuthorizedException", wrongLogin)
		}
		for _, call := range []func() error{
			func() error { _, err := f.respondTo(t, "PASSWORD", session, "ann", "PASSWORD", password); return err },
			func() error {
				_, err := f.beginChoice(t, "ann", "PREFERRED_CHALLENGE", "PASSWORD", "PASSWORD", password)
				return err
			},
			func() error { _, err := f.trySignIn(t, "ann", password); return err },
		} {
			wantFault(t, call(), "NotAuthorizedException", "Password attempts exceeded")
		}
		c.advance(2 * time.Minute)
		own := f.client
		f.client = f.choosing(t, nil)
		_, err = f.respondTo(t, "PASSWORD", session, "ann", "PASSWORD", password)
		wantFault(t, err, "NotAuthorizedException", badSession)
		f.client = own
		g := newChooser(t, e, byCodes)
		g.user(t, "ann")
		_, err = g.respondTo(t, "PASSWORD", session, "ann", "PASSWORD", password)
		wantFault(t, err, "NotAuthorizedException", badSession)
		c.advance(time.Minute)
		_, err = f.respondTo(t, "PASSWORD", session, "ann", "PASSWORD", password)
		wantFault(t, err, "NotAuthorizedException", oldSession)
	})
}

// Users in other states begin with the password, which leads where it leads elsewhere.
func TestChosenPasswordOfUsersInOtherStates(t *testing.T) {
	refuses(t, "InitiateAuth", "UserNotConfirmedException", "PasswordResetRequiredException")
	refuses(t, "RespondToAuthChallenge", "UserNotConfirmedException", "PasswordResetRequiredException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newChooser(t, e, byCodes)
		did(f.invite(t, "new", func(in *cip.AdminCreateUserInput) {
			in.TemporaryPassword, in.MessageAction = aws.String(temporary), types.MessageActionTypeSuppress
		}))(t)
		out := did(f.beginChoice(t, "new", "PREFERRED_CHALLENGE", "PASSWORD", "PASSWORD", temporary))(t)
		if out.ChallengeName != "NEW_PASSWORD_REQUIRED" {
			t.Errorf("a temporary password leads to %s", out.ChallengeName)
		}
		tokens, err := f.respond(t, false, out.Session, "new")
		f.wantTokens(t, "a new password", tokens, err)
		did(f.signUp(t, "unconfirmed"))(t)
		f.user(t, "reset", "email=reset@choice.example", "email_verified=true")
		noError(t, f.reset(t, "reset"))
		f.user(t, "off")
		for name, want := range map[string][2]string{
			"unconfirmed": {"UserNotConfirmedException", "User is not confirmed."},
			"reset":       {"PasswordResetRequiredException", mustReset},
		} {
			_, err := f.beginChoice(t, name, "PREFERRED_CHALLENGE", "PASSWORD", "PASSWORD", password)
			wantFaultNamed(t, name, err, want[0], want[1])
			_, err = f.respondTo(t, "PASSWORD", did(f.beginChoice(t, name))(t).Session, name, "PASSWORD", password)
			wantFaultNamed(t, name+", chosen", err, want[0], want[1])
		}
		noError(t, userCalls["AdminDisableUser"](t.Context(), e.Client, &f.pool, aws.String("off")))
		_, err = f.beginChoice(t, "off")
		wantFault(t, err, "NotAuthorizedException", "User is disabled.")
	})
}
