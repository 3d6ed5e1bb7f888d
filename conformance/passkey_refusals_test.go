package conformance

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"poolhouse.dev/internal/passkey/passkeytest"
)

func base64URL(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// Texts of refused registrations, which are not the service's own.
const (
	notUnderWay = "No registration of a passkey is under way: call StartWebAuthnRegistration first."
	badKey      = "The passkey was not verified."
)

// badPasskeys are what makes a passkey one that is not taken.
var badPasskeys = []struct {
	name          string
	spoil         func(a *passkeytest.Authenticator)
	code, message string
}{
	{"another challenge", func(a *passkeytest.Authenticator) { a.Challenge = bytes.Repeat([]byte{1}, 32) }, "WebAuthnChallengeNotFoundException", notUnderWay},
	{"a page of another site", func(a *passkeytest.Authenticator) { a.Origin = "https://shop.example.evil.test" }, "WebAuthnOriginNotAllowedException", "The passkey was made for an origin that is not allowed."},
	{"a page without TLS", func(a *passkeytest.Authenticator) { a.Origin = "http://" + site }, "WebAuthnOriginNotAllowedException", "The passkey was made for an origin that is not allowed."},
	{"a frame", func(a *passkeytest.Authenticator) { a.CrossOrigin = true }, "WebAuthnOriginNotAllowedException", "The passkey was made for an origin that is not allowed."},
	{"another relying party", func(a *passkeytest.Authenticator) { a.RelyingPartyID = "www." + site }, "WebAuthnRelyingPartyMismatchException", "The passkey was made for another relying party."},
	{"EdDSA", func(a *passkeytest.Authenticator) { a.Algorithm = passkeytest.EdDSA }, "WebAuthnCredentialNotSupportedException", "The passkey is of a kind that is not supported."},
	{"a short RSA key", func(a *passkeytest.Authenticator) { a.Algorithm, a.RSABits = passkeytest.RS256, 1024 }, "WebAuthnCredentialNotSupportedException", "The passkey is of a kind that is not supported."},
	{"an attestation in an unknown format", func(a *passkeytest.Authenticator) { a.Format = "house" }, "WebAuthnCredentialNotSupportedException", "The passkey is of a kind that is not supported."},
	{"a spoilt attestation", func(a *passkeytest.Authenticator) { a.Format, a.FlipAttestation = "packed", true }, "InvalidParameterException", badKey},
	{"nobody present", func(a *passkeytest.Authenticator) { a.Absent = true }, "InvalidParameterException", badKey},
	{"a sign-in", func(a *passkeytest.Authenticator) { a.CeremonyType = "webauthn.get" }, "InvalidParameterException", badKey},
}

// Each refusal leaves nothing behind but the registration, which the right passkey
// still completes, once.
func TestPasskeysThatAreNotTaken(t *testing.T) {
	const operation = "CompleteWebAuthnRegistration"
	covers(t, operation, "InvalidParameterException", "WebAuthnChallengeNotFoundException", "WebAuthnOriginNotAllowedException",
		"WebAuthnRelyingPartyMismatchException", "WebAuthnCredentialNotSupportedException", "WebAuthnClientMismatchException")
	inFrozenTime(t, func(t *testing.T, e *env, c *clock) {
		f := newPasskeyPool(t, e)
		f.user(t, "ann")
		f.user(t, "bob")
		ann, bob := f.signIn(t, "ann").AccessToken, f.signIn(t, "bob").AccessToken
		good := func(options []byte) []byte { return did(passkeytest.New(page).Create(options))(t) }
		options := did(e.startPasskey(t, ann))(t)
		for _, bad := range badPasskeys {
			a := passkeytest.New(page)
			bad.spoil(a)
			wantFaultNamed(t, bad.name, e.completePasskey(t, ann, did(a.Create(options))(t)), bad.code, bad.message)
		}
		for _, text := range []string{`{}`, `{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{}}`, `null`} {
			if code, message := e.rawFault(t, operation, `{"AccessToken":"`+*ann+`","Credential":`+text+`}`); code != "InvalidParameterException" {
				t.Errorf("%s: %s: %s", text, code, message)
			}
		}
		if n := len(e.passkeys(t, ann)); n != 0 {
			t.Fatalf("%d passkeys after refusals", n)
		}
		did(e.startPasskey(t, bob))(t)
		wantFault(t, e.completePasskey(t, bob, good(options)), "WebAuthnChallengeNotFoundException", notUnderWay)
		first := f.client
		f.client = f.choosing(t, nil)
		wantFault(t, e.completePasskey(t, f.signIn(t, "ann").AccessToken, good(options)), "WebAuthnClientMismatchException", "The registration was started by another app client.")
		f.client = first
		credential := good(options)
		noError(t, e.completePasskey(t, ann, credential))
		wantFault(t, e.completePasskey(t, ann, credential), "WebAuthnChallengeNotFoundException", notUnderWay)
		// A credential that is there already, in the answer to another challenge.
		options = did(e.startPasskey(t, ann))(t)
		wantFault(t, e.completePasskey(t, ann, swapped(t, credential, good(options))), "InvalidParameterException", "The passkey is registered already.")
		// A later registration voids this one, and five minutes end it.
		later := did(e.startPasskey(t, ann))(t)
		wantFault(t, e.completePasskey(t, ann, good(options)), "WebAuthnChallengeNotFoundException", notUnderWay)
		c.advance(5*time.Minute - time.Second)
		noError(t, e.completePasskey(t, ann, good(later)))
		later = did(e.startPasskey(t, ann))(t)
		c.advance(5 * time.Minute)
		wantFault(t, e.completePasskey(t, ann, good(later)), "WebAuthnChallengeNotFoundException", notUnderWay)
		// The pool becomes another site's, and then nobody's.
		options = did(e.startPasskey(t, ann))(t)
		f.passkeysFor(t, "www."+site, nil)
		wantFault(t, e.completePasskey(t, ann, good(options)), "WebAuthnRelyingPartyMismatchException", "The passkey was made for another relying party.")
		f.passkeysFor(t, "", func(in *cip.SetUserPoolMfaConfigInput) { in.WebAuthnConfiguration.RelyingPartyId = nil })
		wantFault(t, e.completePasskey(t, ann, good(options)), "WebAuthnRelyingPartyMismatchException", "The passkey was made for another relying party.")
		if n := len(e.passkeys(t, ann)); n != 2 {
			t.Errorf("%d passkeys", n)
		}
	})
}

// swapped is an answer to the challenge of another one with the key of this one, which
// nothing forbids where no authenticator vouches for it.
func swapped(t *testing.T, credential, other []byte) []byte {
	t.Helper()
	var a, b map[string]any
	noError(t, json.Unmarshal(credential, &a))
	noError(t, json.Unmarshal(other, &b))
	a["response"].(map[string]any)["clientDataJSON"] = b["response"].(map[string]any)["clientDataJSON"]
	return did(json.Marshal(a))(t)
}

// Where no passkey can be registered at all.
func TestPasskeysThatCannotBeRegistered(t *testing.T) {
	refuses(t, "StartWebAuthnRegistration", "WebAuthnNotEnabledException", "WebAuthnConfigurationMissingException", "LimitExceededException")
	refuses(t, "CompleteWebAuthnRegistration", "WebAuthnNotEnabledException", "LimitExceededException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newPasskeyPool(t, e)
		f.user(t, "ann")
		ann := f.signIn(t, "ann").AccessToken
		for range 19 {
			noError(t, e.register(t, ann, passkeytest.New(page)))
		}
		credential := did(passkeytest.New(page).Create(did(e.startPasskey(t, ann))(t)))(t)
		const tooMany = "The user has as many passkeys as a user can have, which are 20."
		wantTally(t, race(4, func(int) error { return e.completePasskey(t, ann, credential) }),
			map[string]int{"": 1, "LimitExceededException: " + tooMany: 3})
		if n := len(e.passkeys(t, ann)); n != 20 {
			t.Errorf("%d passkeys", n)
		}
		_, err := e.startPasskey(t, ann)
		wantFault(t, err, "LimitExceededException", tooMany)
		wantFault(t, e.completePasskey(t, ann, credential), "LimitExceededException", tooMany)
		noError(t, e.deletePasskey(t, ann, e.passkeys(t, ann)[0].CredentialId))
		did(e.startPasskey(t, ann))(t)
		// A pool that has no site, and one that has no passkeys.
		bare := newChooser(t, e, beginningWith("PASSWORD", "WEB_AUTHN"))
		bare.user(t, "ann")
		_, err = e.startPasskey(t, bare.signIn(t, "ann").AccessToken)
		wantFault(t, err, "WebAuthnConfigurationMissingException", "The user pool has no WebAuthnConfiguration with a RelyingPartyId.")
		f.beginWith(t, "PASSWORD")
		const off = "The user pool does not allow WEB_AUTHN as a first factor."
		_, err = e.startPasskey(t, ann)
		wantFault(t, err, "WebAuthnNotEnabledException", off)
		wantFault(t, e.completePasskey(t, ann, credential), "WebAuthnNotEnabledException", off)
		// What is there can be seen and removed all the same.
		if n := len(e.passkeys(t, ann)); n != 19 {
			t.Errorf("%d passkeys", n)
		}
		noError(t, e.deletePasskey(t, ann, e.passkeys(t, ann)[0].CredentialId))
	})
}

