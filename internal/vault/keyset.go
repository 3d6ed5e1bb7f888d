package vault

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/mac"
	"github.com/tink-crypto/tink-go/v2/prf"
)

// Binds the wrapped blob to its purpose and its form.
const keysetPurpose = "poolhouse keyset 1"

// keysetBlob is a keyset as it is wrapped: tink keysets in their binary form. One blob,
// so that opening a store asks the KEK once. A release that does not know the members
// after Pseudonyms seals with the primary key of Values and opens with all of them.
type keysetBlob struct {
	Values     []byte `json:"values"`     // AEAD: sealed values and tokens
	Codes      []byte `json:"codes"`      // MAC: codes; never exchanged
	Pseudonyms []byte `json:"pseudonyms"` // PRF: pseudonyms; never exchanged, they must stay the same
	// Generation grows by one with every change of Values.
	Generation uint64 `json:"generation,omitempty"`
	// Next is the key of Values that seals from NextFrom on, in microseconds since 1970;
	// 0 while none is to take the primary key's place.
	Next     KeyID `json:"next,omitempty"`
	NextFrom int64 `json:"nextFrom,omitempty"`
}

// Keyset is the keys of one store, opened. It never changes; what changes one returns
// another. However it is printed or logged, it shows nothing.
type Keyset struct {
	blob       keysetBlob
	values     *keyset.Handle
	codes      *keyset.Handle
	pseudonyms *keyset.Handle
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
	return (&Keyset{values: values, codes: codes, pseudonyms: pseudonyms}).Wrap(ctx, kek)
}

// OpenKeyset opens a sealed keyset. The error has [ErrWrongKey] in its chain when kek
// is not the key that sealed it. ctx bounds the call to kek.
func OpenKeyset(ctx context.Context, kek KEK, sealed []byte) (*Keyset, error) {
	plain, err := kek.Unwrap(ctx, sealed, []byte(keysetPurpose))
	if err != nil {
		return nil, fmt.Errorf("opening the keyset: %w", err)
	}
	k := &Keyset{}
	if err := json.Unmarshal(plain, &k.blob); err != nil {
		return nil, errors.New("opening the keyset: not in a form this release knows")
	}
	for _, part := range []struct {
		name string
		raw  []byte
		to   **keyset.Handle
	}{{"value key", k.blob.Values, &k.values}, {"code key", k.blob.Codes, &k.codes}, {"pseudonym key", k.blob.Pseudonyms, &k.pseudonyms}} {
		if *part.to, err = insecurecleartextkeyset.Read(keyset.NewBinaryReader(bytes.NewReader(part.raw))); err != nil {
			return nil, fmt.Errorf("opening the keyset: %s: %w", part.name, err)
		}
	}
	return k, nil
}

// Wrap returns the keyset sealed under kek. ctx bounds the call to kek.
func (k *Keyset) Wrap(ctx context.Context, kek KEK) ([]byte, error) {
	blob := k.blob
	for _, part := range []struct {
		handle *keyset.Handle
		to     *[]byte
	}{{k.values, &blob.Values}, {k.codes, &blob.Codes}, {k.pseudonyms, &blob.Pseudonyms}} {
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

// Format writes a placeholder for every verb, so that no log line and no error
// text shows a key.
func (k *Keyset) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[keyset]") }

// Generation is 0 for the keyset that a store was made with, and grows by one with
// every change of the keys that seal.
func (k *Keyset) Generation() uint64 { return k.blob.Generation }

// SealingKey is the key that seals at a time.
func (k *Keyset) SealingKey(now time.Time) KeyID {
	if k.blob.Next != 0 && !now.Before(k.nextFrom()) {
		return k.blob.Next
	}
	return KeyID(k.values.KeysetInfo().GetPrimaryKeyId())
}

// Announced returns the key that is to seal, or seals already, in place of the one
// before it, and from when on; false where there is only one key.
func (k *Keyset) Announced() (id KeyID, from time.Time, ok bool) {
	return k.blob.Next, k.nextFrom(), k.blob.Next != 0
}

func (k *Keyset) nextFrom() time.Time { return time.UnixMicro(k.blob.NextFrom) }
