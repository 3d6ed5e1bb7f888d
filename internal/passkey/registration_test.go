package passkey_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"poolhouse.dev/internal/passkey"
	"poolhouse.dev/internal/passkey/passkeytest"
)

func TestCreationOptions(t *testing.T) {
	known := passkey.Credential{ID: []byte("known"), Transports: []string{"usb", "nfc"}, RPID: "example.com"}
	orphan := passkey.Credential{ID: []byte("orphan"), RPID: "old.example.com"}
	for _, c := range []struct {
		verification, want string
		existing           []passkey.Credential
		exclude            []any
	}{
		{"", "preferred", nil, []any{}},
		{passkey.Preferred, "preferred", []passkey.Credential{orphan}, []any{}},
		{passkey.Required, "required", []passkey.Credential{orphan, known}, []any{
			map[string]any{"type": "public-key", "id": "a25vd24", "transports": []any{"usb", "nfc"}},
		}},
	} {
		rp := passkey.RelyingParty{ID: "example.com", UserVerification: c.verification}
		options, challenge, err := passkey.BeginRegistration(rp, ada, c.existing)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]any{
			"rp":        map[string]any{"id": "example.com", "name": "example.com"},
			"user":      map[string]any{"id": base64.RawURLEncoding.EncodeToString(ada.Handle), "name": "ada", "displayName": "Ada L."},
			"challenge": base64.RawURLEncoding.EncodeToString(challenge.Value),
			"pubKeyCredParams": []any{
				map[string]any{"type": "public-key", "alg": -7.0},
				map[string]any{"type": "public-key", "alg": -257.0},
			},
			"timeout":            60000.0,
			"excludeCredentials": c.exclude,
			"authenticatorSelection": map[string]any{
				"requireResidentKey": true, "residentKey": "required", "userVerification": c.want,
			},
			"attestation": "none",
		}
		if diff := cmp.Diff(want, decode(t, options)); diff != "" {
			t.Errorf("%q: %s", c.verification, diff)
		}
		if challenge.RelyingPartyID != "example.com" || challenge.UserVerification != c.want {
			t.Errorf("the challenge remembers %q and %q", challenge.RelyingPartyID, challenge.UserVerification)
		}
	}
}

func TestRegister(t *testing.T) {
	for name, c := range map[string]struct {
		set  func(*passkeytest.Authenticator)
		want passkey.Credential
	}{
		"of this device": {
			func(*passkeytest.Authenticator) {},
			passkey.Credential{
				UserPresent: true, UserVerified: true,
				AttestationType: "none", AttestationFormat: "none",
				Transports: []string{"hybrid", "internal"}, Attachment: "platform",
			},
		},
		"of a security key with RSA that vouches for itself": {
			func(a *passkeytest.Authenticator) {
				a.Algorithm, a.Format = passkeytest.RS256, "packed"
				a.Attachment, a.Transports = "cross-platform", []string{"usb", "telepathy", "usb"}
				a.AAGUID[0] = 7
			},
			passkey.Credential{
				UserPresent: true, UserVerified: true,
				AttestationType: "basic_surrogate", AttestationFormat: "packed",
				AAGUID:     append([]byte{7}, make([]byte, 15)...),
				Transports: []string{"usb"}, Attachment: "cross-platform",
			},
		},
		"of a browser that tells nothing, synced": {
			func(a *passkeytest.Authenticator) {
				a.Attachment, a.Transports = "", nil
				a.BackupEligible, a.BackedUp = true, true
			},
			passkey.Credential{
				UserPresent: true, UserVerified: true, BackupEligible: true, BackupState: true,
				AttestationType: "none", AttestationFormat: "none",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := passkeytest.New(page)
			c.set(a)
			made := register(t, site, a)
			if len(made.ID) == 0 || len(made.PublicKey) == 0 {
				t.Fatalf("an ID of %d bytes, a key of %d", len(made.ID), len(made.PublicKey))
			}
			c.want.ID, c.want.PublicKey, c.want.RPID = made.ID, made.PublicKey, "example.com"
			if c.want.AAGUID == nil {
				c.want.AAGUID = make([]byte, 16)
			}
			if diff := cmp.Diff(c.want, made); diff != "" {
				t.Error(diff)
			}
			if _, err := signIn(t, site, a, made); err != nil {
				t.Errorf("signing in with it: %v", err)
			}
		})
	}
}

func TestExistingPasskeyIsExcluded(t *testing.T) {
	a := passkeytest.New(page)
	made := register(t, site, a)
	options, _, err := passkey.BeginRegistration(site, ada, []passkey.Credential{made})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Create(options); !errors.Is(err, passkeytest.ErrExcluded) {
		t.Errorf("a second passkey on the device: %v", err)
	}
}

func TestRegistrationWithoutVerification(t *testing.T) {
	a := passkeytest.New(page)
	a.Unverified = true
	rp := site
	rp.UserVerification = passkey.Preferred
	if made := register(t, rp, a); made.UserVerified {
		t.Error("the person is said to be verified")
	}
}

