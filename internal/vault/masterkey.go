package vault

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
)

const masterKeySize = 32

// ErrWrongKey says that the master key at hand is not the one that sealed the
// keyset, or that the sealed keyset is damaged; the two look the same.
var ErrWrongKey = errors.New("the master key does not open this store")

// KEK is a key-encryption key: it protects the keyset and nothing else.
// [MasterKey] is one; a key in a key management service can be another.
//
// Unwrap returns an error in whose chain is [ErrWrongKey] when wrapped was not
// made by this key with the same aad, and any other error when the key could
// not be asked.
type KEK interface {
	Wrap(ctx context.Context, plain, aad []byte) ([]byte, error)
	Unwrap(ctx context.Context, wrapped, aad []byte) ([]byte, error)
}

// MasterKey is 32 secret bytes that seal the keyset with AES-256-GCM. The zero
// value is no key and refuses to work. However it is printed or logged, it
// shows nothing; [MasterKey.Text] alone gives it away.
type MasterKey struct {
	secret [masterKeySize]byte
}

// NewMasterKey returns a fresh random key.
func NewMasterKey() MasterKey {
	var k MasterKey
	rand.Read(k.secret[:]) // never fails: the runtime ends the process instead
	return k
}

// ParseMasterKey reads a key from its text form, 32 bytes in standard base64
// with padding; blanks around it do not matter. An all-zero key is refused.
func ParseMasterKey(text string) (MasterKey, error) {
	raw, err := base64.StdEncoding.Strict().DecodeString(strings.TrimSpace(text))
	if err != nil || len(raw) != masterKeySize {
		// The decoder's own error could quote the key.
		return MasterKey{}, fmt.Errorf("a master key is %d bytes in base64 (%d characters)",
			masterKeySize, base64.StdEncoding.EncodedLen(masterKeySize))
	}
	k := MasterKey{secret: [masterKeySize]byte(raw)}
	if k == (MasterKey{}) {
		return MasterKey{}, errors.New("a master key of zeros protects nothing")
	}
	return k, nil
}

// Text returns the form that [ParseMasterKey] reads. It is the secret itself.
func (k MasterKey) Text() string { return base64.StdEncoding.EncodeToString(k.secret[:]) }

// Format writes a placeholder for every verb, so that no log line and no error
// text shows the key.
func (k MasterKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[master key]") }

// Wrap seals plain under the key, bound to aad.
func (k MasterKey) Wrap(_ context.Context, plain, aad []byte) ([]byte, error) {
	sealer, err := k.sealer()
	if err != nil {
		return nil, err
	}
	return sealer.Seal(nil, nil, plain, aad), nil
}

// Unwrap opens what Wrap sealed with the same aad, else returns [ErrWrongKey].
func (k MasterKey) Unwrap(_ context.Context, wrapped, aad []byte) ([]byte, error) {
	sealer, err := k.sealer()
	if err != nil {
		return nil, err
	}
	plain, err := sealer.Open(nil, nil, wrapped, aad)
	if err != nil {
		return nil, ErrWrongKey
	}
	return plain, nil
}

func (k MasterKey) sealer() (cipher.AEAD, error) {
	if k == (MasterKey{}) {
		return nil, errors.New("no master key is set")
	}
	block, err := aes.NewCipher(k.secret[:])
	if err != nil {
		return nil, fmt.Errorf("preparing the master key: %w", err)
	}
	// Random nonces are safe here: a key wraps a handful of blobs in its life.
	sealer, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("preparing the master key: %w", err)
	}
	return sealer, nil
}
