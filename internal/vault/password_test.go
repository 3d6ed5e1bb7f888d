package vault_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"poolhouse.dev/internal/vault"
)

const (
	poolID   = "us-east-1_EXAMPLEpool"
	username = "alice"
	password = "Pass@word1"
)

func newVerifier(t *testing.T, v *vault.Vault) []byte {
	t.Helper()
	sealed, err := v.NewVerifier(t.Context(), home, poolID, username, password)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestCheckPassword(t *testing.T) {
	v := newVault(t)
	sealed := newVerifier(t, v)
	for _, c := range []struct {
		name, poolID, username, password string
		want                             bool
	}{
		{"the password", poolID, username, password, true},
		{"the pool's name in another region", "eu-west-1_EXAMPLEpool", username, password, true},
		{"another password", poolID, username, "Pass@word2", false},
		{"no password", poolID, username, "", false},
		{"another spelling of the user", poolID, "Alice", password, false},
		{"another pool", "us-east-1_OTHERpool", username, password, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := v.CheckPassword(t.Context(), home, sealed, c.poolID, c.username, c.password)
			if err != nil || got != c.want {
				t.Errorf("got %t, %v, want %t", got, err, c.want)
			}
		})
	}
}

func TestMovedVerifierIsBroken(t *testing.T) {
	v := newVault(t)
	sealed := newVerifier(t, v)
	for name, place := range moved {
		ok, err := v.CheckPassword(t.Context(), place, sealed, poolID, username, password)
		if ok || !errors.Is(err, vault.ErrSealBroken) {
			t.Errorf("%s: %t, %v, want ErrSealBroken", name, ok, err)
		}
	}
}

func TestVerifiersOfOnePasswordDiffer(t *testing.T) {
	v := newVault(t)
	one, err := v.Open(home, newVerifier(t, v))
	if err != nil {
		t.Fatal(err)
	}
	other, err := v.Open(home, newVerifier(t, v))
	if err != nil {
		t.Fatal(err)
	}
	if len(one) != 1+16+384 || one[0] != 1 {
		t.Errorf("a verifier of version %d with %d bytes, want version 1 with 401", one[0], len(one))
	}
	if bytes.Equal(one[1:17], other[1:17]) || bytes.Equal(one[17:], other[17:]) {
		t.Error("two verifiers share salt or value")
	}
}

func TestCheckPasswordRefusesUnknownForms(t *testing.T) {
	v := newVault(t)
	for name, blob := range map[string][]byte{
		"empty":           nil,
		"another version": append([]byte{2}, make([]byte, 400)...),
		"short":           append([]byte{1}, make([]byte, 399)...),
		"long":            append([]byte{1}, make([]byte, 401)...),
	} {
		sealed, err := v.Seal(home, blob)
		if err != nil {
			t.Fatal(err)
		}
		if ok, err := v.CheckPassword(t.Context(), home, sealed, poolID, username, password); ok || err == nil {
			t.Errorf("%s: %t, %v, want an error", name, ok, err)
		}
	}
}

// The work for a user who does not exist is counted, not timed.
func TestUnknownUserCostsTheSame(t *testing.T) {
	v := newVault(t)
	sealed := newVerifier(t, v)
	cost := func(check func() (bool, error)) uint64 {
		t.Helper()
		before := v.Exponentiations()
		if ok, err := check(); ok || err != nil {
			t.Fatalf("got %t, %v, want false", ok, err)
		}
		return v.Exponentiations() - before
	}
	known := cost(func() (bool, error) {
		return v.CheckPassword(t.Context(), home, sealed, poolID, username, "wrong")
	})
	unknown := cost(func() (bool, error) {
		return v.SimulatePassword(t.Context(), poolID, "nobody", "wrong")
	})
	if known != unknown || known != 1 {
		t.Errorf("a known user costs %d exponentiations, an unknown one %d, want 1 each", known, unknown)
	}
}

func TestPasswordWorkEndsWithItsContext(t *testing.T) {
	v := newVault(t)
	sealed := newVerifier(t, v)
	before := v.Exponentiations()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := v.NewVerifier(ctx, home, poolID, username, password); !errors.Is(err, context.Canceled) {
		t.Errorf("NewVerifier: %v, want context.Canceled", err)
	}
	if ok, err := v.CheckPassword(ctx, home, sealed, poolID, username, password); ok || !errors.Is(err, context.Canceled) {
		t.Errorf("CheckPassword: %t, %v, want context.Canceled", ok, err)
	}
	if ok, err := v.SimulatePassword(ctx, poolID, username, password); ok || !errors.Is(err, context.Canceled) {
		t.Errorf("SimulatePassword: %t, %v, want context.Canceled", ok, err)
	}
	if after := v.Exponentiations(); after != before {
		t.Errorf("%d exponentiations were done for nobody", after-before)
	}
}

func TestPasswordWorkWaitsForASlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVault(t)
		sealed := newVerifier(t, v)
		release := v.HoldSlots()
		before := v.Exponentiations()

		impatient, cancel := context.WithCancel(t.Context())
		check := func(ctx context.Context) <-chan error {
			done := make(chan error, 1)
			go func() {
				ok, err := v.CheckPassword(ctx, home, sealed, poolID, username, password)
				if err == nil && !ok {
					err = errors.New("the password does not match")
				}
				done <- err
			}()
			return done
		}
		gone, patient := check(impatient), check(t.Context())
		synctest.Wait()
		if got := v.Exponentiations(); got != before {
			t.Errorf("%d exponentiations were begun without a slot", got-before)
		}
		cancel()
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Errorf("the one who left got %v, want context.Canceled", err)
		}
		release()
		if err := <-patient; err != nil {
			t.Errorf("the one who waited got %v", err)
		}
		// Every slot came back.
		v.HoldSlots()()
	})
}

func TestPoolIDNeedsAName(t *testing.T) {
	v := newVault(t)
	sealed := newVerifier(t, v)
	if _, err := v.NewVerifier(t.Context(), home, "pool", username, password); err == nil {
		t.Error("NewVerifier took a pool id without a name")
	}
	if ok, err := v.CheckPassword(t.Context(), home, sealed, "pool_", username, password); ok || err == nil {
		t.Error("CheckPassword took a pool id without a name")
	}
}

func TestErrorsHoldNoSecret(t *testing.T) {
	v := newVault(t)
	sealed := newVerifier(t, v)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	row := vault.Place{Table: "users", Key: "pool/alice", Column: "totp"}
	token, err := v.SealToken("session", session{User: username})
	if err != nil {
		t.Fatal(err)
	}
	errs := map[string]error{}
	_, errs["moved"] = v.CheckPassword(t.Context(), row, sealed, poolID, username, password)
	_, errs["ended"] = v.CheckPassword(ctx, home, sealed, poolID, username, password)
	_, errs["pool"] = v.NewVerifier(t.Context(), home, "pool", username, password)
	_, errs["value"] = v.Open(row, sealed)
	errs["kind"] = v.OpenToken("next", token, &session{})
	errs["claims"] = v.OpenToken("session", token, new(int))
	_, errs["long"] = v.SealToken("session", strings.Repeat(password, 200))
	for name, err := range errs {
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		for _, secret := range []string{username, password, token[:16]} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s: %q holds %q", name, err, secret)
			}
		}
	}
}

func BenchmarkCheckPassword(b *testing.B) {
	v := newVault(b)
	sealed, err := v.NewVerifier(b.Context(), home, poolID, username, password)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if ok, err := v.CheckPassword(b.Context(), home, sealed, poolID, username, password); !ok {
			b.Fatal(err)
		}
	}
}