func TestRegistrationRefused(t *testing.T) {
	for name, c := range map[string]struct {
		set  func(*passkeytest.Authenticator)
		want error
	}{
		"another origin":        {func(a *passkeytest.Authenticator) { a.Origin = "https://example.org" }, passkey.ErrOriginNotAllowed},
		"a frame":               {func(a *passkeytest.Authenticator) { a.CrossOrigin = true }, passkey.ErrOriginNotAllowed},
		"another challenge":     {func(a *passkeytest.Authenticator) { a.Challenge = make([]byte, 32) }, passkey.ErrChallengeMismatch},
		"another relying party": {func(a *passkeytest.Authenticator) { a.RelyingPartyID = "example.org" }, passkey.ErrRelyingPartyMismatch},
		"no verification":       {func(a *passkeytest.Authenticator) { a.Unverified = true }, passkey.ErrUserVerification},
		"another algorithm":     {func(a *passkeytest.Authenticator) { a.Algorithm = passkeytest.EdDSA }, passkey.ErrNotSupported},
		"a short RSA key":       {func(a *passkeytest.Authenticator) { a.Algorithm, a.RSABits = passkeytest.RS256, 1024 }, passkey.ErrNotSupported},
		"an unknown format":     {func(a *passkeytest.Authenticator) { a.Format = "handshake" }, passkey.ErrNotSupported},
		"a spoilt attestation":  {func(a *passkeytest.Authenticator) { a.Format, a.FlipAttestation = "packed", true }, passkey.ErrNotVerified},
		"an empty attestation":  {func(a *passkeytest.Authenticator) { a.Format = "tpm" }, passkey.ErrNotVerified},
		"nobody present":        {func(a *passkeytest.Authenticator) { a.Absent = true }, passkey.ErrNotVerified},
		"a sign-in's type":      {func(a *passkeytest.Authenticator) { a.CeremonyType = "webauthn.get" }, passkey.ErrNotVerified},
		"backed up, ineligible": {func(a *passkeytest.Authenticator) { a.BackedUp = true }, passkey.ErrNotVerified},
	} {
		t.Run(name, func(t *testing.T) {
			a := passkeytest.New(page)
			c.set(a)
			options, challenge, err := passkey.BeginRegistration(site, ada, nil)
			if err != nil {
				t.Fatal(err)
			}
			answer, err := a.Create(options)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := passkey.FinishRegistration(site, ada, challenge, answer); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}

// Nobody vouches for the key, so that it has to be looked at before it is stored.
func TestKeyThatCouldNeverSignIn(t *testing.T) {
	options, challenge, err := passkey.BeginRegistration(site, ada, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := passkeytest.New(page).Create(options)
	if err != nil {
		t.Fatal(err)
	}
	object := carried(t, answer, "attestationObject")
	object[len(object)-1] ^= 1 // the end of y: the point is on the curve no more
	answer = carrying(t, answer, "attestationObject", object)
	if _, err := passkey.FinishRegistration(site, ada, challenge, answer); !errors.Is(err, passkey.ErrNotSupported) {
		t.Errorf("%v, want %v", err, passkey.ErrNotSupported)
	}
}

func TestRegistrationOfAnotherChallenge(t *testing.T) {
	options, challenge, err := passkey.BeginRegistration(site, ada, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := passkeytest.New(page).Create(options)
	if err != nil {
		t.Fatal(err)
	}
	_, later, err := passkey.BeginRegistration(site, ada, nil)
	if err != nil {
		t.Fatal(err)
	}
	moved := passkey.RelyingParty{ID: "shop.example.com", Origins: []string{page}}
	for name, c := range map[string]struct {
		rp        passkey.RelyingParty
		person    passkey.Person
		challenge passkey.Challenge
		want      error
	}{
		"a later challenge":         {site, ada, later, passkey.ErrChallengeMismatch},
		"no challenge":              {site, ada, passkey.Challenge{}, passkey.ErrChallengeMismatch},
		"another person":            {site, bob, challenge, passkey.ErrChallengeMismatch},
		"a changed relying party":   {moved, ada, challenge, passkey.ErrRelyingPartyMismatch},
		"the right one, in the end": {site, ada, challenge, nil},
	} {
		if _, err := passkey.FinishRegistration(c.rp, c.person, c.challenge, answer); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestMalformedRegistration(t *testing.T) {
	options, challenge, err := passkey.BeginRegistration(site, ada, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := passkeytest.New(page).Create(options)
	if err != nil {
		t.Fatal(err)
	}
	response := func(name string, value any) []byte {
		return edit(t, answer, func(object map[string]any) { object["response"].(map[string]any)[name] = value })
	}
	member := func(name string, value any) []byte {
		return edit(t, answer, func(object map[string]any) { object[name] = value })
	}
	for name, text := range map[string][]byte{
		"nothing":              nil,
		"null":                 []byte("null"),
		"an empty object":      []byte("{}"),
		"a list":               []byte("[]"),
		"half of it":           answer[:len(answer)/2],
		"something after it":   append(answer[:len(answer):len(answer)], '1'),
		"another type":         member("type", "password"),
		"another rawId":        member("rawId", "AAAA"),
		"no response":          member("response", nil),
		"no client data":       response("clientDataJSON", ""),
		"client data, no JSON": response("clientDataJSON", "AAAA"),
		"no attestation":       response("attestationObject", ""),
		"cut attestation":      response("attestationObject", "o2NmbXRkbm9uZQ"),
		"no base64":            response("attestationObject", "****"),
	} {
		_, err := passkey.FinishRegistration(site, ada, challenge, text)
		if !errors.Is(err, passkey.ErrMalformed) {
			t.Errorf("%s: %v, want %v", name, err, passkey.ErrMalformed)
		} else if strings.Contains(err.Error(), base64.RawURLEncoding.EncodeToString(challenge.Value)) {
			t.Errorf("%s: the error shows the challenge: %v", name, err)
		}
	}
}
