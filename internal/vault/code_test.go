package vault_test

import (
	"bytes"
	"strings"
	"testing"
)

func TestCodeHashIsBoundToItsPlace(t *testing.T) {
	v := newVault(t)
	hash := v.HashCode(home, "012345")
	if !v.MatchCode(home, "012345", hash) {
		t.Fatal("the code does not match at home")
	}
	for name, place := range moved {
		if v.MatchCode(place, "012345", hash) {
			t.Errorf("%s: the code matches there too", name)
		}
	}
	shifted := home
	shifted.Column += "0"
	if v.MatchCode(shifted, "12345", hash) {
		t.Error("a digit moved from the code to the place still matches")
	}
}

func TestMatchCode(t *testing.T) {
	v := newVault(t)
	hash := v.HashCode(home, "012345")
	if bytes.Contains(hash, []byte("012345")) {
		t.Error("the hash shows the code")
	}
	flipped := bytes.Clone(hash)
	flipped[len(flipped)-1] ^= 1
	for _, c := range []struct {
		name, code string
		hash       []byte
	}{
		{"another code", "012346", hash},
		{"without the leading zero", "12345", hash},
		{"with a blank", "012345 ", hash},
		{"no code", "", hash},
		{"a flipped bit", "012345", flipped},
		{"a cut hash", "012345", hash[:len(hash)-1]},
		{"no hash", "012345", nil},
		{"no code and no hash", "", nil},
	} {
		if v.MatchCode(home, c.code, c.hash) {
			t.Errorf("%s matches", c.name)
		}
	}
}

func TestPseudonym(t *testing.T) {
	v := newVault(t)
	base := v.Pseudonym("salt", "pool", "nobody")
	if len(base) != 32 || !bytes.Equal(base, v.Pseudonym("salt", "pool", "nobody")) {
		t.Fatalf("a pseudonym of %d bytes, or it changes", len(base))
	}
	for name, other := range map[string][]byte{
		"label":         v.Pseudonym("sub", "pool", "nobody"),
		"part":          v.Pseudonym("salt", "pool", "nobodi"),
		"boundary":      v.Pseudonym("salt", "poo", "lnobody"),
		"missing part":  v.Pseudonym("salt", "pool"),
		"extra part":    v.Pseudonym("salt", "pool", "nobody", ""),
		"label as part": v.Pseudonym("", "salt", "pool", "nobody"),
		"no part":       v.Pseudonym(strings.Join([]string{"salt", "pool", "nobody"}, "")),
	} {
		if bytes.Equal(base, other) {
			t.Errorf("another %s gives the same pseudonym", name)
		}
	}
}
