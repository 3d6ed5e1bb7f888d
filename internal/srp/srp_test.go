package srp_test

import (
	"bytes"
	"errors"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
	"poolhouse.dev/internal/srp"
	"poolhouse.dev/internal/srp/srptest"
)

func TestPoolName(t *testing.T) {
	for id, want := range map[string]string{
		"us-east-1_EXAMPLEpool": "EXAMPLEpool",
		"eu-west-1_a_b":         "a_b",
		"nounderscore":          "",
		"_":                     "",
	} {
		if got := srp.PoolName(id); got != want {
			t.Errorf("PoolName(%q) = %q, want %q", id, got, want)
		}
	}
}

func TestMatch(t *testing.T) {
	verifier := srp.Verifier("pool", "alice", "Pass@word1", vectorSalt)
	flipped := bytes.Clone(verifier)
	flipped[len(flipped)-1] ^= 1
	for _, c := range []struct {
		name                     string
		pool, username, password string
		salt, verifier           []byte
		want                     bool
	}{
		{"the password", "pool", "alice", "Pass@word1", vectorSalt, verifier, true},
		{"salt with leading zeros", "pool", "alice", "Pass@word1", append([]byte{0, 0}, vectorSalt...), verifier, true},
		{"another password", "pool", "alice", "Pass@word2", vectorSalt, verifier, false},
		{"another case", "pool", "alice", "pass@word1", vectorSalt, verifier, false},
		{"trailing blank", "pool", "alice", "Pass@word1 ", vectorSalt, verifier, false},
		{"empty password", "pool", "alice", "", vectorSalt, verifier, false},
		{"another user", "pool", "bob", "Pass@word1", vectorSalt, verifier, false},
		{"another pool", "loop", "alice", "Pass@word1", vectorSalt, verifier, false},
		{"another salt", "pool", "alice", "Pass@word1", vectorSalt[1:], verifier, false},
		{"flipped bit", "pool", "alice", "Pass@word1", vectorSalt, flipped, false},
		{"short verifier", "pool", "alice", "Pass@word1", vectorSalt, verifier[1:], false},
		{"no verifier", "pool", "alice", "Pass@word1", vectorSalt, nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := srp.Match(c.pool, c.username, c.password, c.salt, c.verifier); got != c.want {
				t.Errorf("Match is %t, want %t", got, c.want)
			}
		})
	}
}

// Passwords count as the bytes sent: two spellings of one letter differ.
func TestPasswordsAreNotNormalised(t *testing.T) {
	verifier := srp.Verifier("pool", "alice", "caf\u00e9", vectorSalt)
	if srp.Match("pool", "alice", "cafe\u0301", vectorSalt, verifier) {
		t.Error("the decomposed spelling matches the composed one")
	}
	raw := srp.Verifier("pool", "alice", "\xff\xfe", vectorSalt)
	if srp.Match("pool", "alice", "\ufffd\ufffd", vectorSalt, raw) {
		t.Error("bytes that are no text were replaced before hashing")
	}
}

func TestParsePublic(t *testing.T) {
	top := strings.Repeat("f", 2*srp.Size)
	for _, c := range []struct {
		name, text string
		want       string // "" when refused
	}{
		{"even digits", "0a0b", "a0b"},
		{"odd digits", "a0b", "a0b"},
		{"upper case", "A0B", "a0b"},
		{"sign byte before a full number", "00" + strings.Repeat("a", 768), strings.Repeat("a", 768)},
		{"longest", top, top},
		{"empty", "", ""},
		{"zero", "0", ""},
		{"many zeros", strings.Repeat("0", 770), ""},
		{"N", srptest.Prime.Text(16), ""},
		{"N with a sign byte", "00" + srptest.Prime.Text(16), ""},
		{"twice N", new(big.Int).Lsh(srptest.Prime, 1).Text(16), ""},
		{"longer than N", "1" + top, ""},
		{"no digits", "xyz", ""},
		{"minus", "-1f", ""},
		{"blank", " 1f", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, err := srp.ParsePublic(c.text)
			if c.want == "" {
				if !errors.Is(err, srp.ErrPublicValue) {
					t.Fatalf("got %x, %v, want ErrPublicValue", a, err)
				}
				return
			}
			if got := new(big.Int).SetBytes(a).Text(16); err != nil || got != c.want {
				t.Errorf("got %s, %v, want %s", got, err, c.want)
			}
		})
	}
}

