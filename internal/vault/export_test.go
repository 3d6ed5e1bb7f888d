package vault

// HoldSlots takes every CPU slot, as a burst of sign-ins does, until release.
func (v *Vault) HoldSlots() (release func()) {
	for range cap(v.slots) {
		v.slots <- struct{}{}
	}
	return func() {
		for range cap(v.slots) {
			<-v.slots
		}
	}
}
