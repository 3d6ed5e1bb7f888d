package user

import (
	"strconv"
	"time"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
)

// Purpose says what a code proves. A user has at most one code for a purpose;
// a new one takes the place of the old.
type Purpose string

// Purposes of codes.
const (
	PurposeSignUp      Purpose = "signup"
	PurposeVerifyEmail Purpose = "verify:email"
	PurposeVerifyPhone Purpose = "verify:phone_number"
	PurposeReset       Purpose = "reset"
)

// VerifyPurpose returns the purpose of a code that verifies attr, which is
// email or phone_number.
func VerifyPurpose(attr string) Purpose { return Purpose("verify:" + attr) }

// InvitationPurpose is the purpose of a message that carries the temporary
// password which was set at the given time; a later password makes it void.
func InvitationPurpose(setAt time.Time) Purpose {
	return Purpose("invitation:" + strconv.FormatInt(setAt.UnixMicro(), 10))
}

// Lives of codes, from the service's quotas.
const (
	CodeDigits = 6
	SignUpLife = 24 * time.Hour
	VerifyLife = 24 * time.Hour
	ResetLife  = time.Hour
)

// Code is an outstanding code. Its row is also the home of a pending value: a
// new e-mail address or phone number that waits for its proof exists as long as
// the code does, so that neither can be without the other.
type Code struct {
	row.Stamp
	PoolID  pool.ID
	Sub     Sub
	Purpose Purpose
	// ID is new for every code; a waiting message names the code that it
	// carries by it.
	ID string
	// Attribute is the attribute that the code was sent to and proves.
	Attribute string
	// Target is the exact value that the code was sent to and proves.
	Target string
	// Pending says that Target is not the user's value yet and becomes it by
	// the proof.
	Pending bool
	// Hash is the keyed hash of the code, bound to the row and to Target.
	Hash      []byte
	ExpiresAt time.Time
}

// RowKey implements row.Row.
func (c *Code) RowKey() row.Key {
	return row.Key{Table: TableCodes, Parts: [3]string{string(c.PoolID), string(c.Sub), string(c.Purpose)}}
}

// Usable reports whether the code is stored and has not run out.
func (c *Code) Usable(now time.Time) bool { return c.Stored() && now.Before(c.ExpiresAt) }

// IsPending reports whether the code holds a pending value at now.
func (c *Code) IsPending(now time.Time) bool { return c.Usable(now) && c.Pending }

// Outgoing is a message that waits to leave. It is written by the commit that
// made it necessary and removed when the message was accepted or refused for
// good.
type Outgoing struct {
	row.Stamp
	PoolID pool.ID
	Sub    Sub
	// ID derives from the change set, so that a set that is sent again cannot
	// enqueue twice.
	ID string
	// Purpose and CodeID name the code that the message carries. The message is
	// dropped when that is no longer the current one. An invitation has no
	// CodeID; its purpose names the temporary password.
	Purpose Purpose
	CodeID  string
	// Sealed is the finished message, sealed for column "message".
	Sealed []byte
	// LeasedUntil keeps other senders away from the message.
	LeasedUntil time.Time
	Tries       int
	CreatedAt   time.Time
	ExpiresAt   time.Time
}

// RowKey implements row.Row.
func (o *Outgoing) RowKey() row.Key {
	return row.Key{Table: TableOutbox, Parts: [3]string{string(o.PoolID), string(o.Sub), o.ID}}
}
