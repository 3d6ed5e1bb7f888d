package vault_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"poolhouse.dev/internal/vault"
)

var (
	noon  = time.Date(2026, 5, 6, 12, 0, 0, 0, time.UTC)
	place = vault.Place{Table: "users", Key: "a/b", Column: "verifier"}
)

// clockwork is a clock that a test sets.
type clockwork struct{ at atomic.Pointer[time.Time] }

func (c *clockwork) set(t time.Time) { c.at.Store(&t) }
func (c *clockwork) now() time.Time  { return *c.at.Load() }

func openKeyset(t *testing.T, kek vault.KEK, sealed []byte) *vault.Keyset {
	t.Helper()
	k, err := vault.OpenKeyset(t.Context(), kek, sealed)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// exchanged returns a keyset and the one after the announcement of a key that seals from
// noon on, both as they were stored and read back.
func exchanged(t *testing.T) (before, after *vault.Keyset) {
	t.Helper()
	key := vault.NewMasterKey()
	before = openKeyset(t, key, newKeyset(t, key))
	announced, err := before.Announce(noon)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := announced.Wrap(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return before, openKeyset(t, key, sealed)
}

func newVaultAt(t *testing.T, k *vault.Keyset, c *clockwork) *vault.Vault {
	t.Helper()
	v, err := vault.New(k, c.now)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func seal(t *testing.T, v *vault.Vault, text string) []byte {
	t.Helper()
	sealed, err := v.Seal(place, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func wantOpens(t *testing.T, v *vault.Vault, sealed []byte, want string) {
	t.Helper()
	if got, err := v.Open(place, sealed); err != nil || string(got) != want {
		t.Errorf("opened %q, %v, want %q", got, err, want)
	}
}

// A new key opens at once and seals from its time on; the old one opens until it is
// retired. Hashes, pseudonyms and passwords of nobody stay as they are throughout.
func TestDataKeysAreExchanged(t *testing.T) {
	c := &clockwork{}
	c.set(noon.Add(-time.Minute))
	before, after := exchanged(t)
	v := newVaultAt(t, before, c)
	old := seal(t, v, "old")
	code, pseudonym := v.HashCode(place, "123456"), v.Pseudonym("x", "y")
	if err := v.Adopt(after); err != nil {
		t.Fatal(err)
	}
	if id := vault.KeyOf(seal(t, v, "early")); id != vault.KeyOf(old) || id != v.SealingKey() {
		t.Errorf("before its time the new key seals: %s", id)
	}
	if _, err := after.Retire(c.now()); !errors.Is(err, vault.ErrNotYet) {
		t.Errorf("retiring the key that seals: %v", err)
	}
	if _, err := after.Announce(noon); !errors.Is(err, vault.ErrTwoKeys) {
		t.Errorf("a third key: %v", err)
	}
	c.set(noon)
	fresh := seal(t, v, "new")
	if id, _, ok := after.Announced(); !ok || vault.KeyOf(fresh) != id || vault.KeyOf(fresh) == vault.KeyOf(old) {
		t.Errorf("sealed by %s, want %s", vault.KeyOf(fresh), id)
	}
	token, err := v.SealToken("session", "x")
	if err != nil {
		t.Fatal(err)
	}
	wantOpens(t, v, old, "old")
	resealed, err := v.Reseal(place, old)
	if err != nil || vault.KeyOf(resealed) != vault.KeyOf(fresh) {
		t.Fatalf("sealed anew by %s, %v", vault.KeyOf(resealed), err)
	}
	if again, err := v.Reseal(place, resealed); again != nil || err != nil {
		t.Errorf("sealed anew twice: %x, %v", again, err)
	}
	last, err := after.Retire(c.now())
	if err != nil {
		t.Fatal(err)
	}
	for _, older := range []*vault.Keyset{last, after, before} { // the older ones are passed over
		if err := v.Adopt(older); err != nil {
			t.Fatal(err)
		}
	}
	wantOpens(t, v, resealed, "old")
	wantOpens(t, v, fresh, "new")
	if _, err := v.Open(place, old); !errors.Is(err, vault.ErrSealBroken) {
		t.Errorf("a retired key opens: %v", err)
	}
	var text string
	if err := v.OpenToken("session", token, &text); err != nil || text != "x" {
		t.Errorf("token %q, %v", text, err)
	}
	if !v.MatchCode(place, "123456", code) || string(v.Pseudonym("x", "y")) != string(pseudonym) {
		t.Error("hashes or pseudonyms changed")
	}
	if right, err := v.SimulatePassword(t.Context(), "eu-test-1_abc", "nobody", "x"); right || err != nil {
		t.Errorf("the password of nobody: %v, %v", right, err)
	}
	if _, err := last.Retire(c.now()); !errors.Is(err, vault.ErrOneKey) {
		t.Errorf("retiring the only key: %v", err)
	}
	if last.Generation() != 2 {
		t.Errorf("generation %d", last.Generation())
	}
}

func TestKeysetIsNotPrinted(t *testing.T) {
	_, k := exchanged(t)
	if got := fmt.Sprintf("%v %+v %#v %s", k, k, k, k); got != "[keyset] [keyset] [keyset] [keyset]" {
		t.Errorf("printed as %q", got)
	}
}

// A node that meets a key which another has made reads the keyset anew; values of keys
// that nobody has do not make it read on and on.
func TestUnknownKeysAreLookedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &clockwork{}
		c.set(noon)
		before, after := exchanged(t)
		sealed := seal(t, newVaultAt(t, after, c), "theirs")
		v := newVaultAt(t, before, c)
		reads := 0
		stored := before
		v.Follow(func(_ context.Context, than uint64) (*vault.Keyset, error) {
			if reads++; stored.Generation() > than {
				return stored, nil
			}
			return nil, nil
		})
		for range 5 {
			if _, err := v.Open(place, sealed); !errors.Is(err, vault.ErrSealBroken) {
				t.Fatalf("opened with a key that nobody has: %v", err)
			}
		}
		if reads != 1 {
			t.Errorf("%d looks within a second", reads)
		}
		stored = after
		time.Sleep(2 * time.Second)
		wantOpens(t, v, sealed, "theirs")
		if reads != 2 {
			t.Errorf("%d looks", reads)
		}
	})
}

// A node that could not read the keyset for a minute does not seal, since its key may be
// gone from the store; it goes on by itself when it can.
func TestStaleKeysDoNotSeal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &clockwork{}
		c.set(noon)
		before, after := exchanged(t)
		v := newVaultAt(t, before, c)
		old := seal(t, v, "old")
		away, reports := true, 0
		v.Follow(func(context.Context, uint64) (*vault.Keyset, error) {
			if away {
				return nil, errors.New("the database is away")
			}
			return after, nil
		})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			v.Run(ctx, func(error) { reports++ })
		}()
		time.Sleep(59 * time.Second)
		seal(t, v, "still")
		time.Sleep(5 * time.Second)
		for range 2 {
			if _, err := v.Seal(place, nil); err == nil || !strings.Contains(err.Error(), "could not be read") {
				t.Errorf("sealed with keys that may be gone: %v", err)
			}
		}
		wantOpens(t, v, old, "old")
		away = false
		time.Sleep(2 * time.Second)
		if id := vault.KeyOf(seal(t, v, "new")); id == vault.KeyOf(old) {
			t.Error("the old key seals")
		}
		time.Sleep(10 * time.Minute)
		seal(t, v, "later")
		stop()
		<-ended
		if reports != 4 {
			t.Errorf("%d failures were reported", reports)
		}
	})
}
