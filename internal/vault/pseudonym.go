package vault

// Size in bytes of a pseudonym.
const pseudonymSize = 32

// Pseudonym returns 32 bytes that look random and are the same at every call
// with the same label and parts, on every node of the store and for ever. They
// stand in for what a user who does not exist would have had: a salt, an id, a
// masked address. label names the use, so that one use tells nothing about
// another.
func (v *Vault) Pseudonym(label string, parts ...string) []byte {
	input := join(append([]string{usePseudonym, label}, parts...)...)
	out, err := v.pseudonyms.ComputePrimaryPRF(input, pseudonymSize)
	if err != nil {
		// HKDF fails only for sizes beyond its limit.
		panic("vault: computing a pseudonym: " + err.Error())
	}
	return out
}
