package vault

import (
	"context"

	"poolhouse.dev/internal/foreignhash"
)

// The password of an imported user is at rest as one version byte and the text of the
// hash that another system made, in the place of a verifier. One place has whatever
// proves the password, so that there is never a second one that is forgotten when the
// password changes, or that makes a user look as if they had none.
const foreignVersion = 2

// isForeign reports whether an opened blob is the hash of another system.
func isForeign(blob []byte) bool { return len(blob) > 0 && blob[0] == foreignVersion }

// SealForeign returns the hash of another system, sealed to be stored at p where a
// verifier would be. [Vault.CheckPassword] judges by it; nobody can prove the password
// by SRP before it is exchanged for a verifier.
func (v *Vault) SealForeign(p Place, h foreignhash.Hash) ([]byte, error) {
	return v.Seal(p, append([]byte{foreignVersion}, h.String()...))
}

// IsForeign reports whether what is sealed at p is the hash of another system and no
// verifier.
func (v *Vault) IsForeign(p Place, sealed []byte) (bool, error) {
	blob, err := v.Open(p, sealed)
	return isForeign(blob), err
}

// matchesForeign judges a password by the hash of another system, in a CPU slot: such
// hashes are made to take long, and some to take much memory.
func (v *Vault) matchesForeign(ctx context.Context, blob []byte, password string) (bool, error) {
	h, err := foreignhash.Parse(string(blob[1:]))
	if err != nil {
		return false, err
	}
	leave, err := v.wait(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	return h.Matches(password), nil
}
