package conformance

import (
	"regexp"
	"testing"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"
)

// Codes that sign in by themselves have eight digits.
var signInCode = regexp.MustCompile(`^[0-9]{8}$`)

const wrongSignInCode = "Invalid code or auth state for the user."

func otherCode(right string) string {
	if right == "00000000" {
		return "00000001"
	}
	return "00000000"
}

// repeatFirst answers a challenge with a code.
func (f *fixture) repeatFirst(t *testing.T, challenge types.ChallengeNameType, session *string, name, code string) (*types.AuthenticationResultType, error) {
	t.Helper()
	out, err := f.respondTo(t, challenge, session, name, string(challenge)+"_CODE", code)
	if err != nil {
		return nil, err
	}
	return out.AuthenticationResult, nil
}

// A code signs in, as what the client prefers or what it selects, once, and proves the
// address that it went to.
func TestSignInByCode(t *testing.T) {
	covers(t, "InitiateAuth")
	covers(t, "RespondToAuthChallenge", "CodeMismatchException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newChooser(t, e, byCodes)
		f.user(t, "ann", "email=ann@code.example", "phone_number=+15555550131")
		for _, c := range []struct {
			challenge                    types.ChallengeNameType
			to, medium, shown, attribute string
		}{
			{"EMAIL_OTP", "ann@code.example", "EMAIL", "a***@c***", "email_verified"},
			{"SMS_OTP", "+15555550131", "SMS", "+*******0131", "phone_number_verified"},
		} {
			if got := f.attributes(t, "ann")[c.attribute]; got == "true" {
				t.Errorf("%s is %s before", c.attribute, got)
			}
			want := map[string]string{"CODE_DELIVERY_DELIVERY_MEDIUM": c.medium, "CODE_DELIVERY_DESTINATION": c.shown, "USER_ID_FOR_SRP": "ann"}
			out := did(f.beginChoice(t, "ann", "PREFERRED_CHALLENGE", string(c.challenge)))(t)
			if diff := cmp.Diff(want, out.ChallengeParameters); diff != "" || out.ChallengeName != c.challenge {
				t.Errorf("%s (-want +got):\n%s", out.ChallengeName, diff)
			}
			if diff := cmp.Diff([]types.ChallengeNameType{c.challenge}, out.AvailableChallenges); diff != "" {
				t.Errorf("AvailableChallenges (-want +got):\n%s", diff)
			}
			code := e.code(t, c.to)
			if !signInCode.MatchString(code) {
				t.Errorf("the code is %q", code)
			}
			_, err := f.repeatFirst(t, c.challenge, out.Session, "ann", otherCode(code))
			wantFault(t, err, "CodeMismatchException", wrongSignInCode)
			tokens, err := f.repeatFirst(t, c.challenge, out.Session, "ann", code)
			f.wantTokens(t, string(c.challenge), tokens, err)
			_, err = f.repeatFirst(t, c.challenge, out.Session, "ann", code)
			wantFault(t, err, "NotAuthorizedException", usedSession)
			if got := f.attributes(t, "ann")[c.attribute]; got != "true" {
				t.Errorf("%s is %q after the code", c.attribute, got)
			}
			// Selected; and a code is good for its own session only.
			choice := did(f.beginChoice(t, "ann"))(t).Session
			selected := did(f.respondTo(t, "SELECT_CHALLENGE", choice, "ann", "ANSWER", string(c.challenge)))(t)
			if diff := cmp.Diff(want, selected.ChallengeParameters); diff != "" || selected.ChallengeName != c.challenge {
				t.Errorf("selected %s (-want +got):\n%s", selected.ChallengeName, diff)
			}
			first := e.code(t, c.to)
			second := did(f.beginChoice(t, "ann", "PREFERRED_CHALLENGE", string(c.challenge)))(t).Session
			_, err = f.repeatFirst(t, c.challenge, second, "ann", first)
			wantFault(t, err, "CodeMismatchException", wrongSignInCode)
			tokens, err = f.repeatFirst(t, c.challenge, selected.Session, "ann", first)
			f.wantTokens(t, "selected", tokens, err)
			_, err = f.respondTo(t, "SELECT_CHALLENGE", choice, "ann", "ANSWER", string(c.challenge))
			wantFault(t, err, "NotAuthorizedException", usedSession)
			_, err = f.respondTo(t, c.challenge, second, "ann")
			wantFault(t, err, "InvalidParameterException", "Missing required parameter "+string(c.challenge)+"_CODE")
			other := map[types.ChallengeNameType]types.ChallengeNameType{"EMAIL_OTP": "SMS_OTP", "SMS_OTP": "EMAIL_OTP"}[c.challenge]
			_, err = f.repeatFirst(t, other, second, "ann", e.code(t, c.to))
			wantFault(t, err, "NotAuthorizedException", badSession)
		}
	})
}

