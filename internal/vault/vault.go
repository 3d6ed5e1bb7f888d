package vault

import (
	"context"
	"crypto/rand"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tink-crypto/tink-go/v2/mac"
	"github.com/tink-crypto/tink-go/v2/prf"
	"github.com/tink-crypto/tink-go/v2/tink"
	"poolhouse.dev/internal/srp"
)

// Vault seals, opens, hashes and checks with the keys of one store. Its
// methods are safe for concurrent use and, except for password work, which
// takes milliseconds, cost microseconds.
type Vault struct {
	ring       atomic.Pointer[ring]
	codes      tink.MAC
	pseudonyms *prf.Set

	now func() time.Time
	// source, if not nil, is where changes of the keyset come from.
	source *source
	// changing is held by who puts another ring to work.
	changing sync.Mutex

	slots           chan struct{} // one per CPU; holds those who exponentiate
	exponentiations atomic.Uint64
	decoy           []byte // an encoded verifier that no password matches
}

// Open returns the vault of a store from its sealed keyset. The error has
// [ErrWrongKey] in its chain when kek is not the key that sealed it; the
// server must not start then. ctx bounds the call to kek only.
func Open(ctx context.Context, kek KEK, sealed []byte) (*Vault, error) {
	k, err := OpenKeyset(ctx, kek, sealed)
	if err != nil {
		return nil, err
	}
	return New(k, time.Now)
}

// New returns the vault of a store from its opened keyset. now is the clock by which
// keys take each other's place.
func New(k *Keyset, now func() time.Time) (*Vault, error) {
	v := &Vault{slots: make(chan struct{}, runtime.GOMAXPROCS(0)), now: now}
	var err error
	if v.codes, err = mac.New(k.codes); err != nil {
		return nil, fmt.Errorf("opening the keyset: code key: %w", err)
	}
	if v.pseudonyms, err = prf.NewPRFSet(k.pseudonyms); err != nil {
		return nil, fmt.Errorf("opening the keyset: pseudonym key: %w", err)
	}
	// Random numbers are a verifier that nobody knows a password for.
	number := make([]byte, saltSize+srp.Size)
	rand.Read(number)
	v.decoy = encodeVerifier(number[:saltSize], number[saltSize:])
	return v, v.Adopt(k)
}

// Adopt puts a newer keyset of the same store to work; one that is no newer than the
// present one is passed over. What is sealed before it returns opens by either.
func (v *Vault) Adopt(k *Keyset) error {
	v.changing.Lock()
	defer v.changing.Unlock()
	if r := v.ring.Load(); r != nil && r.keyset.Generation() >= k.Generation() {
		return nil
	}
	r, err := newRing(k, v.decoy)
	if err != nil {
		return fmt.Errorf("opening the keyset: %w", err)
	}
	v.ring.Store(r)
	return nil
}

// Keyset returns the keyset that is at work.
func (v *Vault) Keyset() *Keyset { return v.ring.Load().keyset }

// encrypt seals with the key whose time it is.
func (v *Vault) encrypt(plain, about []byte) ([]byte, error) {
	if err := v.freshen(); err != nil {
		return nil, err
	}
	return v.ring.Load().sealer(v.now()).Encrypt(plain, about)
}

// decrypt opens with any key of the keyset. A key that is not known may be one that
// another node has made since.
func (v *Vault) decrypt(sealed, about []byte) ([]byte, error) {
	r := v.ring.Load()
	if id := KeyOf(sealed); id != 0 && !r.ids[id] && v.lookAgain() {
		r = v.ring.Load()
	}
	return r.opener.Decrypt(sealed, about)
}

// openDecoy is Open for the decoy.
func (v *Vault) openDecoy() ([]byte, error) {
	r := v.ring.Load()
	plain, err := r.opener.Decrypt(r.decoy, decoyPlace.bytes(useValue))
	if err != nil {
		return nil, fmt.Errorf("opening the decoy: %w", ErrSealBroken)
	}
	return plain, nil
}
