package user

import (
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
)

// TablePasswordHistory is the table of [PasswordHistory].
const TablePasswordHistory row.Table = "password_history"

// PasswordHistory is what a user's passwords were before the present one, in a pool
// that forbids to take them again. It changes only together with the user's verifier.
type PasswordHistory struct {
	row.Stamp
	PoolID pool.ID
	Sub    Sub
	// Verifiers are those of the passwords, the newest first, sealed for column
	// "verifiers".
	Verifiers []byte
}

// RowKey implements row.Row.
func (h *PasswordHistory) RowKey() row.Key {
	return row.Key{Table: TablePasswordHistory, Parts: [3]string{string(h.PoolID), string(h.Sub)}}
}
