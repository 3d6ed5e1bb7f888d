package passkey_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"poolhouse.dev/internal/passkey"
	"poolhouse.dev/internal/passkey/passkeytest"
)

var (
	site = passkey.RelyingParty{ID: "example.com", UserVerification: passkey.Required}
	ada  = passkey.Person{Handle: []byte("4f1c-sub-of-ada"), Name: "ada", DisplayName: "Ada L."}
	bob  = passkey.Person{Handle: []byte("77aa-sub-of-bob"), Name: "bob", DisplayName: "Bob"}
)

const page = "https://example.com"

// register makes a passkey of ada's that must be taken.
func register(t *testing.T, rp passkey.RelyingParty, a *passkeytest.Authenticator, existing ...passkey.Credential) passkey.Credential {
	t.Helper()
	options, challenge, err := passkey.BeginRegistration(rp, ada, existing)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := a.Create(options)
	if err != nil {
		t.Fatal(err)
	}
	made, err := passkey.FinishRegistration(rp, ada, challenge, answer)
	if err != nil {
		t.Fatalf("registering: %v", err)
	}
	return made
}

// signIn is one sign-in of ada's.
func signIn(t *testing.T, rp passkey.RelyingParty, a *passkeytest.Authenticator, credentials ...passkey.Credential) (passkey.Credential, error) {
	t.Helper()
	options, challenge, err := passkey.BeginSignIn(rp, ada, credentials)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := a.Get(options)
	if err != nil {
		t.Fatal(err)
	}
	return passkey.FinishSignIn(rp, ada, challenge, credentials, answer)
}

// decode reads a JSON object.
func decode(t testing.TB, text []byte) map[string]any {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal(text, &object); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return object
}

// edit changes a JSON object by hand.
func edit(t testing.TB, text []byte, change func(object map[string]any)) []byte {
	t.Helper()
	object := decode(t, text)
	change(object)
	out, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestEachChallengeIsAnother(t *testing.T) {
	seen := map[string]bool{}
	for range 2 {
		_, made, err := passkey.BeginRegistration(site, ada, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, asked, err := passkey.BeginSignIn(site, ada, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []passkey.Challenge{made, asked} {
			if len(c.Value) < 16 {
				t.Errorf("a challenge of %d bytes", len(c.Value))
			}
			if seen[string(c.Value)] {
				t.Error("the same challenge twice")
			}
			seen[string(c.Value)] = true
		}
	}
}

func TestChallengeSurvivesJSON(t *testing.T) {
	options, challenge, err := passkey.BeginRegistration(site, ada, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(challenge)
	if err != nil {
		t.Fatal(err)
	}
	var back passkey.Challenge
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(challenge, back); diff != "" {
		t.Error(diff)
	}
	answer, err := passkeytest.New(page).Create(options)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := passkey.FinishRegistration(site, ada, back, answer); err != nil {
		t.Error(err)
	}
}

func TestLostChallengeIsNotAnswered(t *testing.T) {
	a := passkeytest.New(page)
	a.Challenge = []byte{}
	options, challenge, err := passkey.BeginRegistration(site, ada, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := a.Create(options)
	if err != nil {
		t.Fatal(err)
	}
	challenge.Value = nil
	if _, err := passkey.FinishRegistration(site, ada, challenge, answer); !errors.Is(err, passkey.ErrChallengeMismatch) {
		t.Errorf("nothing for nothing: %v", err)
	}
}

func TestBeginRefusesABadRelyingParty(t *testing.T) {
	for name, rp := range map[string]passkey.RelyingParty{
		"no ID":             {},
		"an origin as ID":   {ID: "https://example.com"},
		"an address as ID":  {ID: "127.0.0.1"},
		"a port in the ID":  {ID: "localhost:3000"},
		"user verification": {ID: "example.com", UserVerification: "discouraged"},
	} {
		if _, _, err := passkey.BeginRegistration(rp, ada, nil); err == nil {
			t.Errorf("%s: a registration begins", name)
		}
		if _, _, err := passkey.BeginSignIn(rp, ada, nil); err == nil {
			t.Errorf("%s: a sign-in begins", name)
		}
	}
	if _, _, err := passkey.BeginRegistration(site, passkey.Person{Name: "ada"}, nil); err == nil {
		t.Error("a registration begins for nobody")
	}
}

func TestFriendlyName(t *testing.T) {
	bitwarden := []byte{0xd5, 0x48, 0x82, 0x6e, 0x79, 0xb4, 0xdb, 0x40, 0xa3, 0xd8, 0x11, 0x11, 0x6f, 0x7e, 0x83, 0x49}
	for _, c := range []struct {
		aaguid           []byte
		attachment, want string
	}{
		{make([]byte, 16), passkey.Platform, "Passkey on a device"},
		{make([]byte, 16), passkey.CrossPlatform, "Security key"},
		{nil, "", "Passkey"},
		{bitwarden, passkey.Platform, "Bitwarden"},
	} {
		if got := passkey.FriendlyName(c.aaguid, c.attachment); got != c.want {
			t.Errorf("%x, %q: %q, want %q", c.aaguid, c.attachment, got, c.want)
		}
	}
}
