package vault

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// KeyID names one of the keys that seal. It is no secret: everything sealed begins
// with it.
type KeyID uint32

// String returns the id in hexadecimal.
func (id KeyID) String() string { return fmt.Sprintf("%08x", uint32(id)) }

// idSize are the bytes before what a key sealed: a version and the key's id.
const idSize = 5

// KeyOf returns the key that sealed a value; 0 for what no key did.
func KeyOf(sealed []byte) KeyID {
	if len(sealed) < idSize || sealed[0] != 1 {
		return 0
	}
	return KeyID(binary.BigEndian.Uint32(sealed[1:idSize]))
}

// Errors of a change of the keys that seal.
var (
	// ErrTwoKeys says that the exchange before this one has not been finished.
	ErrTwoKeys = errors.New("the keyset has two keys already")
	// ErrOneKey says that there is no key to let go of.
	ErrOneKey = errors.New("the keyset has one key only")
	// ErrNotYet says that the new key does not seal yet.
	ErrNotYet = errors.New("the new key does not seal yet")
)

// Announce returns a keyset with a fresh key beside the present one, which seals from a
// time on and opens at once. The error is [ErrTwoKeys] for a keyset with two.
func (k *Keyset) Announce(from time.Time) (*Keyset, error) {
	if k.blob.Next != 0 {
		return nil, ErrTwoKeys
	}
	m := keyset.NewManagerFromHandle(k.values)
	id, err := m.Add(aead.XAES256GCM192BitNonceKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("making a value key: %w", err)
	}
	after := *k
	after.blob.Generation++
	after.blob.Next, after.blob.NextFrom = KeyID(id), from.UnixMicro()
	if after.values, err = m.Handle(); err != nil {
		return nil, fmt.Errorf("making a value key: %w", err)
	}
	return &after, nil
}

// Retire returns a keyset without the key that sealed before the present one; what that
// key sealed opens no more. The error is [ErrOneKey] or [ErrNotYet].
func (k *Keyset) Retire(now time.Time) (*Keyset, error) {
	switch {
	case k.blob.Next == 0:
		return nil, ErrOneKey
	case k.SealingKey(now) != k.blob.Next:
		return nil, ErrNotYet
	}
	m := keyset.NewManagerFromHandle(k.values)
	err := m.SetPrimary(uint32(k.blob.Next))
	for _, key := range k.values.KeysetInfo().GetKeyInfo() {
		if id := key.GetKeyId(); err == nil && KeyID(id) != k.blob.Next {
			err = m.Delete(id)
		}
	}
	after := *k
	if err == nil {
		after.values, err = m.Handle()
	}
	if err != nil {
		return nil, fmt.Errorf("retiring a value key: %w", err)
	}
	after.blob.Generation++
	after.blob.Next, after.blob.NextFrom = 0, 0
	return &after, nil
}

// ring is a keyset at work.
type ring struct {
	keyset *Keyset
	// opener opens with every key; now seals with the primary one and next, if not nil,
	// with the one that takes its place.
	opener, now, next tink.AEAD
	ids               map[KeyID]bool
	// decoy is a sealed verifier that no password matches.
	decoy []byte
}

// newRing puts a keyset to work; decoy is an encoded verifier.
func newRing(k *Keyset, decoy []byte) (*ring, error) {
	r := &ring{keyset: k, ids: map[KeyID]bool{}}
	for _, key := range k.values.KeysetInfo().GetKeyInfo() {
		r.ids[KeyID(key.GetKeyId())] = true
	}
	var err error
	if r.opener, err = aead.New(k.values); err != nil {
		return nil, fmt.Errorf("value key: %w", err)
	}
	r.now = r.opener
	if k.blob.Next != 0 {
		m := keyset.NewManagerFromHandle(k.values)
		if err := m.SetPrimary(uint32(k.blob.Next)); err != nil {
			return nil, fmt.Errorf("next value key: %w", err)
		}
		handle, err := m.Handle()
		if err != nil {
			return nil, fmt.Errorf("next value key: %w", err)
		}
		if r.next, err = aead.New(handle); err != nil {
			return nil, fmt.Errorf("next value key: %w", err)
		}
	}
	r.decoy, err = r.opener.Encrypt(decoy, decoyPlace.bytes(useValue))
	return r, err
}

// sealer is what seals at a time.
func (r *ring) sealer(now time.Time) tink.AEAD {
	if r.next != nil && !now.Before(r.keyset.nextFrom()) {
		return r.next
	}
	return r.now
}
