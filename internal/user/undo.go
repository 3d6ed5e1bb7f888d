package user

import (
	"time"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
)

// Purposes of what is sent to an address that was a user's.
const (
	// PurposeUndo is a right to undo a change of the e-mail address; its code's
	// Target is the address to restore.
	PurposeUndo Purpose = "undo:email"
	// PurposeNotice is a message that proves nothing and tells of a change.
	PurposeNotice Purpose = "notice"
)

// LosesVerifiedEmail reports whether a change takes a verified e-mail address away
// from a user.
func LosesVerifiedEmail(before, after *User) bool {
	old := before.Attributes.Get(pool.AttrEmail)
	return old != "" && isTrue(before.Attributes.Get(pool.AttrEmailVerified)) && after.Attributes.Get(pool.AttrEmail) != old
}

// DecideUndo restores the e-mail address that a right to undo was given for, and
// signs the user out everywhere. The address is verified: whoever has the link reads
// its mail. A disabled user's change stays as it is (ExpiredCodeException).
func DecideUndo(p *pool.Pool, u *User, right *Code, now time.Time) (*Update, error) {
	if u.Disabled || right.Purpose != PurposeUndo || !right.Usable(now) {
		return nil, fault.ExpiredCode(ExpiredCodeText)
	}
	d := &Update{User: u.Clone()}
	d.User.ModifiedAt = now
	d.User.SignOutEpoch++
	d.User.Attributes.Set(pool.AttrEmail, right.Target)
	d.User.Attributes.Set(pool.AttrEmailVerified, "true")
	d.Released, d.Taken = DiffClaims(p, u, d.User)
	return d, nil
}
