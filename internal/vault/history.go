package vault

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
)

// A history at rest is one version byte and then the passwords of before, the newest
// first, each as a verifier is at rest and behind its length in four bytes.
const (
	historyVersion = 1
	lengthSize     = 4
)

// Remember returns a history, to be stored at p, that begins with the password whose
// verifier is sealed at from, goes on with the history that is sealed at p, and ends
// after limit passwords. Both sealed values may be nil: a user without a password, and
// one without a history. It returns nil for a history of nothing.
func (v *Vault) Remember(p Place, history []byte, from Place, sealed []byte, limit int) ([]byte, error) {
	list, err := v.openHistory(p, history)
	if err != nil {
		return nil, err
	}
	if sealed != nil {
		blob, err := v.Open(from, sealed)
		if err != nil {
			return nil, err
		}
		list = append([][]byte{blob}, list...)
	}
	list = list[:min(limit, len(list))]
	if len(list) == 0 {
		return nil, nil
	}
	plain := []byte{historyVersion}
	for _, blob := range list {
		plain = binary.BigEndian.AppendUint32(plain, uint32(len(blob)))
		plain = append(plain, blob...)
	}
	return v.Seal(p, plain)
}

// WasUsed reports whether password is one of the newest limit passwords of the history
// that is sealed at p; nil has none. Each comparison is like [Vault.CheckPassword]:
// it waits for a CPU slot of its own, so that others get their turn in between.
func (v *Vault) WasUsed(ctx context.Context, p Place, history []byte, limit int, poolID, username, password string) (bool, error) {
	name, err := poolName(poolID)
	if err != nil {
		return false, err
	}
	list, err := v.openHistory(p, history)
	if err != nil {
		return false, err
	}
	for _, blob := range list[:min(limit, len(list))] {
		if used, err := v.matches(ctx, blob, name, username, password); used || err != nil {
			return used, err
		}
	}
	return false, nil
}

func (v *Vault) openHistory(p Place, sealed []byte) (list [][]byte, err error) {
	if sealed == nil {
		return nil, nil
	}
	plain, err := v.Open(p, sealed)
	if err != nil {
		return nil, err
	}
	broken := errors.New("a history of passwords is in no form this release knows")
	if len(plain) == 0 || plain[0] != historyVersion {
		return nil, broken
	}
	for rest := plain[1:]; len(rest) > 0; {
		if len(rest) < lengthSize {
			return nil, fmt.Errorf("%w: it is cut", broken)
		}
		n := binary.BigEndian.Uint32(rest)
		rest = rest[lengthSize:]
		if uint64(n) > uint64(len(rest)) {
			return nil, fmt.Errorf("%w: it is cut", broken)
		}
		list = append(list, rest[:n])
		rest = rest[n:]
	}
	return list, nil
}
