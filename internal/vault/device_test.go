package vault_test

import (
	"bytes"
	"errors"
	"math/big"
	"testing"

	"poolhouse.dev/internal/srp/srptest"
	"poolhouse.dev/internal/vault"
)

// A device proves the secret that it made a verifier of, whichever bytes for the sign or
// leading zeros the numbers came with, and no other one.
func TestVerifierOfADevice(t *testing.T) {
	const group, key, secret = "-a1b2c3d4", "us-east-1_11111111-2222-3333-4444-555555555555", "ZGV2aWNlLXNlY3JldA=="
	v, place := newVault(t), vault.Place{Table: "devices", Key: "k", Column: "verifier"}
	c := srptest.Client{PoolName: group, Username: key, Password: secret, A: new(big.Int).SetBytes(bytes.Repeat([]byte{7}, 64))}
	for name, salt := range map[string][]byte{
		"full": bytes.Repeat([]byte{0xf1}, 16), "with a sign": append([]byte{0}, bytes.Repeat([]byte{0xf1}, 16)...), "short": {1}, "none": {},
	} {
		number := new(big.Int).Exp(big.NewInt(2), c.X(salt), srptest.Prime)
		for _, verifier := range [][]byte{number.Bytes(), srptest.Pad(number)} {
			sealed, err := v.SealVerifier(place, salt, verifier)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			h, shown, err := v.BeginSRP(t.Context(), place, sealed, c.Public().Bytes())
			if err != nil {
				t.Fatal(err)
			}
			for _, typed := range []string{secret, secret + "x"} {
				c.Password = typed
				claim := vault.Claim{Block: []byte("block"), Timestamp: "now", Signature: c.Claim(shown, new(big.Int).SetBytes(h.Server), []byte("block"), "now")}
				right, err := v.FinishSRP(t.Context(), place, sealed, group, key, h, claim)
				if err != nil || right != (typed == secret) {
					t.Errorf("%s: the secret %q is right: %t, %v", name, typed, right, err)
				}
			}
			c.Password = secret
		}
	}
	for name, numbers := range map[string][2][]byte{
		"long salt":     {bytes.Repeat([]byte{1}, 17), {1}},
		"long verifier": {{1}, bytes.Repeat([]byte{1}, 385)},
		"zero":          {{1}, {0, 0}},
		"no verifier":   {{1}, nil},
		"the prime":     {{1}, srptest.Prime.Bytes()},
	} {
		if _, err := v.SealVerifier(place, numbers[0], numbers[1]); !errors.Is(err, vault.ErrVerifierForm) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
