package user

import (
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
)

// TableSoftwareTokens is the table of [SoftwareToken].
const TableSoftwareTokens row.Table = "software_tokens"

// SoftwareToken is the app that makes a user's one-time codes.
type SoftwareToken struct {
	row.Stamp
	PoolID pool.ID
	Sub    Sub
	// Secret, sealed for column "secret", is that of the token in use; nil for none.
	// It counts only while the user's Factors say so.
	Secret []byte
	// Pending, sealed for column "pending", is a secret that waits for its proof.
	Pending []byte
	// Name is what the user calls the token.
	Name string
	// LastStep is the newest period of time whose code was used.
	LastStep int64
}

// RowKey implements row.Row.
func (t *SoftwareToken) RowKey() row.Key {
	return row.Key{Table: TableSoftwareTokens, Parts: [3]string{string(t.PoolID), string(t.Sub)}}
}
