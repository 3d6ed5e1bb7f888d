package user

import (
	"time"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
)

// AttemptKind is what is counted.
type AttemptKind string

// Kinds of attempts.
const (
	AttemptPassword    AttemptKind = "password"
	AttemptConfirm     AttemptKind = "confirm-signup"
	AttemptResend      AttemptKind = "resend-code"
	AttemptVerify      AttemptKind = "verify-attribute"
	AttemptRequestCode AttemptKind = "request-code"
	AttemptForgot      AttemptKind = "forgot-password"
	AttemptReset       AttemptKind = "reset-password"
	// AttemptChangePassword are calls of ChangePassword, right or wrong.
	AttemptChangePassword AttemptKind = "change-password"
	// AttemptSignInCode are codes that were sent to sign in by, without a password.
	AttemptSignInCode AttemptKind = "sign-in-code"
)

// Attempts counts what one user, or somebody in their name, tried. A count is
// committed before the result of the try is known, so that parallel tries
// cannot get past a cap.
type Attempts struct {
	row.Stamp
	PoolID pool.ID
	Sub    Sub
	Kind   AttemptKind
	Count  int
	// Since is the start of the hour that Count belongs to; for passwords, the
	// time of the last failure.
	Since time.Time
	// LockedUntil is when passwords are judged again.
	LockedUntil time.Time
	// ExpiresAt is when the row says nothing any more and may be swept away.
	ExpiresAt time.Time
}

// RowKey implements row.Row.
func (a *Attempts) RowKey() row.Key {
	return row.Key{Table: TableAttempts, Parts: [3]string{string(a.PoolID), string(a.Sub), string(a.Kind)}}
}

// Attempt limits of one user, from the service's quotas.
const (
	attemptWindow = time.Hour
	// lockAfter wrong passwords are judged before the first lock.
	lockAfter = 5
	maxLock   = 15 * time.Minute
	// lockMemory is how long without attempts, after a lock, forgets the failures.
	lockMemory = 15 * time.Minute
)

// caps are the calls an hour, right or wrong, by kind.
var caps = map[AttemptKind]int{
	AttemptConfirm:     15,
	AttemptResend:      5,
	AttemptVerify:      15,
	AttemptRequestCode: 5,
	// The service allows 5 to 20 of each, by a risk that is not judged here.
	AttemptForgot:         5,
	AttemptReset:          15,
	AttemptChangePassword: 5,
	// The service's own bound is not known.
	AttemptSignInCode: 30,
}

// LimitText is the message of a spent attempt limit.
const LimitText = "Attempt limit exceeded, please try after some time."

// Take counts one call against the hourly cap of its kind. It changes a; the
// caller commits a before it looks at the result of the call. The fault is
// LimitExceededException, and a is then unchanged.
func (a *Attempts) Take(now time.Time) error {
	if !now.Before(a.Since.Add(attemptWindow)) {
		a.Since, a.Count = now, 0
	}
	if a.Count >= caps[a.Kind] {
		return fault.LimitExceeded(LimitText)
	}
	a.Count++
	a.ExpiresAt = a.Since.Add(attemptWindow)
	return nil
}

// TakePassword counts one password as wrong until it is shown to be right. It
// changes a; the caller commits a before the password is judged, and Forgives
// it after a right one. From the fifth failure on the account is locked for
// 2^(n-5) seconds, at most fifteen minutes; during a lock nothing is judged and
// nothing counted.
func (a *Attempts) TakePassword(now time.Time) error {
	if now.Before(a.LockedUntil) {
		return fault.NotAuthorized("Password attempts exceeded")
	}
	if !a.LockedUntil.IsZero() && !now.Before(a.LockedUntil.Add(lockMemory)) && !now.Before(a.Since.Add(lockMemory)) {
		a.Count = 0
	}
	a.Count++
	a.Since = now
	a.LockedUntil = time.Time{}
	if a.Count >= lockAfter {
		a.LockedUntil = now.Add(lockFor(a.Count))
	}
	a.ExpiresAt = now.Add(24 * time.Hour)
	return nil
}

// Restore adds to the set that a is as it was before the present answer was counted:
// that was right, and no success yet, since more is to be shown.
func (a *Attempts) Restore(set interface {
	Put(rows ...row.Row)
	Drop(rows ...row.Row)
}, before Attempts) {
	if !before.Stored() {
		set.Drop(a)
		return
	}
	a.Count, a.Since, a.LockedUntil, a.ExpiresAt = before.Count, before.Since, before.LockedUntil, before.ExpiresAt
	set.Put(a)
}

func lockFor(failures int) time.Duration {
	n := failures - lockAfter
	if n >= 10 {
		return maxLock
	}
	return min(time.Second<<n, maxLock)
}
