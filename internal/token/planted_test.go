package token_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"testing"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
)

// Somebody who can write to the database, and has no master key, puts a key
// of their own in the place of a pool's.
func TestPlantedKeysSignNothing(t *testing.T) {
	own, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&own.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, plant := range map[string]func(w *world, k *pool.SigningKey){
		"a public key beside the sealed one": func(_ *world, k *pool.SigningKey) { k.PublicKey = public },
		"a row of their own":                 func(_ *world, k *pool.SigningKey) { k.PublicKey, k.SealedKey = public, []byte("made up") },
		"another pool's key": func(w *world, k *pool.SigningKey) {
			k.PublicKey, k.SealedKey = w.ring.other[1].PublicKey, w.ring.other[1].SealedKey
		},
		"the ID key for access tokens": func(w *world, k *pool.SigningKey) {
			k.PublicKey, k.SealedKey = w.ring.one[0].PublicKey, w.ring.one[0].SealedKey
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			planted := *w.ring.one[1]
			plant(w, &planted)
			w.rows.put(&planted)
			_, err := w.auth.Authorize(t.Context(), w.craft(own, w.header(), w.claims()))
			if err == nil || fault.As(err) != nil {
				t.Errorf("a token of a planted key: %v, want an internal error", err)
			}
		})
	}
}
