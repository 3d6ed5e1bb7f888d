package user

import (
	"time"

	"poolhouse.dev/internal/pool"
)

// SignInPurpose is the purpose of the code of one step of a sign-in. Each step has a
// code of its own, so that one sign-in does not void another's.
func SignInPurpose(step string) Purpose { return Purpose("sign-in:" + step) }

// CodeProof is a right code of a sign-in.
type CodeProof struct {
	// Attribute and Target are where the code was sent.
	Attribute, Target string
	// First says that the code is all that was asked for.
	First bool
	// SetUp says that the address is new and becomes the user's second factor.
	SetUp bool
	// Verify is false when the address names somebody else, and so cannot be the
	// user's.
	Verify bool
}

// DecideSignInByCode returns what a right code of a sign-in changes about u: the
// address that it was sent to is verified, and one by which the user signs in
// confirms the account. Nil is nothing.
//
// Source: "Adding MFA to a user pool" and "Authentication flows" in the developer
// guide.
func DecideSignInByCode(p *pool.Pool, u *User, c CodeProof, now time.Time) *Update {
	d := &Update{User: u.Clone()}
	changed := false
	if c.SetUp && c.Verify {
		d.User.Attributes.Set(c.Attribute, c.Target)
		d.User.Factors.Set(FactorEmail, true)
		changed = true
	}
	if c.Verify && d.User.Attributes.Get(c.Attribute) == c.Target && !d.User.Attributes.IsVerified(c.Attribute) {
		d.User.Attributes.Set(pool.VerifiedFlag(c.Attribute), "true")
		changed = true
	}
	if c.First && u.Status == Unconfirmed {
		d.User.Status = Confirmed
		changed = true
	}
	if !changed {
		return nil
	}
	d.User.ModifiedAt = now
	d.Released, d.Taken = DiffClaims(p, u, d.User)
	return d
}
