package passkey_test

import (
	"errors"
	"testing"

	"poolhouse.dev/internal/passkey"
	"poolhouse.dev/internal/passkey/passkeytest"
)

func TestOrigins(t *testing.T) {
	domain := passkey.RelyingParty{ID: "example.com"}
	local := passkey.RelyingParty{ID: "localhost"}
	listed := passkey.RelyingParty{ID: "example.com", Origins: []string{
		"https://app.example.com", "http://plain.example.com:8080", "android:apk-key-hash:abc",
	}}
	for _, c := range []struct {
		rp      passkey.RelyingParty
		origin  string
		allowed bool
	}{
		{domain, "https://example.com", true},
		{domain, "https://example.com:8443", true},
		{domain, "https://a.b.example.com", true},
		{domain, "http://example.com", false},
		{domain, "http://localhost", false},
		{domain, "https://badexample.com", false},
		{domain, "https://example.com.evil.test", false},
		{domain, "https://example.com.", false},
		{domain, "https://com", false},
		{domain, "https://evil.test/.example.com", false},
		{domain, "https://evil.test#.example.com", false},
		{domain, "https://evil.test@example.com", false},
		{domain, "https://example.com/", false},
		{domain, "HTTPS://example.com", false},
		{domain, "android:apk-key-hash:abc", false},
		{domain, "https://", false},
		{domain, "null", false},
		{domain, "", false},
		{local, "http://localhost", true},
		{local, "http://localhost:3000", true},
		{local, "https://localhost:3000", true},
		{local, "https://app.localhost", true},
		{local, "http://127.0.0.1:3000", false},
		{local, "http://localhost.evil.test", false},
		{listed, "https://app.example.com", true},
		{listed, "https://app.example.com:443", true},
		{listed, "http://plain.example.com:8080", true},
		{listed, "android:apk-key-hash:abc", true},
		{listed, "https://app.example.com:8443", false},
		{listed, "http://app.example.com", false},
		{listed, "https://example.com", false},
		{listed, "android:apk-key-hash:abd", false},
		{listed, "", false},
	} {
		a := passkeytest.New(c.origin)
		options, challenge, err := passkey.BeginRegistration(c.rp, ada, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := a.Create(options)
		if err != nil {
			t.Fatal(err)
		}
		_, err = passkey.FinishRegistration(c.rp, ada, challenge, answer)
		if c.allowed && err != nil || !c.allowed && !errors.Is(err, passkey.ErrOriginNotAllowed) {
			t.Errorf("%q for %s with %q: %v", c.origin, c.rp.ID, c.rp.Origins, err)
		}
	}
}
