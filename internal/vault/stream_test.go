package vault_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/iotest"

	"poolhouse.dev/internal/vault"
)

var streamPlace = vault.Place{Table: "t", Key: "k", Column: "c"}

// sealStream seals text in one stream, bound to "bound".
func sealStream(t *testing.T, k *vault.StreamKey, text []byte) []byte {
	t.Helper()
	var sealed bytes.Buffer
	w, err := k.Seal(&sealed, []byte("bound"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return sealed.Bytes()
}

func openStream(k *vault.StreamKey, r io.Reader, bound string) ([]byte, error) {
	opened, err := k.Open(r, []byte(bound))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(opened)
}

func TestStreams(t *testing.T) {
	v := newVault(t)
	k, sealedKey, err := v.NewStreamKey(streamPlace)
	if err != nil {
		t.Fatal(err)
	}
	again, err := v.OpenStreamKey(streamPlace, sealedKey)
	if err != nil {
		t.Fatal(err)
	}
	text := bytes.Repeat([]byte("a stream of some pieces "), 150_000)
	sealed := sealStream(t, k, text)
	for name, key := range map[string]*vault.StreamKey{"the key": k, "the key, opened again": again} {
		if got, err := openStream(key, bytes.NewReader(sealed), "bound"); err != nil || !bytes.Equal(got, text) {
			t.Errorf("%s opens %d bytes, %v", name, len(got), err)
		}
	}
	other, _, err := v.NewStreamKey(streamPlace)
	if err != nil {
		t.Fatal(err)
	}
	flipped := slices.Clone(sealed)
	flipped[2<<20] ^= 1
	for _, test := range []struct {
		name   string
		key    *vault.StreamKey
		sealed []byte
		bound  string
	}{
		{"another key", other, sealed, "bound"},
		{"bound to something else", k, sealed, "other"},
		{"changed in a late piece", k, flipped, "bound"},
		{"cut in a piece", k, sealed[:len(sealed)-1], "bound"},
		{"cut between pieces", k, sealed[:2<<20], "bound"},
		{"continued", k, append(slices.Clone(sealed), 0), "bound"},
		{"empty", k, nil, "bound"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := openStream(test.key, bytes.NewReader(test.sealed), test.bound)
			if !errors.Is(err, vault.ErrSealBroken) {
				t.Errorf("the answer is %v", err)
			}
			if !bytes.HasPrefix(text, got) {
				t.Error("something was opened that was not sealed")
			}
		})
	}
	// A disk that fails is not a broken seal.
	failing := errors.New("the disk fails")
	if _, err := openStream(k, io.MultiReader(bytes.NewReader(sealed[:1<<21]), iotest.ErrReader(failing)), "bound"); !errors.Is(err, failing) {
		t.Errorf("a failing disk is told as %v", err)
	}
}

func TestStreamKeyOpensAtItsPlace(t *testing.T) {
	v := newVault(t)
	_, sealed, err := v.NewStreamKey(streamPlace)
	if err != nil {
		t.Fatal(err)
	}
	for name, open := range map[string]func() (*vault.StreamKey, error){
		"another place": func() (*vault.StreamKey, error) { return v.OpenStreamKey(vault.Place{Table: "t"}, sealed) },
		"another vault": func() (*vault.StreamKey, error) { return newVault(t).OpenStreamKey(streamPlace, sealed) },
	} {
		if _, err := open(); !errors.Is(err, vault.ErrSealBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A reader that goes on after an error does not find an end.
func TestBrokenStreamHasNoEnd(t *testing.T) {
	k, _, err := newVault(t).NewStreamKey(streamPlace)
	if err != nil {
		t.Fatal(err)
	}
	sealed := sealStream(t, k, []byte("text"))
	opened, err := k.Open(bytes.NewReader(sealed[:len(sealed)-1]), []byte("bound"))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := opened.Read(make([]byte, 10)); !errors.Is(err, vault.ErrSealBroken) {
			t.Errorf("the answer is %v", err)
		}
	}
}
