package vault_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"poolhouse.dev/internal/vault"
)

type session struct {
	User   string `json:"user"`
	Tries  int    `json:"tries,omitempty"`
	Secret []byte `json:"secret,omitempty"`
}

func TestTokenComesBack(t *testing.T) {
	v := newVault(t)
	// The patterns and lengths of Session, of tokens and of NextToken at once.
	allowed := regexp.MustCompile(`^[A-Za-z0-9-_=.]+$`)
	for _, c := range []struct {
		name   string
		claims session
		length int
	}{
		{"nothing in it", session{}, 402},
		{"fills a block", session{User: strings.Repeat("u", 256-len(`{"user":""}`))}, 402},
		{"one byte more", session{User: strings.Repeat("u", 257-len(`{"user":""}`))}, 743},
		{"unusual text", session{User: "<é\u2028\">", Tries: -1, Secret: []byte{0, 255}}, 402},
		{"as much as fits", session{User: strings.Repeat("u", 1280-len(`{"user":""}`))}, 1767},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, err := v.SealToken("session", c.claims)
			if err != nil {
				t.Fatal(err)
			}
			if len(text) != c.length || len(text) > vault.MaxTokenLength || !allowed.MatchString(text) {
				t.Errorf("the token has %d characters, want %d: %s", len(text), c.length, text)
			}
			var got session
			if err := v.OpenToken("session", text, &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.claims, got); diff != "" {
				t.Errorf("the claims changed: %s", diff)
			}
		})
	}
}

func TestTokenRefusesWhatDoesNotFit(t *testing.T) {
	v := newVault(t)
	if _, err := v.SealToken("session", strings.Repeat("u", 1279)); !errors.Is(err, vault.ErrTokenTooLong) {
		t.Errorf("1,281 bytes of JSON: %v, want ErrTokenTooLong", err)
	}
	if _, err := v.SealToken("session", func() {}); err == nil {
		t.Error("a func was sealed")
	}
}

func TestTokenOpensAsItsKindOnly(t *testing.T) {
	v := newVault(t)
	text, err := v.SealToken("session", session{User: "alice"})
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"next", "", "sessio", "session ", "Session"} {
		if err := v.OpenToken(kind, text, &session{}); !errors.Is(err, vault.ErrSealBroken) {
			t.Errorf("opened as %q: %v, want ErrSealBroken", kind, err)
		}
	}
	if err := newVault(t).OpenToken("session", text, &session{}); !errors.Is(err, vault.ErrSealBroken) {
		t.Errorf("opened by another store: %v, want ErrSealBroken", err)
	}
	var other struct {
		Name string `json:"name"`
	}
	if err := v.OpenToken("session", text, &other); !errors.Is(err, vault.ErrSealBroken) {
		t.Errorf("opened into another type: %v, want ErrSealBroken", err)
	}
}

func TestChangedTokenIsBroken(t *testing.T) {
	v := newVault(t)
	text, err := v.SealToken("session", session{User: "alice"})
	if err != nil {
		t.Fatal(err)
	}
	for name, changed := range map[string]string{
		"empty":          "",
		"cut":            text[:len(text)-4],
		"doubled":        text + text,
		"padded":         text + "=",
		"line break":     text[:8] + "\n" + text[8:],
		"trailing break": text + "\r\n",
		"blank":          text + " ",
		"too long":       strings.Repeat("A", vault.MaxTokenLength+1),
		"no base64":      "!" + text[1:],
		"plain JSON":     `{"user":"alice"}`,
	} {
		err := v.OpenToken("session", changed, &session{})
		if !errors.Is(err, vault.ErrSealBroken) {
			t.Errorf("%s: %v, want ErrSealBroken", name, err)
		}
	}
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for i := range text {
		// The next digit, so that the last character changes unused bits too.
		next := digits[(strings.IndexByte(digits, text[i])+1)%len(digits)]
		if err := v.OpenToken("session", text[:i]+string(next)+text[i+1:], &session{}); !errors.Is(err, vault.ErrSealBroken) {
			t.Errorf("character %d changed: %v, want ErrSealBroken", i, err)
		}
	}
}

// A long user name must not be told from a short one by the token's length.
func TestTokenLengthHidesItsContent(t *testing.T) {
	v := newVault(t)
	short, err := v.SealToken("session", session{User: "a"})
	if err != nil {
		t.Fatal(err)
	}
	long, err := v.SealToken("session", session{User: strings.Repeat("a", 128), Tries: 3})
	if err != nil {
		t.Fatal(err)
	}
	if len(short) != len(long) {
		t.Errorf("lengths %d and %d", len(short), len(long))
	}
}

func FuzzOpenToken(f *testing.F) {
	v := newVault(f)
	want := session{User: "alice", Tries: 2}
	text, err := v.SealToken("session", want)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"", "A", "====", text, text[:40], text + "A", strings.ToUpper(text), strings.Repeat("A", 402)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, given string) {
		var got session
		err := v.OpenToken("session", given, &got)
		switch {
		case given == text && (err != nil || !cmp.Equal(got, want)):
			t.Fatalf("the token opened as %+v, %v", got, err)
		case given != text && !errors.Is(err, vault.ErrSealBroken):
			t.Fatalf("a token that was never sealed opened: %v", err)
		}
	})
}