func TestNumbersOutsideTheGroupAreRefused(t *testing.T) {
	v := srp.Verifier("pool", "alice", "Pass@word1", vectorSalt)
	public, err := srp.Public(v, vectorB)
	if err != nil {
		t.Fatal(err)
	}
	for name, a := range map[string][]byte{"empty": nil, "zero": {0}, "N": srptest.Prime.Bytes()} {
		if _, err := srp.SessionKey(a, public, v, vectorB); !errors.Is(err, srp.ErrPublicValue) {
			t.Errorf("SessionKey with A = %s: %v, want ErrPublicValue", name, err)
		}
	}
	if _, err := srp.SessionKey([]byte{2}, public, srptest.Prime.Bytes(), vectorB); !errors.Is(err, srp.ErrVerifier) {
		t.Errorf("SessionKey with v = N: %v, want ErrVerifier", err)
	}
	if _, err := srp.Public(srptest.Prime.Bytes(), vectorB); !errors.Is(err, srp.ErrVerifier) {
		t.Errorf("Public with v = N: %v, want ErrVerifier", err)
	}
}

// Client and server agree on the key exactly when the password is right,
// whatever salt, name and secrets they have.
func TestHandshakeAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		salt := rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "salt")
		username := rapid.String().Draw(t, "username")
		password := rapid.String().Draw(t, "password")
		right := rapid.Bool().Draw(t, "right")
		a := rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "a")

		typed := password
		if !right {
			typed += "x"
		}
		c := srptest.Client{PoolName: "pool", Username: username, Password: typed, A: new(big.Int).SetBytes(a)}
		v := srp.Verifier("pool", username, password, salt)
		secret := srp.NewSecret()
		public, err := srp.Public(v, secret)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := srp.ParsePublic(c.Public().Text(16))
		if err != nil {
			t.Fatal(err)
		}
		key, err := srp.SessionKey(parsed, public, v, secret)
		if err != nil {
			t.Fatal(err)
		}
		signature := srp.ClaimSignature(c.Key(salt, new(big.Int).SetBytes(public)), "pool", username, []byte("block"), vectorTime)
		if got := srp.MatchClaim(key, "pool", username, []byte("block"), vectorTime, signature); got != right {
			t.Errorf("the claim matches: %t, want %t", got, right)
		}
	})
}

func TestClaimCoversEveryPart(t *testing.T) {
	key := []byte("0123456789abcdef")
	signature := srp.ClaimSignature(key, "pool", "alice", []byte("block"), vectorTime)
	for name, got := range map[string]bool{
		"key":       srp.MatchClaim([]byte("0123456789abcdeF"), "pool", "alice", []byte("block"), vectorTime, signature),
		"pool":      srp.MatchClaim(key, "loop", "alice", []byte("block"), vectorTime, signature),
		"user":      srp.MatchClaim(key, "pool", "alicf", []byte("block"), vectorTime, signature),
		"block":     srp.MatchClaim(key, "pool", "alice", []byte("clock"), vectorTime, signature),
		"time":      srp.MatchClaim(key, "pool", "alice", []byte("block"), vectorTime+" ", signature),
		"truncated": srp.MatchClaim(key, "pool", "alice", []byte("block"), vectorTime, signature[:31]),
		"empty":     srp.MatchClaim(key, "pool", "alice", []byte("block"), vectorTime, nil),
	} {
		if got {
			t.Errorf("the claim still matches with another %s", name)
		}
	}
}

func TestSecretsAreFresh(t *testing.T) {
	one, other := srp.NewSecret(), srp.NewSecret()
	if len(one) != srp.SecretSize || bytes.Equal(one, other) {
		t.Errorf("secrets of %d and %d bytes, equal: %t", len(one), len(other), bytes.Equal(one, other))
	}
}

func FuzzParsePublic(f *testing.F) {
	for _, seed := range []string{"", "0", "2", "ABC", "00ff", srptest.Prime.Text(16), strings.Repeat("a", 769)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := srp.ParsePublic(text)
		if err != nil {
			return
		}
		want, ok := new(big.Int).SetString(text, 16)
		if !ok || new(big.Int).SetBytes(a).Cmp(want) != 0 {
			t.Fatalf("%q was read as %x", text, a)
		}
		if len(a) > srp.Size || new(big.Int).Mod(want, srptest.Prime).Sign() == 0 {
			t.Fatalf("%q was accepted", text)
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	verifier := srp.Verifier("pool", "alice", "Pass@word1", vectorSalt)
	b.ReportAllocs()
	for b.Loop() {
		srp.Match("pool", "alice", "Pass@word1", vectorSalt, verifier)
	}
}
