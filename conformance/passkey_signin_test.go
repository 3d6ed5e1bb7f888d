package conformance

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/passkey/passkeytest"
)

// noPasskeyProof is not the service's own text, which is unknown.
const (
	noPasskeyProof = "The passkey was not verified."
	badSession     = "Invalid session for the user."
	oldSession     = "Invalid session for the user, session is expired."
)

// A passkey signs in, as what the client prefers or what it selects.
func TestSignInByPasskey(t *testing.T) {
	covers(t, "InitiateAuth")
	covers(t, "RespondToAuthChallenge")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newPasskeyPool(t, e)
		a := f.withPasskey(t, "ann")
		f.user(t, "bob")
		options, session := f.askedForPasskey(t, "ann")
		var shown map[string]any
		noError(t, json.Unmarshal(options, &shown))
		id := *e.passkeys(t, f.signIn(t, "ann").AccessToken)[0].CredentialId
		if challenge, _ := shown["challenge"].(string); len(challenge) < 22 {
			t.Errorf("challenge %q", challenge)
		}
		delete(shown, "challenge")
		want := map[string]any{"rpId": site, "timeout": 60000.0, "userVerification": "preferred", "allowCredentials": []any{
			map[string]any{"type": "public-key", "id": id, "transports": []any{"hybrid", "internal"}},
		}}
		if diff := cmp.Diff(want, shown); diff != "" {
			t.Errorf("options (-want +got):\n%s", diff)
		}
		tokens := did(f.usePasskey(t, session, "ann", did(a.Get(options))(t)))(t)
		if tokens == nil || tokens.RefreshToken == nil || tokens.IdToken == nil {
			t.Fatal("no tokens")
		}
		f.own(t, tokens.AccessToken)
		f.refresh(t, *tokens.RefreshToken)
		// Without a preference the passkey is one of the choices; without a passkey it is none.
		out := did(f.beginChoice(t, "ann"))(t)
		if diff := cmp.Diff([]types.ChallengeNameType{"PASSWORD_SRP", "PASSWORD", "WEB_AUTHN"}, out.AvailableChallenges); diff != "" || out.ChallengeName != "SELECT_CHALLENGE" {
			t.Errorf("%s (-want +got):\n%s", out.ChallengeName, diff)
		}
		selected := did(f.respondTo(t, "SELECT_CHALLENGE", out.Session, "ann", "ANSWER", "WEB_AUTHN"))(t)
		if selected.ChallengeName != "WEB_AUTHN" {
			t.Fatalf("selecting leads to %s", selected.ChallengeName)
		}
		// A passkey that was copied to another device, or that does not count, is as good.
		synced := []byte(selected.ChallengeParameters["CREDENTIAL_REQUEST_OPTIONS"])
		did(f.usePasskey(t, selected.Session, "ann", did(a.Get(synced))(t)))(t)
		_, err := f.respondTo(t, "SELECT_CHALLENGE", out.Session, "ann", "ANSWER", "WEB_AUTHN")
		wantFault(t, err, "NotAuthorizedException", usedSession)
		bob := did(f.beginChoice(t, "bob", "PREFERRED_CHALLENGE", "WEB_AUTHN"))(t)
		if diff := cmp.Diff([]types.ChallengeNameType{"PASSWORD_SRP", "PASSWORD"}, bob.AvailableChallenges); diff != "" || bob.ChallengeName != "SELECT_CHALLENGE" {
			t.Errorf("a user without: %s (-want +got):\n%s", bob.ChallengeName, diff)
		}
		_, err = f.respondTo(t, "SELECT_CHALLENGE", bob.Session, "bob", "ANSWER", "WEB_AUTHN")
		wantFault(t, err, "InvalidParameterException", "WEB_AUTHN is not one of the choices of the challenge.")
	})
}

