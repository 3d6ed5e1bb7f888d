package user

import (
	"time"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
)

// TablePasskeys is the table of [Passkey].
const TablePasskeys row.Table = "passkeys"

// MaxPasskeys is how many passkeys a user can have, from the service's quotas.
const MaxPasskeys = 20

// Passkey is a WebAuthn credential of a user.
type Passkey struct {
	row.Stamp
	PoolID pool.ID
	Sub    Sub
	// ID is the credential's, in base64url.
	ID   string
	Name string
	// Credential is the credential as JSON: its public key, its flags and the like.
	Credential []byte
	// SignCount is the counter of the last use.
	SignCount int64
	CreatedAt time.Time
}

// RowKey implements row.Row.
func (k *Passkey) RowKey() row.Key {
	return row.Key{Table: TablePasskeys, Parts: [3]string{string(k.PoolID), string(k.Sub), k.ID}}
}
