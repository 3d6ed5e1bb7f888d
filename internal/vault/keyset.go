package vault

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/mac"
	"github.com/tink-crypto/tink-go/v2/prf"
	"github.com/tink-crypto/tink-go/v2/tink"
	"poolhouse.dev/internal/srp"
)

// Binds the wrapped blob to its purpose and its form.
const keysetPurpose = "poolhouse keyset 1"

// keyset as it is wrapped: tink keysets in their binary form. One blob, so
// that opening a store asks the KEK once.
type keysetBlob struct {
	Values     []byte `json:"values"`     // AEAD: sealed values and tokens
	Codes      []byte `json:"codes"`      // MAC: codes
	Pseudonyms []byte `json:"pseudonyms"` // PRF: pseudonyms; never rotated, they must stay the same
}

// Vault seals, opens, hashes and checks with the keys of one store. Its
// methods are safe for concurrent use and, except for password work, which
// takes milliseconds, cost microseconds.
type Vault struct {
	values     tink.AEAD
	codes      tink.MAC
	pseudonyms *prf.Set

	slots           chan struct{} // one per CPU; holds those who exponentiate
	exponentiations atomic.Uint64
	decoy           []byte // a sealed verifier that no password matches
}

// NewSealedKeyset returns a fresh keyset sealed under kek. It is made once in
// a store's life; what it returns is safe to store, to copy and to back up.
// Losing it, or kek, loses everything sealed with it.
func NewSealedKeyset(ctx context.Context, kek KEK) ([]byte, error) {
	// Tokens are sealed by the thousand a second, which would wear out the 96
	// random bits of plain AES-GCM's nonces within weeks. XAES is AES-256-GCM
	// with 192 bits of nonce.
	values, err := keyset.NewHandle(aead.XAES256GCM192BitNonceKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("making the value key: %w", err)
	}
	codes, err := keyset.NewHandle(mac.HMACSHA256Tag256KeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("making the code key: %w", err)
	}
	pseudonyms, err := keyset.NewHandle(prf.HKDFSHA256PRFKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("making the pseudonym key: %w", err)
	}
	var blob keysetBlob
	for _, part := range []struct {
		handle *keyset.Handle
		to     *[]byte
	}{{values, &blob.Values}, {codes, &blob.Codes}, {pseudonyms, &blob.Pseudonyms}} {
		var buf bytes.Buffer
		// In the clear only until the lines below wrap it.
		if err := insecurecleartextkeyset.Write(part.handle, keyset.NewBinaryWriter(&buf)); err != nil {
			return nil, fmt.Errorf("encoding the keyset: %w", err)
		}
		*part.to = buf.Bytes()
	}
	plain, err := json.Marshal(blob)
	if err != nil {
		return nil, fmt.Errorf("encoding the keyset: %w", err)
	}
	sealed, err := kek.Wrap(ctx, plain, []byte(keysetPurpose))
	if err != nil {
		return nil, fmt.Errorf("sealing the keyset: %w", err)
	}
	return sealed, nil
}

// Open returns the vault of a store from its sealed keyset. The error has
// [ErrWrongKey] in its chain when kek is not the key that sealed it; the
// server must not start then. ctx bounds the call to kek only.
func Open(ctx context.Context, kek KEK, sealed []byte) (*Vault, error) {
	plain, err := kek.Unwrap(ctx, sealed, []byte(keysetPurpose))
	if err != nil {
		return nil, fmt.Errorf("opening the keyset: %w", err)
	}
	var blob keysetBlob
	if err := json.Unmarshal(plain, &blob); err != nil {
		return nil, errors.New("opening the keyset: not in a form this release knows")
	}
	v := &Vault{slots: make(chan struct{}, runtime.GOMAXPROCS(0))}
	if err := v.load(blob); err != nil {
		return nil, fmt.Errorf("opening the keyset: %w", err)
	}
	// Random numbers are a verifier that nobody knows a password for.
	decoy := make([]byte, saltSize+srp.Size)
	rand.Read(decoy)
	v.decoy, err = v.Seal(decoyPlace, encodeVerifier(decoy[:saltSize], decoy[saltSize:]))
	if err != nil {
		return nil, fmt.Errorf("preparing the vault: %w", err)
	}
	return v, nil
}

func (v *Vault) load(blob keysetBlob) error {
	values, err := readKeyset(blob.Values)
	if err != nil {
		return fmt.Errorf("value key: %w", err)
	}
	codes, err := readKeyset(blob.Codes)
	if err != nil {
		return fmt.Errorf("code key: %w", err)
	}
	pseudonyms, err := readKeyset(blob.Pseudonyms)
	if err != nil {
		return fmt.Errorf("pseudonym key: %w", err)
	}
	if v.values, err = aead.New(values); err != nil {
		return fmt.Errorf("value key: %w", err)
	}
	if v.codes, err = mac.New(codes); err != nil {
		return fmt.Errorf("code key: %w", err)
	}
	if v.pseudonyms, err = prf.NewPRFSet(pseudonyms); err != nil {
		return fmt.Errorf("pseudonym key: %w", err)
	}
	return nil
}

func readKeyset(raw []byte) (*keyset.Handle, error) {
	return insecurecleartextkeyset.Read(keyset.NewBinaryReader(bytes.NewReader(raw)))
}
