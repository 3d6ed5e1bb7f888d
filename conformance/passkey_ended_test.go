package conformance

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"poolhouse.dev/internal/passkey/passkeytest"
)

// A key that two authenticators have signs in by the counter that is ahead only, and a
// key that does not count by either.
func TestClonedPasskey(t *testing.T) {
	refuses(t, "RespondToAuthChallenge", "NotAuthorizedException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newPasskeyPool(t, e)
		for name, uncounted := range map[string]bool{"ann": false, "bob": true} {
			f.user(t, name)
			a := passkeytest.New(page)
			a.Uncounted = uncounted
			noError(t, f.register(t, f.signIn(t, name).AccessToken, a))
			use := func(a *passkeytest.Authenticator) error {
				options, session := f.askedForPasskey(t, name)
				_, err := f.usePasskey(t, session, name, did(a.Get(options))(t))
				return err
			}
			clone := a.Clone()
			noError(t, use(a))
			noError(t, use(a))
			for range 2 { // the counters one and two
				if err := use(clone); uncounted {
					noError(t, err)
				} else {
					wantFault(t, err, "NotAuthorizedException", noPasskeyProof)
				}
			}
			noError(t, use(a))
		}
	})
}

// A challenge that is under way ends with the passkey, the password, the account and
// the setting that it belongs to.
func TestPasskeyChallengeEnds(t *testing.T) {
	refuses(t, "RespondToAuthChallenge", "NotAuthorizedException")
	onEachEngine(t, func(t *testing.T, e *env) {
		for name, end := range map[string]struct {
			do      func(f *fixture, token *string)
			message string
		}{
			"DeleteWebAuthnCredential": {func(f *fixture, token *string) {
				noError(t, e.deletePasskey(t, token, e.passkeys(t, token)[0].CredentialId))
			}, noPasskeyProof},
			"AdminSetUserPassword": {func(f *fixture, _ *string) {
				did(f.AdminSetUserPassword(t.Context(), &cip.AdminSetUserPasswordInput{UserPoolId: &f.pool, Username: aws.String("ann"), Password: aws.String("0ther-Passw0rd"), Permanent: true}))(t)
			}, badSession},
			"GlobalSignOut": {func(f *fixture, token *string) { noError(t, tokenCalls["GlobalSignOut"](t.Context(), e.Client, token)) }, badSession},
			"AdminDisableUser": {func(f *fixture, _ *string) {
				noError(t, userCalls["AdminDisableUser"](t.Context(), e.Client, &f.pool, aws.String("ann")))
			}, "User is disabled."},
			"AdminDeleteUser": {func(f *fixture, _ *string) {
				noError(t, userCalls["AdminDeleteUser"](t.Context(), e.Client, &f.pool, aws.String("ann")))
			}, badSession},
			"a new user": {func(f *fixture, _ *string) {
				noError(t, userCalls["AdminDeleteUser"](t.Context(), e.Client, &f.pool, aws.String("ann")))
				f.user(t, "ann")
			}, badSession},
			"another site": {func(f *fixture, _ *string) { f.passkeysFor(t, "www."+site, nil) }, noPasskeyProof},
			"no site": {func(f *fixture, _ *string) {
				f.passkeysFor(t, "", func(in *cip.SetUserPoolMfaConfigInput) { in.WebAuthnConfiguration.RelyingPartyId = nil })
			}, noPasskeyProof},
			"no passkeys in the pool": {func(f *fixture, _ *string) {
				f.beginWith(t, "PASSWORD")
			}, badSession},
		} {
			f := newPasskeyPool(t, e)
			a := f.withPasskey(t, "ann")
			token := f.signIn(t, "ann").AccessToken
			options, session := f.askedForPasskey(t, "ann")
			end.do(f, token)
			_, err := f.usePasskey(t, session, "ann", did(a.Get(options))(t))
			wantFaultNamed(t, name, err, "NotAuthorizedException", end.message)
			if name == "DeleteWebAuthnCredential" || name == "another site" || name == "no site" || name == "no passkeys in the pool" {
				if out := did(f.beginChoice(t, "ann", "PREFERRED_CHALLENGE", "WEB_AUTHN"))(t); out.ChallengeName != "SELECT_CHALLENGE" {
					t.Errorf("%s: the next sign-in leads to %s", name, out.ChallengeName)
				}
			}
		}
	})
}
