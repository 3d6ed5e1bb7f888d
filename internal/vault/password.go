package vault

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"poolhouse.dev/internal/srp"
)

// A verifier at rest is one version byte, the salt and the SRP verifier. It
// serves SRP and plain passwords alike: a second, slower hash beside it would
// add nothing, since whoever has both attacks the cheaper one. What protects
// it is the seal. For the other form see foreign.go.
const (
	verifierVersion = 1
	saltSize        = 16
	verifierSize    = 1 + saltSize + srp.Size
)

// decoyPlace is where the decoy verifier is sealed; no table has this name.
var decoyPlace = Place{Table: "decoy", Key: "decoy", Column: "verifier"}

func encodeVerifier(salt, verifier []byte) []byte {
	blob := make([]byte, 0, verifierSize)
	blob = append(blob, verifierVersion)
	blob = append(blob, salt...)
	return append(blob, verifier...)
}

func decodeVerifier(blob []byte) (salt, verifier []byte, err error) {
	if len(blob) != verifierSize || blob[0] != verifierVersion {
		return nil, nil, errors.New("a password verifier is in no form this release knows")
	}
	return blob[1 : 1+saltSize], blob[1+saltSize:], nil
}

// NewVerifier returns the sealed verifier of a password under a fresh salt,
// to be stored at p. It holds for this pool and this user name only, byte for
// byte; the password counts as the bytes sent. It waits for a free CPU slot,
// returning ctx's error when ctx ends first, and then takes one modular
// exponentiation.
func (v *Vault) NewVerifier(ctx context.Context, p Place, poolID, username, password string) ([]byte, error) {
	name, err := poolName(poolID)
	if err != nil {
		return nil, err
	}
	salt := make([]byte, saltSize)
	rand.Read(salt) // never fails: the runtime ends the process instead
	leave, err := v.exponentiate(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	return v.Seal(p, encodeVerifier(salt, srp.Verifier(name, username, password, salt)))
}

// CheckPassword reports whether password is the one that the sealed verifier
// at p was made from. A wrong password is false and no error; the error has
// [ErrSealBroken] in its chain when sealed does not belong at p, and is ctx's
// when ctx ends before a CPU slot is free. One modular exponentiation, or what
// the hash of another system takes.
//
// It counts no attempts: that is to be committed before its answer is used.
func (v *Vault) CheckPassword(ctx context.Context, p Place, sealed []byte, poolID, username, password string) (bool, error) {
	name, err := poolName(poolID)
	if err != nil {
		return false, err
	}
	blob, err := v.Open(p, sealed)
	if err != nil {
		return false, err
	}
	return v.matches(ctx, blob, name, username, password)
}

// matches judges a password by an opened verifier, or an opened hash of another
// system.
func (v *Vault) matches(ctx context.Context, blob []byte, name, username, password string) (bool, error) {
	if isForeign(blob) {
		return v.matchesForeign(ctx, blob, password)
	}
	salt, verifier, err := decodeVerifier(blob)
	if err != nil {
		return false, err
	}
	leave, err := v.exponentiate(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	return srp.Match(name, username, password, salt, verifier), nil
}

// SimulatePassword does the work of [Vault.CheckPassword] for a user who does
// not exist, so that the answer's time does not tell. It always reports false.
func (v *Vault) SimulatePassword(ctx context.Context, poolID, username, password string) (bool, error) {
	name, err := poolName(poolID)
	if err != nil {
		return false, err
	}
	blob, err := v.openDecoy()
	if err != nil {
		return false, err
	}
	_, err = v.matches(ctx, blob, name, username, password)
	return false, err
}

// Exponentiations returns how many modular exponentiations the vault has
// begun. Tests compare its growth for known and unknown users.
func (v *Vault) Exponentiations() uint64 { return v.exponentiations.Load() }

// exponentiate is wait for a caller who does one exponentiation.
func (v *Vault) exponentiate(ctx context.Context) (leave func(), err error) {
	if leave, err = v.wait(ctx); err == nil {
		v.exponentiations.Add(1)
	}
	return leave, err
}

// wait waits for one of as many slots as there are CPUs, so that a burst of
// sign-ins queues here, where ctx counts, and leaves the scheduler to the cheap
// requests. The caller does its work and calls leave.
func (v *Vault) wait(ctx context.Context) (leave func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("waiting to check a password: %w", err)
	}
	select {
	case v.slots <- struct{}{}:
		return func() { <-v.slots }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting to check a password: %w", ctx.Err())
	}
}

func poolName(poolID string) (string, error) {
	name := srp.PoolName(poolID)
	if name == "" {
		return "", fmt.Errorf("pool id %q has no name after an underscore", poolID)
	}
	return name, nil
}
