package user

import (
	"time"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
)

// Session is one sign-in: every token that it ever gives carries its id as
// event_id, and all of them end with it.
type Session struct {
	row.Stamp
	PoolID pool.ID
	Sub    Sub
	ID     string
	// OriginJTI is the claim origin_jti of the sign-in's tokens.
	OriginJTI string
	ClientID  pool.ClientID
	// Epoch is the user's SignOutEpoch at the sign-in.
	Epoch   int64
	Revoked bool
	Scope   string
	// AuthTime is when the user signed in; refreshing leaves it.
	AuthTime time.Time
	// ExpiresAt is when the refresh token runs out.
	ExpiresAt time.Time
	// Generation counts how often the refresh token was exchanged for a new one,
	// and RotatedAt is when it last was.
	Generation int64
	RotatedAt  time.Time
	// DeviceKey is the device that the sign-in is bound to; "" for none, and
	// [ForgottenDevice] for one that was forgotten since.
	DeviceKey string
}

// ForgottenDevice is bound to a sign-in in place of a device that was forgotten. No
// device has this key.
const ForgottenDevice = "forgotten"

// RefreshableBy reports whether a client that names a device may refresh the sign-in:
// one that is bound to a device is refreshed by that one only, and no more when it was
// forgotten.
func (s *Session) RefreshableBy(deviceKey string) bool {
	return s.DeviceKey == "" || s.DeviceKey == deviceKey && s.DeviceKey != ForgottenDevice
}

// RowKey implements row.Row.
func (s *Session) RowKey() row.Key { return SessionKey(s.PoolID, s.Sub, s.ID) }

// SessionKey returns the row key of a user's session.
func SessionKey(id pool.ID, sub Sub, session string) row.Key {
	return row.Key{Table: TableSessions, Parts: [3]string{string(id), string(sub), session}}
}

// Alive reports whether tokens of the sign-in are still good for u: it is
// stored, not revoked, and u was neither signed out everywhere nor disabled
// since. No clock takes part.
func (s *Session) Alive(u *User) bool {
	return s.Stored() && !s.Revoked && s.Epoch == u.SignOutEpoch && !u.Disabled
}

// Rotation is what a refresh token is worth where refresh tokens are exchanged.
type Rotation int

// Refresh tokens of a sign-in.
const (
	// RotationCurrent is the newest token, which is exchanged.
	RotationCurrent Rotation = iota
	// RotationRetried is the one before, within its period of grace: the answer to
	// its exchange may have been lost, and the newest one is given again.
	RotationRetried
	// RotationReused is one that somebody must have copied.
	RotationReused
)

// Judge says what a refresh token of the given generation is worth. Without a
// period of grace no clock takes part, so that a late one forgives nothing.
func (s *Session) Judge(generation int64, grace time.Duration, now time.Time) Rotation {
	switch {
	case generation == s.Generation:
		return RotationCurrent
	case generation == s.Generation-1 && grace > 0 && now.Before(s.RotatedAt.Add(grace)):
		return RotationRetried
	}
	return RotationReused
}

// SpentChallenge marks a sign-in challenge as answered. Inserting it is what
// makes a Session string good for one advance only.
type SpentChallenge struct {
	row.Stamp
	PoolID    pool.ID
	Sub       Sub
	ID        string
	ExpiresAt time.Time
}

// RowKey implements row.Row.
func (s *SpentChallenge) RowKey() row.Key {
	return row.Key{Table: TableSpent, Parts: [3]string{string(s.PoolID), string(s.Sub), s.ID}}
}