// passkeyCalls are the operations on passkeys, each as a call that succeeds or is
// refused for what it names.
var passkeyCalls = map[string]func(t *testing.T, e *env, token *string) error{
	"StartWebAuthnRegistration": func(t *testing.T, e *env, token *string) error {
		_, err := e.startPasskey(t, token)
		return err
	},
	"CompleteWebAuthnRegistration": func(t *testing.T, e *env, token *string) error { return e.completePasskey(t, token, []byte(`{}`)) },
	"ListWebAuthnCredentials": func(t *testing.T, e *env, token *string) error {
		_, err := e.ListWebAuthnCredentials(t.Context(), &cip.ListWebAuthnCredentialsInput{AccessToken: token})
		return err
	},
	"DeleteWebAuthnCredential": func(t *testing.T, e *env, token *string) error { return e.deletePasskey(t, token, aws.String("AAAA")) },
}

// The tokens of operations on passkeys: forged, malformed, and after their sign-in.
func TestPasskeysNeedAToken(t *testing.T) {
	for name := range passkeyCalls {
		refuses(t, name, "NotAuthorizedException", "InvalidParameterException", "PasswordResetRequiredException")
	}
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newPasskeyPool(t, e)
		f.user(t, "ann")
		tokens := f.signIn(t, "ann")
		for name, call := range passkeyCalls {
			for _, bad := range forgeries(t, f, *tokens.AccessToken, *tokens.IdToken, *tokens.RefreshToken) {
				wantFaultNamed(t, name+" with "+bad.name, call(t, e, &bad.token), "NotAuthorizedException", bad.message)
			}
			wantFaultNamed(t, name+" with a blank", call(t, e, aws.String("a b")), "InvalidParameterException", malformedToken)
		}
		for _, end := range endings {
			f := newPasskeyPool(t, e)
			f.user(t, "ann", "email=ann@passkey.example")
			tokens := f.signIn(t, "ann")
			noError(t, e.register(t, tokens.AccessToken, passkeytest.New(page)))
			end.end(t, f, tokens)
			for name, call := range passkeyCalls {
				// That somebody or something is gone is not modelled, but for the last one.
				code, message := end.code, end.message
				gone := code == "ResourceNotFoundException"
				if code == "UserNotFoundException" || gone && name != "DeleteWebAuthnCredential" {
					code, message = "NotAuthorizedException", revokedToken
				}
				switch end.name {
				case "DeleteUserPool":
					message = strings.Replace(message, "%s", f.pool, 1)
				case "DeleteUserPoolClient":
					message = strings.Replace(message, "%s", f.client, 1)
				}
				wantFaultNamed(t, name+" after "+end.name, call(t, e, tokens.AccessToken), code, message)
			}
		}
	})
}
