package conformance

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// passkeyPage is a page that has the browser make and use passkeys, and asks the server
// for all of it itself, as a page of the web does.
const passkeyPage = `<!doctype html><title>Passkeys</title><h1>Passkeys</h1><script>
const call = async (server, operation, input) => {
	const answer = await fetch(server, {method: "POST", body: JSON.stringify(input), headers: {
		"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AWSCognitoIdentityProviderService." + operation}});
	const body = await answer.json();
	if (!answer.ok) throw new Error(body.__type + ": " + body.message);
	return body;
};
const told = f => async (...input) => { try { return await f(...input) } catch (e) { return {Error: e.name + ": " + e.message} } };
const register = told(async (server, AccessToken) => {
	const {CredentialCreationOptions} = await call(server, "StartWebAuthnRegistration", {AccessToken});
	const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(CredentialCreationOptions);
	const made = await navigator.credentials.create({publicKey});
	await call(server, "CompleteWebAuthnRegistration", {AccessToken, Credential: made.toJSON()});
	return {ID: made.id};
});
const signIn = told(async (server, ClientId, USERNAME) => {
	const asked = await call(server, "InitiateAuth", {ClientId, AuthFlow: "USER_AUTH", AuthParameters: {USERNAME, PREFERRED_CHALLENGE: "WEB_AUTHN"}});
	if (asked.ChallengeName !== "WEB_AUTHN") throw new Error(asked.ChallengeName);
	const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(asked.ChallengeParameters.CREDENTIAL_REQUEST_OPTIONS));
	const used = await navigator.credentials.get({publicKey});
	const done = await call(server, "RespondToAuthChallenge", {ClientId, ChallengeName: "WEB_AUTHN", Session: asked.Session,
		ChallengeResponses: {USERNAME, CREDENTIAL: JSON.stringify(used.toJSON())}});
	return {ID: used.id, AccessToken: done.AuthenticationResult.AccessToken};
});
</script>`

// told is what the page tells of a ceremony.
type told struct{ ID, AccessToken, Error string }

// inPage calls a function of the page and waits for what it tells.
func inPage(t *testing.T, ctx context.Context, function string, arguments ...string) told {
	t.Helper()
	list := did(json.Marshal(arguments))(t)
	return did(chromedp.Run(ctx, chromedp.Evaluate[told](function+`(...`+string(list)+`)`, chromedp.EvalAwaitPromise)))(t)
}

// openPasskeyPage shows the page at localhost in a browser with an authenticator that
// verifies its user.
func openPasskeyPage(t *testing.T) (context.Context, webauthn.AuthenticatorID) {
	t.Helper()
	ctx := browse(t, "light")
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(passkeyPage))
	}))
	t.Cleanup(site.Close)
	did(chromedp.Call(ctx, webauthn.Enable, webauthn.EnableParams{}))(t)
	added := did(chromedp.Call(ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}}))(t)
	noError(t, chromedp.Do(ctx, chromedp.Navigate(strings.Replace(site.URL, "127.0.0.1", "localhost", 1))))
	return ctx, added.AuthenticatorID
}

// A page of the web makes a passkey with the options of StartWebAuthnRegistration and
// signs in with those of the challenge, by what a browser itself does with them.
func TestPasskeyInABrowser(t *testing.T) {
	skipElsewhere(t)
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newChooser(t, e, beginningWith("PASSWORD", "WEB_AUTHN"))
		f.passkeysFor(t, "localhost", nil)
		f.user(t, "ann")
		f.user(t, "bob")
		ctx, authenticator := openPasskeyPage(t)
		ann, bob := f.signIn(t, "ann").AccessToken, f.signIn(t, "bob").AccessToken
		made := inPage(t, ctx, "register", e.url, *ann)
		if made.Error != "" || made.ID == "" {
			t.Fatalf("registering: %+v", made)
		}
		list := e.passkeys(t, ann)
		if len(list) != 1 || *list[0].CredentialId != made.ID || *list[0].RelyingPartyId != "localhost" || *list[0].AuthenticatorAttachment != "platform" || list[0].AuthenticatorTransports[0] != "internal" {
			t.Errorf("listed are %+v, made was %+v", list, made)
		}
		// The browser knows by the options that the device has one, and is another's device.
		if again := inPage(t, ctx, "register", e.url, *ann); !strings.HasPrefix(again.Error, "InvalidStateError") {
			t.Errorf("registering again: %+v", again)
		}
		if theirs := inPage(t, ctx, "register", e.url, *bob); theirs.Error != "" {
			t.Errorf("another user: %+v", theirs)
		}
		for range 2 { // the counter grows
			used := inPage(t, ctx, "signIn", e.url, f.client, "ann")
			if used.Error != "" || used.ID != made.ID {
				t.Fatalf("signing in: %+v", used)
			}
			if sub := f.own(t, &used.AccessToken)["sub"]; sub != f.attributes(t, "ann")["sub"] {
				t.Errorf("signed in is %s", sub)
			}
		}
		// Two factors need a user whom the authenticator knows.
		f.twoFactors(t, "localhost", "ON", "MULTI_FACTOR_WITH_USER_VERIFICATION")
		if used := inPage(t, ctx, "signIn", e.url, f.client, "ann"); used.Error != "" || used.AccessToken == "" {
			t.Errorf("as two factors: %+v", used)
		}
		did(chromedp.Call(ctx, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: authenticator, IsUserVerified: false}))(t)
		if used := inPage(t, ctx, "signIn", e.url, f.client, "ann"); !strings.HasPrefix(used.Error, "NotAllowedError") {
			t.Errorf("without verification: %+v", used)
		}
		noError(t, e.deletePasskey(t, ann, &made.ID))
		if gone := inPage(t, ctx, "signIn", e.url, f.client, "ann"); gone.Error != "Error: SELECT_CHALLENGE" {
			t.Errorf("after its end: %+v", gone)
		}
	})
}