// Someone who signed up and never confirmed is confirmed by the code, whatever the pool
// verifies; an alias that somebody else has does not move.
func TestCodeConfirmsTheUser(t *testing.T) {
	covers(t, "AdminRespondToAuthChallenge", "CodeMismatchException", "UserNotConfirmedException", "PasswordResetRequiredException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newChooser(t, e, func(in *cip.CreateUserPoolInput) {
			beginningWith("PASSWORD", "EMAIL_OTP")(in)
			in.AliasAttributes = []types.AliasAttributeType{"email"}
		})
		did(f.signUp(t, "ann", "email=one@confirm.example"))(t)
		if got := f.status(t, "ann"); got != "UNCONFIRMED" {
			t.Fatalf("status %s", got)
		}
		admin := func(session *string, challenge types.ChallengeNameType, name string, pairs ...string) (*cip.AdminRespondToAuthChallengeOutput, error) {
			return f.AdminRespondToAuthChallenge(t.Context(), &cip.AdminRespondToAuthChallengeInput{
				UserPoolId: &f.pool, ClientId: &f.client, ChallengeName: challenge, Session: session, ChallengeResponses: pairsOf(append(pairs, "USERNAME", name)),
			})
		}
		_, err := admin(did(f.beginChoice(t, "ann"))(t).Session, "PASSWORD", "ann", "PASSWORD", password)
		wantFault(t, err, "UserNotConfirmedException", "User is not confirmed.")
		f.user(t, "reset", "email=reset@confirm.example", "email_verified=true")
		noError(t, f.reset(t, "reset"))
		_, err = admin(did(f.beginChoice(t, "reset"))(t).Session, "PASSWORD", "reset", "PASSWORD", password)
		wantFault(t, err, "PasswordResetRequiredException", mustReset)
		session := did(f.beginChoice(t, "ann", "PREFERRED_CHALLENGE", "EMAIL_OTP"))(t).Session
		code := e.code(t, "one@confirm.example")
		_, err = admin(session, "EMAIL_OTP", "ann", "EMAIL_OTP_CODE", otherCode(code))
		wantFault(t, err, "CodeMismatchException", wrongSignInCode)
		if got := f.status(t, "ann"); got != "UNCONFIRMED" {
			t.Errorf("status %s after a wrong code", got)
		}
		out, err := admin(session, "EMAIL_OTP", "ann", "EMAIL_OTP_CODE", code)
		noError(t, err)
		f.wantTokens(t, "unconfirmed", out.AuthenticationResult, nil)
		if got := f.status(t, "ann"); got != "CONFIRMED" || f.attributes(t, "ann")["email_verified"] != "true" {
			t.Errorf("status %s, %v", got, f.attributes(t, "ann"))
		}
		f.signIn(t, "one@confirm.example") // the address is a name now
		did(f.signUp(t, "bob", "email=one@confirm.example"))(t)
		session = did(f.beginChoice(t, "bob", "PREFERRED_CHALLENGE", "EMAIL_OTP"))(t).Session
		tokens, err := f.repeatFirst(t, "EMAIL_OTP", session, "bob", e.code(t, "one@confirm.example"))
		f.wantTokens(t, "an address that names somebody else", tokens, err)
		if got := f.attributes(t, "bob")["email_verified"]; got == "true" || f.status(t, "bob") != "CONFIRMED" {
			t.Errorf("bob's address is verified: %q, status %s", got, f.status(t, "bob"))
		}
		if own := f.own(t, f.signIn(t, "one@confirm.example").AccessToken); own["sub"] != f.attributes(t, "ann")["sub"] {
			t.Error("the address names another user now")
		}
	})
}

// A code that signs in and so confirms its user is no confirmation of a sign-up to the
// pool's functions, which are told of a sign-in only.
func TestCodeThatConfirmsTellsOfASignIn(t *testing.T) {
	withScript(t, func(in *cip.CreateUserPoolInput, arn *string) {
		beginningWith("PASSWORD", "EMAIL_OTP")(in)
		in.LambdaConfig = &types.LambdaConfigType{PostConfirmation: arn, PostAuthentication: arn}
	}, func(t *testing.T, f *fixture, s *script) {
		s.answers(`{}`)
		f.client = f.choosing(t, nil)
		name := unique("ann")
		address := name + "@confirm.example"
		did(f.signUp(t, name, "email="+address))(t)
		session := did(f.beginChoice(t, name, "PREFERRED_CHALLENGE", "EMAIL_OTP"))(t).Session
		s.heard()
		tokens, err := f.repeatFirst(t, "EMAIL_OTP", session, name, f.code(t, address))
		f.wantTokens(t, "by code", tokens, err)
		if got := f.status(t, name); got != "CONFIRMED" {
			t.Errorf("status %s", got)
		}
		var sources []string
		for _, e := range s.heard() {
			sources = append(sources, e.TriggerSource)
		}
		if diff := cmp.Diff([]string{"PostAuthentication_Authentication"}, sources); diff != "" {
			t.Errorf("functions (-want +got):\n%s", diff)
		}
	})
}
