package passkey_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"poolhouse.dev/internal/passkey"
	"poolhouse.dev/internal/passkey/passkeytest"
)

func TestRequestOptions(t *testing.T) {
	known := passkey.Credential{ID: []byte("known"), Transports: []string{"usb", "nfc"}, RPID: "example.com"}
	orphan := passkey.Credential{ID: []byte("orphan"), RPID: "old.example.com"}
	for _, c := range []struct {
		verification, want string
		credentials        []passkey.Credential
		allow              []any
	}{
		{"", "preferred", nil, []any{}},
		{passkey.Required, "required", []passkey.Credential{orphan, known}, []any{
			map[string]any{"type": "public-key", "id": "a25vd24", "transports": []any{"usb", "nfc"}},
		}},
	} {
		rp := passkey.RelyingParty{ID: "example.com", UserVerification: c.verification}
		options, challenge, err := passkey.BeginSignIn(rp, ada, c.credentials)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]any{
			"challenge":        base64.RawURLEncoding.EncodeToString(challenge.Value),
			"rpId":             "example.com",
			"timeout":          60000.0,
			"allowCredentials": c.allow,
			"userVerification": c.want,
		}
		if diff := cmp.Diff(want, decode(t, options)); diff != "" {
			t.Errorf("%q: %s", c.verification, diff)
		}
	}
}

func TestSignIn(t *testing.T) {
	a := passkeytest.New(page)
	a.BackupEligible = true
	first := register(t, site, a)
	other := register(t, site, passkeytest.New(page))

	want := first
	for range 2 {
		used, err := signIn(t, site, a, other, want)
		if err != nil {
			t.Fatal(err)
		}
		want.SignCount++
		if diff := cmp.Diff(want, used); diff != "" {
			t.Error(diff)
		}
	}

	// What the flags say may change from use to use.
	a.BackedUp, a.Unverified, a.NoUserHandle = true, true, true
	rp := site
	rp.UserVerification = passkey.Preferred
	used, err := signIn(t, rp, a, want)
	if err != nil {
		t.Fatal(err)
	}
	want.SignCount++
	want.BackupState, want.UserVerified = true, false
	if diff := cmp.Diff(want, used); diff != "" {
		t.Error(diff)
	}
}

func TestSignInRefused(t *testing.T) {
	for name, c := range map[string]struct {
		set  func(*passkeytest.Authenticator)
		want error
	}{
		"another origin":        {func(a *passkeytest.Authenticator) { a.Origin = "https://example.org" }, passkey.ErrOriginNotAllowed},
		"a frame":               {func(a *passkeytest.Authenticator) { a.CrossOrigin = true }, passkey.ErrOriginNotAllowed},
		"another challenge":     {func(a *passkeytest.Authenticator) { a.Challenge = make([]byte, 32) }, passkey.ErrChallengeMismatch},
		"another relying party": {func(a *passkeytest.Authenticator) { a.RelyingPartyID = "example.org" }, passkey.ErrRelyingPartyMismatch},
		"no verification":       {func(a *passkeytest.Authenticator) { a.Unverified = true }, passkey.ErrUserVerification},
		"a spoilt signature":    {func(a *passkeytest.Authenticator) { a.FlipSignature = true }, passkey.ErrNotVerified},
		"nobody present":        {func(a *passkeytest.Authenticator) { a.Absent = true }, passkey.ErrNotVerified},
		"a registration's type": {func(a *passkeytest.Authenticator) { a.CeremonyType = "webauthn.create" }, passkey.ErrNotVerified},
		"another eligibility":   {func(a *passkeytest.Authenticator) { a.BackupEligible = true }, passkey.ErrNotVerified},
		"backed up, ineligible": {func(a *passkeytest.Authenticator) { a.BackedUp = true }, passkey.ErrNotVerified},
		"another person's":      {func(a *passkeytest.Authenticator) { a.UserHandle = bob.Handle }, passkey.ErrNotVerified},
		"a counter gone":        {func(a *passkeytest.Authenticator) { a.Uncounted = true }, passkey.ErrCloned},
	} {
		for _, algorithm := range []int{passkeytest.ES256, passkeytest.RS256} {
			a := passkeytest.New(page)
			a.Algorithm = algorithm
			made := register(t, site, a)
			made, err := signIn(t, site, a, made)
			if err != nil {
				t.Fatal(err)
			}
			c.set(a)
			if _, err := signIn(t, site, a, made); !errors.Is(err, c.want) {
				t.Errorf("%s, algorithm %d: %v, want %v", name, algorithm, err, c.want)
			}
		}
	}
}

func TestClonedAuthenticator(t *testing.T) {
	a := passkeytest.New(page)
	made := register(t, site, a)
	clone := a.Clone()
	made, err := signIn(t, site, a, made)
	if err != nil {
		t.Fatal(err)
	}
	used, err := signIn(t, site, clone, made)
	if !errors.Is(err, passkey.ErrCloned) {
		t.Fatalf("the clone signs in: %v", err)
	}
	if diff := cmp.Diff(made, used); diff != "" {
		t.Errorf("the stored passkey changed: %s", diff)
	}
	clone.FlipSignature = true
	if _, err := signIn(t, site, clone, made); !errors.Is(err, passkey.ErrNotVerified) {
		t.Errorf("a bad signature is told from a clone by %v", err)
	}
}

