package vault_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
	"poolhouse.dev/internal/vault"
)

// newVault opens a store's vault of its own.
func newVault(t testing.TB) *vault.Vault {
	t.Helper()
	key := vault.NewMasterKey()
	return openVault(t, key, newKeyset(t, key))
}

func newKeyset(t testing.TB, key vault.MasterKey) []byte {
	t.Helper()
	sealed, err := vault.NewSealedKeyset(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func openVault(t testing.TB, key vault.MasterKey, sealed []byte) *vault.Vault {
	t.Helper()
	v, err := vault.Open(t.Context(), key, sealed)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestOpenRefusesAnotherKey(t *testing.T) {
	key := vault.NewMasterKey()
	sealed := newKeyset(t, key)
	flipped := bytes.Clone(sealed)
	flipped[len(flipped)/2] ^= 1
	for _, c := range []struct {
		name   string
		key    vault.MasterKey
		sealed []byte
	}{
		{"another master key", vault.NewMasterKey(), sealed},
		{"a damaged keyset", key, flipped},
		{"a cut keyset", key, sealed[:len(sealed)-1]},
		{"no keyset", key, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := vault.Open(t.Context(), c.key, c.sealed)
			if !errors.Is(err, vault.ErrWrongKey) {
				t.Fatalf("got %v, want ErrWrongKey", err)
			}
			if !strings.Contains(err.Error(), "does not open this store") {
				t.Errorf("%q does not say what is wrong", err)
			}
		})
	}
}

// stubKEK answers every unwrapping with what it holds.
type stubKEK struct {
	plain []byte
	err   error
}

func (k stubKEK) Wrap(context.Context, []byte, []byte) ([]byte, error)   { return k.plain, k.err }
func (k stubKEK) Unwrap(context.Context, []byte, []byte) ([]byte, error) { return k.plain, k.err }

func TestOpenTellsAWrongKeyFromOneThatIsAway(t *testing.T) {
	away := errors.New("key service unreachable")
	if _, err := vault.Open(t.Context(), stubKEK{err: away}, []byte("sealed")); !errors.Is(err, away) || errors.Is(err, vault.ErrWrongKey) {
		t.Errorf("Open says %v", err)
	}
	if _, err := vault.NewSealedKeyset(t.Context(), stubKEK{err: away}); !errors.Is(err, away) {
		t.Errorf("NewSealedKeyset says %v", err)
	}
}

func TestOpenRefusesUnknownForms(t *testing.T) {
	for _, plain := range []string{"", "{}", "not json", `{"values":"AAAA"}`} {
		if _, err := vault.Open(t.Context(), stubKEK{plain: []byte(plain)}, nil); err == nil {
			t.Errorf("a keyset %q was opened", plain)
		}
	}
}

func TestSealedKeysetShowsNoKey(t *testing.T) {
	key := vault.NewMasterKey()
	one, other := newKeyset(t, key), newKeyset(t, key)
	if bytes.Equal(one, other) {
		t.Error("two keysets are equal")
	}
	if bytes.Contains(one, []byte("type.googleapis.com")) || bytes.Contains(one, []byte("values")) {
		t.Error("the sealed keyset is readable")
	}
}

// Every node opens the same blob and must understand the others.
func TestNodesOfOneStoreAgree(t *testing.T) {
	key := vault.NewMasterKey()
	sealed := newKeyset(t, key)
	one, other := openVault(t, key, sealed), openVault(t, key, sealed)
	place := vault.Place{Table: "users", Key: "pool/sub", Column: "totp"}

	value, err := one.Seal(place, []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := other.Open(place, value); err != nil || string(got) != "secret" {
		t.Errorf("the other node opens %q, %v", got, err)
	}
	if !other.MatchCode(place, "123456", one.HashCode(place, "123456")) {
		t.Error("the other node does not know the code")
	}
	if diff := cmp.Diff(one.Pseudonym("salt", "pool", "nobody"), other.Pseudonym("salt", "pool", "nobody")); diff != "" {
		t.Errorf("the nodes' pseudonyms differ: %s", diff)
	}
	stranger := newVault(t)
	if _, err := stranger.Open(place, value); !errors.Is(err, vault.ErrSealBroken) {
		t.Errorf("another store opens the value: %v", err)
	}
	if stranger.MatchCode(place, "123456", one.HashCode(place, "123456")) {
		t.Error("another store knows the code")
	}
	if bytes.Equal(one.Pseudonym("salt", "pool", "nobody"), stranger.Pseudonym("salt", "pool", "nobody")) {
		t.Error("another store has the same pseudonym")
	}
}

// moved are places that differ from home in one way each.
var (
	home  = vault.Place{Table: "users", Key: "pool/alice", Column: "verifier"}
	moved = map[string]vault.Place{
		"another row":         {Table: "users", Key: "pool/bob", Column: "verifier"},
		"another table":       {Table: "devices", Key: "pool/alice", Column: "verifier"},
		"another column":      {Table: "users", Key: "pool/alice", Column: "totp"},
		"a shifted boundary":  {Table: "userspool/", Key: "alice", Column: "verifier"},
		"a shifted end":       {Table: "users", Key: "pool/alicever", Column: "ifier"},
		"swapped parts":       {Table: "pool/alice", Key: "users", Column: "verifier"},
		"no place":            {},
		"a longer key":        {Table: "users", Key: "pool/alice\x00", Column: "verifier"},
		"another case of key": {Table: "users", Key: "pool/Alice", Column: "verifier"},
	}
)

func TestMovedSealIsBroken(t *testing.T) {
	v := newVault(t)
	sealed, err := v.Seal(home, []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := v.Open(home, sealed); err != nil || string(got) != "secret" {
		t.Fatalf("at home it opens as %q, %v", got, err)
	}
	for name, place := range moved {
		if got, err := v.Open(place, sealed); !errors.Is(err, vault.ErrSealBroken) || got != nil {
			t.Errorf("%s: opens as %q, %v, want ErrSealBroken", name, got, err)
		}
	}
}

func TestChangedSealIsBroken(t *testing.T) {
	v := newVault(t)
	sealed, err := v.Seal(home, []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(sealed), len("secret")+45; got != want {
		t.Errorf("the sealed value has %d bytes, want %d", got, want)
	}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 0x80
		if _, err := v.Open(home, changed); !errors.Is(err, vault.ErrSealBroken) {
			t.Errorf("byte %d changed: %v, want ErrSealBroken", i, err)
		}
		if _, err := v.Open(home, sealed[:i]); !errors.Is(err, vault.ErrSealBroken) {
			t.Errorf("cut to %d bytes: %v, want ErrSealBroken", i, err)
		}
	}
}

func TestSealsOfOneValueDiffer(t *testing.T) {
	v := newVault(t)
	one, err := v.Seal(home, []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	other, err := v.Seal(home, []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(one, other) {
		t.Error("the same value is sealed the same twice")
	}
}

func TestSealedValuesComeBack(t *testing.T) {
	v := newVault(t)
	text := rapid.StringN(0, 8, -1)
	rapid.Check(t, func(t *rapid.T) {
		place := vault.Place{Table: text.Draw(t, "table"), Key: text.Draw(t, "key"), Column: text.Draw(t, "column")}
		other := vault.Place{Table: text.Draw(t, "table2"), Key: text.Draw(t, "key2"), Column: text.Draw(t, "column2")}
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		sealed, err := v.Seal(place, plain)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := v.Open(place, sealed); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("opens as %x, %v", got, err)
		}
		if _, err := v.Open(other, sealed); (err == nil) != (place == other) {
			t.Fatalf("sealed at %q, opened at %q: %v", place, other, err)
		}
	})
}

func TestVaultServesManyAtOnce(t *testing.T) {
	v := newVault(t)
	sealed, err := v.NewVerifier(t.Context(), home, "us-east-1_pool", "alice", "Pass@word1")
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			password := "Pass@word1"
			if i%2 == 1 {
				password = "wrong"
			}
			if ok, err := v.CheckPassword(t.Context(), home, sealed, "us-east-1_pool", "alice", password); err != nil || ok != (i%2 == 0) {
				t.Errorf("%s is %t, %v", password, ok, err)
			}
			text, err := v.SealToken("session", i)
			var back int
			if err != nil || v.OpenToken("session", text, &back) != nil || back != i {
				t.Errorf("token of %d came back as %d, %v", i, back, err)
			}
			if !v.MatchCode(home, "000000", v.HashCode(home, "000000")) {
				t.Error("a code does not match")
			}
		})
	}
	wait.Wait()
}
