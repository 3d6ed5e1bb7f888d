package vault

// NewCode returns a code of the given number of decimal digits, each equally
// likely, leading zeros included.
func NewCode(digits int) string { return randomText(digits, "0123456789") }

// HashCode returns the keyed hash of a code to store in place of the code.
// Without the vault's key its few digits cannot be tried out.
//
// The hash holds for p only. Put all that the code proves into p.Key: pool,
// user, purpose, attribute and the very value to be verified.
func (v *Vault) HashCode(p Place, code string) []byte {
	hash, err := v.codes.ComputeMAC(p.bytes(useCode, code))
	if err != nil {
		// HMAC has no failing input; going on with no hash would be worse.
		panic("vault: hashing a code: " + err.Error())
	}
	return hash
}

// MatchCode reports in constant time whether hash is what [Vault.HashCode]
// made of code for the same place.
func (v *Vault) MatchCode(p Place, code string, hash []byte) bool {
	return v.codes.VerifyMAC(hash, p.bytes(useCode, code)) == nil
}
