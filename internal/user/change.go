package user

import (
	"slices"
	"time"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
)

// Change is an entry of the history of a user's attributes. It holds no values,
// only keyed hashes of them: whoever has the history alone learns which attribute
// changed, when and by whom, and whether a value came back.
type Change struct {
	row.Stamp
	PoolID pool.ID
	Sub    Sub
	// ID begins with the time, so that the entries of a user are in its order.
	ID        string
	At        time.Time
	Operation string
	// ClientID is the app client of the user who changed their own attributes, and
	// AccessKeyID the key of an administrator; one of them is "".
	ClientID    pool.ClientID
	AccessKeyID string
	Values      []ChangedValue
	ExpiresAt   time.Time
}

// ChangedValue is one attribute's part in a change.
type ChangedValue struct {
	Name string `json:"name"`
	// Old and New are keyed hashes in hexadecimal, "" where there was or is no value.
	Old string `json:"old,omitempty"`
	New string `json:"new,omitempty"`
}

// RowKey implements row.Row.
func (c *Change) RowKey() row.Key {
	return row.Key{Table: TableChanges, Parts: [3]string{string(c.PoolID), string(c.Sub), c.ID}}
}

// Differing returns the names of the attributes that differ between two states of
// a user, in the order of their names.
func Differing(before, after *User) (names []string) {
	for _, list := range []Attributes{before.Attributes, after.Attributes} {
		for _, a := range list {
			if before.Attributes.Get(a.Name) != after.Attributes.Get(a.Name) && !slices.Contains(names, a.Name) {
				names = append(names, a.Name)
			}
		}
	}
	slices.Sort(names)
	return names
}
