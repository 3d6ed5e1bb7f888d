package passkey_test

import (
	"encoding/base64"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"poolhouse.dev/internal/passkey"
	"poolhouse.dev/internal/passkey/passkeytest"
)

// kinds are all the reasons that a refusal may have.
var kinds = []error{
	passkey.ErrMalformed, passkey.ErrChallengeMismatch, passkey.ErrOriginNotAllowed, passkey.ErrRelyingPartyMismatch,
	passkey.ErrUserVerification, passkey.ErrNotSupported, passkey.ErrNotVerified, passkey.ErrCloned,
}

func isKnown(err error) bool {
	for _, kind := range kinds {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// The first input is a whole answer. The second is what a right answer carries in
// base64, where whoever changes letters at random does not get far.
func FuzzFinishRegistration(f *testing.F) {
	options, challenge, err := passkey.BeginRegistration(site, ada, nil)
	if err != nil {
		f.Fatal(err)
	}
	var right []byte
	for _, format := range []string{"tpm", "apple", "fido-u2f", "android-key", "android-safetynet", "compound", "packed", "none"} {
		a := passkeytest.New(page)
		a.Format = format
		right, err = a.Create(options)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(right, carried(f, right, "attestationObject"))
	}
	f.Add([]byte(`{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","attestationObject":"oA"}}`), []byte{0xa0})
	f.Fuzz(func(t *testing.T, answer, object []byte) {
		for _, text := range [][]byte{answer, carrying(t, right, "attestationObject", object)} {
			made, err := passkey.FinishRegistration(site, ada, challenge, text)
			if err != nil {
				if !isKnown(err) {
					t.Errorf("no reason is named: %v", err)
				}
				continue
			}
			if len(made.ID) == 0 || len(made.AAGUID) != 16 || made.RPID != site.ID || !made.UserVerified {
				t.Errorf("taken: %+v", made)
			}
		}
	})
}

func FuzzFinishSignIn(f *testing.F) {
	a := passkeytest.New(page)
	options, challenge, err := passkey.BeginRegistration(site, ada, nil)
	if err != nil {
		f.Fatal(err)
	}
	answer, err := a.Create(options)
	if err != nil {
		f.Fatal(err)
	}
	made, err := passkey.FinishRegistration(site, ada, challenge, answer)
	if err != nil {
		f.Fatal(err)
	}
	options, challenge, err = passkey.BeginSignIn(site, ada, []passkey.Credential{made})
	if err != nil {
		f.Fatal(err)
	}
	right, err := a.Get(options)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(right, carried(f, right, "authenticatorData"), carried(f, right, "signature"))
	f.Add([]byte(`{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"","signature":""}}`), []byte{}, []byte{})
	f.Fuzz(func(t *testing.T, answer, data, signature []byte) {
		changed := carrying(t, carrying(t, right, "authenticatorData", data), "signature", signature)
		for _, text := range [][]byte{answer, changed} {
			used, err := passkey.FinishSignIn(site, ada, challenge, []passkey.Credential{made}, text)
			if err != nil {
				if !isKnown(err) {
					t.Errorf("no reason is named: %v", err)
				}
				continue
			}
			// Only the authenticator can sign, so nothing but its counter is new.
			want := made
			want.SignCount = 1
			if diff := cmp.Diff(want, used); diff != "" {
				t.Error(diff)
			}
		}
	})
}

// carried is what an answer's response has in base64.
func carried(t testing.TB, answer []byte, name string) []byte {
	t.Helper()
	text := decode(t, answer)["response"].(map[string]any)[name].(string)
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// carrying is the answer with other data in its response.
func carrying(t testing.TB, answer []byte, name string, data []byte) []byte {
	t.Helper()
	return edit(t, answer, func(object map[string]any) {
		object["response"].(map[string]any)[name] = base64.RawURLEncoding.EncodeToString(data)
	})
}
