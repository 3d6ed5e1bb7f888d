package user

import (
	"time"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
)

// MaxMemberships is how many groups a user may be in.
const MaxMemberships = 100

// Membership says that a user is in a group. It counts as long as the group of its
// name has its GroupID.
type Membership struct {
	row.Stamp
	PoolID    pool.ID
	Sub       Sub
	GroupName string
	GroupID   string
	CreatedAt time.Time
}

// RowKey implements row.Row.
func (m *Membership) RowKey() row.Key {
	return row.Key{Table: TableMemberships, Parts: [3]string{string(m.PoolID), string(m.Sub), m.GroupName}}
}
