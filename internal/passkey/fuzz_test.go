package passkey_test

import (
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

func FuzzFinishRegistration(f *testing.F) {
	options, challenge, err := passkey.BeginRegistration(site, ada, nil)
	if err != nil {
		f.Fatal(err)
	}
	for _, format := range []string{"none", "packed", "tpm", "apple", "fido-u2f", "android-key", "android-safetynet", "compound"} {
		a := passkeytest.New(page)
		a.Format = format
		answer, err := a.Create(options)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(answer)
	}
	f.Add([]byte(`{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","attestationObject":"oA"}}`))
	f.Fuzz(func(t *testing.T, answer []byte) {
		made, err := passkey.FinishRegistration(site, ada, challenge, answer)
		if err != nil {
			if !isKnown(err) {
				t.Errorf("no reason is named: %v", err)
			}
			return
		}
		if len(made.ID) == 0 || len(made.AAGUID) != 16 || made.RPID != site.ID || !made.UserVerified {
			t.Errorf("taken: %+v", made)
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
	for _, flip := range []bool{false, true} {
		a.FlipSignature = flip
		answer, err := a.Get(options)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(answer)
	}
	f.Add([]byte(`{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"","signature":""}}`))
	f.Fuzz(func(t *testing.T, answer []byte) {
		used, err := passkey.FinishSignIn(site, ada, challenge, []passkey.Credential{made}, answer)
		if err != nil {
			if !isKnown(err) {
				t.Errorf("no reason is named: %v", err)
			}
			return
		}
		// Only the authenticator can sign, so nothing but its counter is new.
		want := made
		want.SignCount = used.SignCount
		if diff := cmp.Diff(want, used); diff != "" || used.SignCount == 0 {
			t.Errorf("counter %d, %s", used.SignCount, diff)
		}
	})
}
