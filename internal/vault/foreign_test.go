package vault_test

import (
	"context"
	"errors"
	"testing"

	"poolhouse.dev/internal/foreignhash"
	"poolhouse.dev/internal/vault"
)

// foreignText is Python's bcrypt of the password, with the least cost.
const foreignText = "$2b$04$abcdefghijklmnopqrstuu9ofUhz9G1OiAAO60On8jDt6Y6BaFosa"

func sealForeign(t *testing.T, v *vault.Vault, p vault.Place, text string) []byte {
	t.Helper()
	h, err := foreignhash.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := v.SealForeign(p, h)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// A hash of another system judges a password in the place of a verifier, without an
// exponentiation, at its own place only.
func TestForeignPassword(t *testing.T) {
	v := newVault(t)
	sealed := sealForeign(t, v, home, foreignText)
	before := v.Exponentiations()
	for word, want := range map[string]bool{password: true, "Pass@word2": false, "": false} {
		if right, err := v.CheckPassword(t.Context(), home, sealed, poolID, username, word); err != nil || right != want {
			t.Errorf("%q: %t, %v", word, right, err)
		}
	}
	if v.Exponentiations() != before {
		t.Error("the hash took an exponentiation")
	}
	for sealed, want := range map[*[]byte]bool{&sealed: true, ptr(newVerifier(t, v)): false} {
		if foreign, err := v.IsForeign(home, *sealed); err != nil || foreign != want {
			t.Errorf("IsForeign: %t, %v, want %t", foreign, err, want)
		}
	}
	for name, place := range moved {
		if right, err := v.CheckPassword(t.Context(), place, sealed, poolID, username, password); right || !errors.Is(err, vault.ErrSealBroken) {
			t.Errorf("%s: %t, %v", name, right, err)
		}
		if _, err := v.IsForeign(place, sealed); !errors.Is(err, vault.ErrSealBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if right, err := v.CheckPassword(ended, home, sealed, poolID, username, password); right || !errors.Is(err, context.Canceled) {
		t.Errorf("after its context: %t, %v", right, err)
	}
}

func ptr[T any](v T) *T { return &v }

// A hash that is remembered goes on to be known.
func TestForeignPasswordIsRemembered(t *testing.T) {
	v := newVault(t)
	history, err := v.Remember(past, nil, home, sealForeign(t, v, home, foreignText), 24)
	if err != nil {
		t.Fatal(err)
	}
	for word, want := range map[string]bool{password: true, "Pass@word2": false} {
		if used, err := v.WasUsed(t.Context(), past, history, 24, poolID, username, word); err != nil || used != want {
			t.Errorf("%q: %t, %v", word, used, err)
		}
	}
}

// Whoever is known by the hash of another system is nobody to SRP: the handshake costs
// and looks like nobody's, and no claim is right.
func TestForeignPasswordBySRP(t *testing.T) {
	v := newVault(t)
	sealed := sealForeign(t, v, home, foreignText)
	client := []byte{5}
	h, salt, err := v.BeginSRP(t.Context(), home, sealed, client, "pool", "ann")
	if err != nil {
		t.Fatal(err)
	}
	_, again, err := v.BeginSRP(t.Context(), home, nil, client, "pool", "ann")
	if err != nil || string(salt) != string(again) || len(h.Server) == 0 {
		t.Errorf("salts %x and %x, %v", salt, again, err)
	}
	before := v.Exponentiations()
	right, err := v.FinishSRP(t.Context(), home, sealed, "EXAMPLEpool", username, h, vault.Claim{Block: []byte("b"), Timestamp: "t", Signature: []byte("s")})
	if right || err != nil || v.Exponentiations()-before != 2 {
		t.Errorf("a claim: %t, %v, %d exponentiations", right, err, v.Exponentiations()-before)
	}
}
