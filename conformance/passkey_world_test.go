package conformance

import (
	"encoding/json"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/document"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"poolhouse.dev/internal/passkey/passkeytest"
)

// The site that passkeys are made for, and a page of it.
const (
	site = "shop.example"
	page = "https://www.shop.example"
)

// beginningWith has users of the pool sign in by one of the factors.
func beginningWith(factors ...types.AuthFactorType) func(*cip.CreateUserPoolInput) {
	return func(in *cip.CreateUserPoolInput) {
		in.Policies = &types.UserPoolPolicyType{SignInPolicy: &types.SignInPolicyType{AllowedFirstAuthFactors: factors}}
	}
}

// beginWith has users of the pool sign in by one of the factors from now on.
func (f *fixture) beginWith(t *testing.T, factors ...types.AuthFactorType) {
	t.Helper()
	did(f.UpdateUserPool(t.Context(), &cip.UpdateUserPoolInput{
		UserPoolId: &f.pool, Policies: &types.UserPoolPolicyType{SignInPolicy: &types.SignInPolicyType{AllowedFirstAuthFactors: factors}},
	}))(t)
}

// newChooser makes a pool whose client lets users choose how to sign in.
func newChooser(t *testing.T, e *env, change func(*cip.CreateUserPoolInput)) *fixture {
	t.Helper()
	f := newFixture(t, e, change)
	f.client = f.choosing(t, nil)
	return f
}

func (f *fixture) choosing(t *testing.T, change func(*cip.CreateUserPoolClientInput)) string {
	t.Helper()
	return f.newClient(t, func(in *cip.CreateUserPoolClientInput) {
		in.ExplicitAuthFlows = append(in.ExplicitAuthFlows, "ALLOW_USER_AUTH")
		if change != nil {
			change(in)
		}
	})
}

// passkeysFor has the pool make passkeys for a site, as change wants it.
func (f *fixture) passkeysFor(t *testing.T, site string, change func(*cip.SetUserPoolMfaConfigInput)) {
	t.Helper()
	in := &cip.SetUserPoolMfaConfigInput{
		UserPoolId: &f.pool, MfaConfiguration: "OFF", WebAuthnConfiguration: &types.WebAuthnConfigurationType{RelyingPartyId: &site},
	}
	if change != nil {
		change(in)
	}
	did(f.SetUserPoolMfaConfig(t.Context(), in))(t)
}

// newPasskeyPool makes a pool with passkeys for the site.
func newPasskeyPool(t *testing.T, e *env) *fixture {
	t.Helper()
	f := newChooser(t, e, beginningWith("PASSWORD", "WEB_AUTHN"))
	f.passkeysFor(t, site, nil)
	return f
}

// startPasskey asks for the options to make a passkey by.
func (e *env) startPasskey(t *testing.T, token *string) ([]byte, error) {
	t.Helper()
	out, err := e.StartWebAuthnRegistration(t.Context(), &cip.StartWebAuthnRegistrationInput{AccessToken: token})
	if err != nil {
		return nil, err
	}
	return did(out.CredentialCreationOptions.MarshalSmithyDocument())(t), nil
}

// completePasskey registers what an authenticator made.
func (e *env) completePasskey(t *testing.T, token *string, credential []byte) error {
	t.Helper()
	var v any
	noError(t, json.Unmarshal(credential, &v))
	_, err := e.CompleteWebAuthnRegistration(t.Context(), &cip.CompleteWebAuthnRegistrationInput{AccessToken: token, Credential: document.NewLazyDocument(v)})
	return err
}

// register makes and registers a passkey.
func (e *env) register(t *testing.T, token *string, a *passkeytest.Authenticator) error {
	t.Helper()
	return e.completePasskey(t, token, did(a.Create(did(e.startPasskey(t, token))(t)))(t))
}

// passkeys returns the first page of a user's passkeys.
func (e *env) passkeys(t *testing.T, token *string) []types.WebAuthnCredentialDescription {
	t.Helper()
	return did(e.ListWebAuthnCredentials(t.Context(), &cip.ListWebAuthnCredentialsInput{AccessToken: token}))(t).Credentials
}

func (e *env) deletePasskey(t *testing.T, token, id *string) error {
	t.Helper()
	_, err := e.DeleteWebAuthnCredential(t.Context(), &cip.DeleteWebAuthnCredentialInput{AccessToken: token, CredentialId: id})
	return err
}

// beginChoice begins a sign-in whose first factor is chosen.
func (f *fixture) beginChoice(t *testing.T, name string, pairs ...string) (*cip.InitiateAuthOutput, error) {
	t.Helper()
	return f.InitiateAuth(t.Context(), &cip.InitiateAuthInput{ClientId: &f.client, AuthFlow: "USER_AUTH", AuthParameters: pairsOf(append(pairs, "USERNAME", name))})
}

// respondTo answers a challenge.
func (f *fixture) respondTo(t *testing.T, challenge types.ChallengeNameType, session *string, name string, pairs ...string) (*cip.RespondToAuthChallengeOutput, error) {
	t.Helper()
	return f.RespondToAuthChallenge(t.Context(), &cip.RespondToAuthChallengeInput{
		ClientId: &f.client, ChallengeName: challenge, Session: session, ChallengeResponses: pairsOf(append(pairs, "USERNAME", name)),
	})
}

func pairsOf(pairs []string) map[string]string {
	m := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

// withPasskey makes a user with a passkey and returns the authenticator that has it.
func (f *fixture) withPasskey(t *testing.T, name string) *passkeytest.Authenticator {
	t.Helper()
	f.user(t, name)
	a := passkeytest.New(page)
	noError(t, f.register(t, f.signIn(t, name).AccessToken, a))
	return a
}

// askedForPasskey begins a sign-in that has to lead to a passkey's challenge.
func (f *fixture) askedForPasskey(t *testing.T, name string) (options []byte, session *string) {
	t.Helper()
	out := did(f.beginChoice(t, name, "PREFERRED_CHALLENGE", "WEB_AUTHN"))(t)
	if out.ChallengeName != "WEB_AUTHN" || out.AuthenticationResult != nil || aws.ToString(out.Session) == "" || len(out.ChallengeParameters) != 1 {
		t.Fatalf("signing %s in by passkey leads to %s %v", name, out.ChallengeName, out.ChallengeParameters)
	}
	return []byte(out.ChallengeParameters["CREDENTIAL_REQUEST_OPTIONS"]), out.Session
}

// usePasskey answers a passkey's challenge.
func (f *fixture) usePasskey(t *testing.T, session *string, name string, credential []byte) (*types.AuthenticationResultType, error) {
	t.Helper()
	out, err := f.respondTo(t, "WEB_AUTHN", session, name, "CREDENTIAL", string(credential))
	if err != nil {
		return nil, err
	}
	return out.AuthenticationResult, nil
}
