package user

import (
	"time"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
)

// TableChallenges is the table of [Challenge].
const TableChallenges row.Table = "challenges"

// Challenge is an unanswered challenge whose state does not fit into what the
// client gives back. The answer that advances deletes it, and so it is good for one.
type Challenge struct {
	row.Stamp
	PoolID pool.ID
	Sub    Sub
	ID     string
	// State is sealed for column "state".
	State     []byte
	ExpiresAt time.Time
}

// RowKey implements row.Row.
func (c *Challenge) RowKey() row.Key {
	return row.Key{Table: TableChallenges, Parts: [3]string{string(c.PoolID), string(c.Sub), c.ID}}
}
