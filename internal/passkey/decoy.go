package passkey

import "crypto/sha256"

// decoyID is the length of most synced passkeys' IDs.
const decoyID = 20

// Decoy is a credential that nobody has, to be named in the options for somebody
// who does not exist. The same seed gives the same one, as a person's own would
// be; derive the seed from the name with a secret key. It has no public key.
func Decoy(rp RelyingParty, seed []byte) Credential {
	sum := sha256.Sum256(seed)
	return Credential{
		ID:         sum[:decoyID],
		Transports: []string{"hybrid", "internal"},
		RPID:       rp.ID,
	}
}
