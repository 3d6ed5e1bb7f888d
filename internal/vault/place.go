package vault

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrSealBroken says that a sealed value or token was changed, was made by
// another store, or belongs to another place or kind.
var ErrSealBroken = errors.New("the seal is broken")

// Place is where a sealed value lives. The value opens there only: moved to
// another row, table or column it is worthless.
type Place struct {
	Table  string
	Key    string // the row's whole primary key
	Column string
}

// The first part of everything that the keys are used on, so that no value
// made for one purpose serves another.
const (
	useValue     = "value"
	useToken     = "token"
	useCode      = "code"
	usePseudonym = "pseudonym"
)

func (p Place) bytes(use string, more ...string) []byte {
	return join(append([]string{use, p.Table, p.Key, p.Column}, more...)...)
}

// join writes parts one after the other, each behind its length in four
// bytes: no two lists of parts give the same bytes.
func join(parts ...string) []byte {
	size := 0
	for _, part := range parts {
		size += 4 + len(part)
	}
	out := make([]byte, 0, size)
	for _, part := range parts {
		out = binary.BigEndian.AppendUint32(out, uint32(len(part)))
		out = append(out, part...)
	}
	return out
}

// Seal encrypts plain for p. The result is 45 bytes longer than plain and
// differs at every call.
func (v *Vault) Seal(p Place, plain []byte) ([]byte, error) {
	sealed, err := v.encrypt(plain, p.bytes(useValue))
	if err != nil {
		return nil, fmt.Errorf("sealing %s.%s: %w", p.Table, p.Column, err)
	}
	return sealed, nil
}

// Open returns what was sealed for p. The error has [ErrSealBroken] in its
// chain when sealed was not made by Seal for the very same place.
func (v *Vault) Open(p Place, sealed []byte) ([]byte, error) {
	plain, err := v.decrypt(sealed, p.bytes(useValue))
	if err != nil {
		return nil, fmt.Errorf("opening %s.%s: %w", p.Table, p.Column, ErrSealBroken)
	}
	return plain, nil
}

// Reseal returns what was sealed for p, sealed anew, and nil for what the present key has
// sealed already. The error has [ErrSealBroken] in its chain when it does not open.
func (v *Vault) Reseal(p Place, sealed []byte) ([]byte, error) {
	if KeyOf(sealed) == v.SealingKey() {
		return nil, nil
	}
	plain, err := v.Open(p, sealed)
	if err != nil {
		return nil, err
	}
	return v.Seal(p, plain)
}

// SealingKey is the key that seals now.
func (v *Vault) SealingKey() KeyID { return v.Keyset().SealingKey(v.now()) }