// badProofs are what makes an answer to a passkey's challenge wrong.
var badProofs = map[string]func(a *passkeytest.Authenticator){
	"another challenge":           func(a *passkeytest.Authenticator) { a.Challenge = bytes.Repeat([]byte{1}, 32) },
	"a page of another site":      func(a *passkeytest.Authenticator) { a.Origin = "https://evil.test" },
	"a page without TLS":          func(a *passkeytest.Authenticator) { a.Origin = "http://" + site },
	"a frame":                     func(a *passkeytest.Authenticator) { a.CrossOrigin = true },
	"another relying party":       func(a *passkeytest.Authenticator) { a.RelyingPartyID = "www." + site },
	"a registration":              func(a *passkeytest.Authenticator) { a.CeremonyType = "webauthn.create" },
	"nobody present":              func(a *passkeytest.Authenticator) { a.Absent = true },
	"a spoilt signature":          func(a *passkeytest.Authenticator) { a.FlipSignature = true },
	"the handle of somebody else": func(a *passkeytest.Authenticator) { a.UserHandle = []byte("somebody") },
	"a counter that went back":    func(a *passkeytest.Authenticator) { a.Uncounted = true },
}

// No answer but the right one signs in, and one that did signs in once.
func TestPasskeyProofsThatAreRefused(t *testing.T) {
	refuses(t, "RespondToAuthChallenge", "NotAuthorizedException")
	inFrozenTime(t, func(t *testing.T, e *env, c *clock) {
		f := newPasskeyPool(t, e)
		ann, bob := f.withPasskey(t, "ann"), f.withPasskey(t, "bob")
		use := func(a *passkeytest.Authenticator) { // so that there is a counter
			t.Helper()
			options, session := f.askedForPasskey(t, "ann")
			did(f.usePasskey(t, session, "ann", did(a.Get(options))(t)))(t)
		}
		use(ann)
		options, session := f.askedForPasskey(t, "ann")
		refused := func(what, name string, credential []byte, message string) {
			t.Helper()
			_, err := f.usePasskey(t, session, name, credential)
			wantFaultNamed(t, what, err, "NotAuthorizedException", message)
		}
		for what, spoil := range badProofs {
			a := ann.Clone()
			spoil(a)
			refused(what, "ann", did(a.Get(options))(t), noPasskeyProof)
		}
		for _, text := range []string{"x", "{}", "null", `{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{}}`} {
			refused(text, "ann", []byte(text), noPasskeyProof)
		}
		// Somebody else's passkey, for a challenge of one's own and for theirs.
		theirs, theirSession := f.askedForPasskey(t, "bob")
		forger := bob.Clone()
		forger.Challenge = challengeIn(t, options)
		forged := did(forger.Get(theirs))(t)
		refused("another user's passkey", "ann", forged, noPasskeyProof)
		refused("another user's name", "bob", did(ann.Get(options))(t), badSession)
		refused("a name that nobody has", "nobody", did(ann.Get(options))(t), badSession)
		_, err := f.usePasskey(t, theirSession, "bob", did(bob.Get(theirs))(t))
		noError(t, err)
		credential := did(ann.Get(options))(t)
		_, err = f.respondTo(t, "PASSWORD", session, "ann", "PASSWORD", password)
		wantFault(t, err, "NotAuthorizedException", badSession)
		other := f.client
		f.client = f.choosing(t, nil)
		refused("another client's session", "ann", credential, badSession)
		f.client = other
		g := newPasskeyPool(t, e)
		g.withPasskey(t, "ann")
		_, err = g.usePasskey(t, session, "ann", credential)
		wantFault(t, err, "NotAuthorizedException", badSession)
		wantTally(t, race(8, func(int) error {
			_, err := f.usePasskey(t, session, "ann", credential)
			return err
		}), map[string]int{"": 1, "NotAuthorizedException: " + usedSession: 7})
		refused("a second time", "ann", credential, usedSession)
		// The answer is no answer to another challenge.
		replayed := credential
		options, session = f.askedForPasskey(t, "ann")
		refused("a replay", "ann", replayed, noPasskeyProof)
		c.advance(3*time.Minute - time.Second)
		did(f.usePasskey(t, session, "ann", did(ann.Get(options))(t)))(t)
		options, session = f.askedForPasskey(t, "ann")
		c.advance(3 * time.Minute)
		refused("late", "ann", did(ann.Get(options))(t), oldSession)
	})
}

// challengeIn returns the challenge that options have.
func challengeIn(t *testing.T, options []byte) []byte {
	t.Helper()
	var o struct {
		Challenge string `json:"challenge"`
	}
	noError(t, json.Unmarshal(options, &o))
	return did(base64.RawURLEncoding.DecodeString(o.Challenge))(t)
}
