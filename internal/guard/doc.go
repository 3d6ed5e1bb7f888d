// Package guard is the threat protection of pools, for the operations to call: it
// judges attempts to sign in by the rules of package threat, keeps the history of
// events, and tells users of what looks strange.
//
// In a pool whose threat protection is off it does nothing and reads nothing. AUDIT
// records what would be done and lets everything pass; ENFORCED does it.
//
// Start with [Guard.Judge]: pass what it returns to [Guard.Record] when it is known
// how the attempt ended, and to [Guard.Notify].
package guard
