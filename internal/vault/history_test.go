package vault_test

import (
	"errors"
	"fmt"
	"testing"

	"poolhouse.dev/internal/vault"
)

var past = vault.Place{Table: "password_history", Key: "pool/alice", Column: "verifiers"}

// lived returns the history of a user who had n passwords, "0" and on, of which the
// pool keeps limit.
func lived(t *testing.T, v *vault.Vault, n, limit int) []byte {
	t.Helper()
	var history []byte
	for i := range n {
		sealed, err := v.NewVerifier(t.Context(), home, poolID, username, fmt.Sprint(i))
		if err != nil {
			t.Fatal(err)
		}
		if history, err = v.Remember(past, history, home, sealed, limit); err != nil {
			t.Fatal(err)
		}
	}
	return history
}

// A history knows the newest passwords, as many as are kept, and as many of them as
// are asked for, at one exponentiation each up to the one that it is.
func TestHistory(t *testing.T) {
	v := newVault(t)
	history := lived(t, v, 6, 4)
	for _, c := range []struct {
		password string
		limit    int
		used     bool
		cost     uint64
	}{
		{"5", 24, true, 1}, {"2", 24, true, 4}, {"1", 24, false, 4}, {"0", 24, false, 4}, {"x", 24, false, 4}, {"", 24, false, 4},
		{"4", 2, true, 2}, {"3", 2, false, 2}, {"5", 0, false, 0},
	} {
		before := v.Exponentiations()
		used, err := v.WasUsed(t.Context(), past, history, c.limit, poolID, username, c.password)
		if cost := v.Exponentiations() - before; err != nil || used != c.used || cost != c.cost {
			t.Errorf("%q among %d: %t, %v, %d exponentiations; want %t, %d", c.password, c.limit, used, err, cost, c.used, c.cost)
		}
	}
	if used, err := v.WasUsed(t.Context(), past, history, 24, "us-east-1_OTHERpool", username, "5"); used || err != nil {
		t.Errorf("in another pool: %t, %v", used, err)
	}
	if used, err := v.WasUsed(t.Context(), past, nil, 24, poolID, username, "5"); used || err != nil {
		t.Errorf("without a history: %t, %v", used, err)
	}
}

// What is kept gets fewer with a smaller limit, and nothing with none; a user without
// a password adds none.
func TestHistoryIsCut(t *testing.T) {
	v := newVault(t)
	history := lived(t, v, 3, 24)
	for limit, want := range map[int]int{0: 0, 1: 1, 2: 2, 24: 3} {
		cut, err := v.Remember(past, history, home, nil, limit)
		if err != nil || (cut == nil) != (want == 0) {
			t.Fatalf("limit %d: %d bytes, %v", limit, len(cut), err)
		}
		before := v.Exponentiations()
		if used, err := v.WasUsed(t.Context(), past, cut, 24, poolID, username, "none"); used || err != nil {
			t.Errorf("limit %d: %t, %v", limit, used, err)
		}
		if n := v.Exponentiations() - before; n != uint64(want) {
			t.Errorf("limit %d keeps %d", limit, n)
		}
	}
}

// A history opens at home only, and nothing but a history passes for one.
func TestHistoryOfAnotherPlace(t *testing.T) {
	v := newVault(t)
	history := lived(t, v, 2, 24)
	elsewhere := vault.Place{Table: past.Table, Key: "pool/bob", Column: past.Column}
	if used, err := v.WasUsed(t.Context(), elsewhere, history, 24, poolID, username, "1"); used || !errors.Is(err, vault.ErrSealBroken) {
		t.Errorf("moved: %t, %v", used, err)
	}
	if _, err := v.Remember(elsewhere, history, home, nil, 24); !errors.Is(err, vault.ErrSealBroken) {
		t.Errorf("moved and written anew: %v", err)
	}
	sealed := newVerifier(t, v)
	if _, err := v.Remember(past, nil, elsewhere, sealed, 24); !errors.Is(err, vault.ErrSealBroken) {
		t.Errorf("a verifier of another row: %v", err)
	}
	plain, err := v.Open(past, history)
	if err != nil {
		t.Fatal(err)
	}
	for name, blob := range map[string][]byte{
		"empty": {}, "another version": append([]byte{9}, plain[1:]...), "cut in a verifier": plain[:len(plain)-1], "cut in a length": plain[:3],
		"a length too long": {1, 0xff, 0xff, 0xff, 0xff, 0}, "a verifier of another form": {1, 0, 0, 0, 2, 9, 9},
	} {
		bad, err := v.Seal(past, blob)
		if err != nil {
			t.Fatal(err)
		}
		if used, err := v.WasUsed(t.Context(), past, bad, 24, poolID, username, "none"); used || err == nil {
			t.Errorf("%s: %t, %v, want an error", name, used, err)
		}
	}
}
