package conformance

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/passkey/passkeytest"
)

// A passkey from the options that it is made by to its end.
func TestPasskeys(t *testing.T) {
	covers(t, "StartWebAuthnRegistration")
	covers(t, "CompleteWebAuthnRegistration")
	covers(t, "ListWebAuthnCredentials", "InvalidParameterException")
	covers(t, "DeleteWebAuthnCredential", "ResourceNotFoundException", "InvalidParameterException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newPasskeyPool(t, e)
		f.user(t, "ann")
		f.user(t, "bob")
		ann, bob := f.signIn(t, "ann").AccessToken, f.signIn(t, "bob").AccessToken
		if list := e.passkeys(t, ann); list == nil || len(list) != 0 {
			t.Errorf("before there is any: %v", list)
		}
		options := did(e.startPasskey(t, ann))(t)
		wantOptions(t, f.attributes(t, "ann")["sub"], options)
		phone := passkeytest.New(page)
		credential := did(phone.Create(options))(t)
		e.wantCall(t, "CompleteWebAuthnRegistration", `{"AccessToken":"`+*ann+`","Credential":`+string(credential)+`}`, "")
		// The options exclude what is there, and only that.
		options = did(e.startPasskey(t, ann))(t)
		if _, err := phone.Create(options); !errors.Is(err, passkeytest.ErrExcluded) {
			t.Errorf("another passkey on the same device: %v", err)
		}
		key := passkeytest.New("https://" + site + ":8443")
		key.Attachment, key.Transports, key.Algorithm = "cross-platform", []string{"usb", "nfc"}, passkeytest.RS256
		noError(t, e.completePasskey(t, ann, did(key.Create(options))(t)))
		list := e.passkeys(t, ann)
		if len(list) != 2 {
			t.Fatalf("%d passkeys", len(list))
		}
		names := map[string]string{"platform": "Passkey on a device", "cross-platform": "Security key"}
		seen := map[string]bool{}
		for _, c := range list {
			where := aws.ToString(c.AuthenticatorAttachment)
			seen[where] = true
			if *c.FriendlyCredentialName != names[where] || *c.RelyingPartyId != site || len(c.AuthenticatorTransports) != 2 || time.Since(*c.CreatedAt).Abs() > time.Hour {
				t.Errorf("a passkey is listed as %+v", c)
			}
		}
		if !seen["platform"] || !seen["cross-platform"] {
			t.Errorf("listed %v", seen)
		}
		if n := len(e.passkeys(t, bob)); n != 0 {
			t.Errorf("another user has %d", n)
		}
		var pages int
		in := &cip.ListWebAuthnCredentialsInput{AccessToken: ann, MaxResults: aws.Int32(1)}
		for in.NextToken != nil || pages == 0 {
			out := did(e.ListWebAuthnCredentials(t.Context(), in))(t)
			if *out.Credentials[0].CredentialId != *list[pages].CredentialId || len(out.Credentials) != 1 {
				t.Errorf("page %d has %v", pages, out.Credentials)
			}
			if pages++; pages == 1 && out.NextToken != nil {
				_, err := e.ListWebAuthnCredentials(t.Context(), &cip.ListWebAuthnCredentialsInput{AccessToken: bob, NextToken: out.NextToken})
				wantFault(t, err, "InvalidParameterException", badToken)
			}
			in.NextToken = out.NextToken
		}
		if pages != 2 {
			t.Errorf("%d pages", pages)
		}
		const unknown = "Passkey not found."
		wantFault(t, e.deletePasskey(t, bob, list[0].CredentialId), "ResourceNotFoundException", unknown)
		wantFault(t, e.deletePasskey(t, ann, aws.String("AAAA")), "ResourceNotFoundException", unknown)
		noError(t, e.deletePasskey(t, ann, list[0].CredentialId))
		wantFault(t, e.deletePasskey(t, ann, list[0].CredentialId), "ResourceNotFoundException", unknown)
		if left := e.passkeys(t, ann); len(left) != 1 || *left[0].CredentialId != *list[1].CredentialId {
			t.Errorf("left are %v", left)
		}
		if code, _ := e.rawFault(t, "DeleteWebAuthnCredential", `{"AccessToken":"`+*ann+`"}`); code != "InvalidParameterException" {
			t.Errorf("without a name: %s", code)
		}
	})
}

// wantOptions wants all that clients read of the options to make a passkey.
func wantOptions(t *testing.T, sub string, options []byte) {
	t.Helper()
	var got map[string]any
	noError(t, json.Unmarshal(options, &got))
	if challenge, _ := got["challenge"].(string); len(challenge) < 22 {
		t.Errorf("challenge %q", challenge)
	}
	delete(got, "challenge")
	person, _ := got["user"].(map[string]any)
	if id, _ := person["id"].(string); id != base64URL(sub) {
		t.Errorf("user.id %v is not the sub", person["id"])
	}
	delete(person, "id")
	want := map[string]any{
		"rp":                 map[string]any{"id": site, "name": site},
		"user":               map[string]any{"name": "ann", "displayName": "ann"},
		"pubKeyCredParams":   []any{map[string]any{"type": "public-key", "alg": -7.0}, map[string]any{"type": "public-key", "alg": -257.0}},
		"excludeCredentials": []any{},
		"timeout":            60000.0, "attestation": "none",
		"authenticatorSelection": map[string]any{"requireResidentKey": true, "residentKey": "required", "userVerification": "preferred"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("options (-want +got):\n%s", diff)
	}
}