func TestAuthenticatorWithoutCounter(t *testing.T) {
	a := passkeytest.New(page)
	a.Uncounted = true
	made := register(t, site, a)
	for range 2 {
		used, err := signIn(t, site, a, made)
		if err != nil || used.SignCount != 0 {
			t.Fatalf("counter %d, %v", used.SignCount, err)
		}
	}
}

func TestSignInWithAnothersAnswer(t *testing.T) {
	a := passkeytest.New(page)
	made := register(t, site, a)
	other := register(t, site, passkeytest.New(page))
	options, challenge, err := passkey.BeginSignIn(site, ada, []passkey.Credential{made})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := a.Get(options)
	if err != nil {
		t.Fatal(err)
	}
	_, later, err := passkey.BeginSignIn(site, ada, nil)
	if err != nil {
		t.Fatal(err)
	}
	swapped, orphan := other, made
	swapped.ID = made.ID
	orphan.RPID = "old.example.com"
	moved := passkey.RelyingParty{ID: "shop.example.com", Origins: []string{page}}
	for name, c := range map[string]struct {
		rp         passkey.RelyingParty
		person     passkey.Person
		challenge  passkey.Challenge
		credential passkey.Credential
		want       error
	}{
		"a later challenge":              {site, ada, later, made, passkey.ErrChallengeMismatch},
		"no challenge":                   {site, ada, passkey.Challenge{}, made, passkey.ErrChallengeMismatch},
		"another person":                 {site, bob, challenge, made, passkey.ErrChallengeMismatch},
		"a changed relying party":        {moved, ada, challenge, made, passkey.ErrRelyingPartyMismatch},
		"an unknown credential":          {site, ada, challenge, other, passkey.ErrNotVerified},
		"another key of that ID":         {site, ada, challenge, swapped, passkey.ErrNotVerified},
		"a key of the old relying party": {site, ada, challenge, orphan, passkey.ErrNotVerified},
		"a decoy":                        {site, ada, challenge, passkey.Decoy(site, []byte("ada")), passkey.ErrNotVerified},
		"the right one, in the end":      {site, ada, challenge, made, nil},
	} {
		_, err := passkey.FinishSignIn(c.rp, c.person, c.challenge, []passkey.Credential{c.credential}, answer)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// What counts is what was asked for, not what the settings are by then.
func TestVerificationIsWhatWasAskedFor(t *testing.T) {
	a := passkeytest.New(page)
	made := register(t, site, a)
	a.Unverified = true
	relaxed := site
	relaxed.UserVerification = passkey.Preferred
	for _, c := range []struct {
		begin, finish passkey.RelyingParty
		want          error
	}{
		{site, relaxed, passkey.ErrUserVerification},
		{relaxed, site, nil},
	} {
		options, challenge, err := passkey.BeginSignIn(c.begin, ada, []passkey.Credential{made})
		if err != nil {
			t.Fatal(err)
		}
		answer, err := a.Get(options)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := passkey.FinishSignIn(c.finish, ada, challenge, []passkey.Credential{made}, answer); !errors.Is(err, c.want) {
			t.Errorf("asked for %s: %v, want %v", c.begin.UserVerification, err, c.want)
		}
	}
}

func TestMalformedSignIn(t *testing.T) {
	a := passkeytest.New(page)
	made := register(t, site, a)
	options, challenge, err := passkey.BeginSignIn(site, ada, []passkey.Credential{made})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := a.Get(options)
	if err != nil {
		t.Fatal(err)
	}
	response := func(name string, value any) []byte {
		return edit(t, answer, func(object map[string]any) { object["response"].(map[string]any)[name] = value })
	}
	for name, text := range map[string][]byte{
		"nothing":               nil,
		"null":                  []byte("null"),
		"an empty object":       []byte("{}"),
		"half of it":            answer[:len(answer)/2],
		"something after it":    append(answer[:len(answer):len(answer)], '1'),
		"another rawId":         edit(t, answer, func(object map[string]any) { object["rawId"] = "AAAA" }),
		"no client data":        response("clientDataJSON", ""),
		"no authenticator data": response("authenticatorData", ""),
		"a number as signature": response("signature", 7),
	} {
		if _, err := passkey.FinishSignIn(site, ada, challenge, []passkey.Credential{made}, text); !errors.Is(err, passkey.ErrMalformed) {
			t.Errorf("%s: %v, want %v", name, err, passkey.ErrMalformed)
		}
	}
	unsigned := response("signature", "")
	if _, err := passkey.FinishSignIn(site, ada, challenge, []passkey.Credential{made}, unsigned); !errors.Is(err, passkey.ErrNotVerified) {
		t.Errorf("without a signature: %v", err)
	}
}

func TestDecoy(t *testing.T) {
	one := passkey.Decoy(site, []byte("one"))
	if diff := cmp.Diff(one, passkey.Decoy(site, []byte("one"))); diff != "" {
		t.Errorf("another decoy for the same seed: %s", diff)
	}
	if bytes.Equal(one.ID, passkey.Decoy(site, []byte("two")).ID) {
		t.Error("two seeds, one decoy")
	}
	options, _, err := passkey.BeginSignIn(site, ada, []passkey.Credential{one})
	if err != nil {
		t.Fatal(err)
	}
	if list := decode(t, options)["allowCredentials"].([]any); len(list) != 1 {
		t.Errorf("%d credentials in the options", len(list))
	}
}
