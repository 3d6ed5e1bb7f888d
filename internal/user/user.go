package user

import (
	"slices"
	"strings"
	"time"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
)

// Tables of this package's nouns.
const (
	TableUsers    row.Table = "users"
	TableAliases  row.Table = "aliases"
	TableCodes    row.Table = "codes"
	TableSessions row.Table = "sessions"
	TableSpent    row.Table = "spent_challenges"
	TableAttempts row.Table = "attempts"
	TableChanges  row.Table = "attribute_changes"

	TableMemberships row.Table = "memberships"
	TableAuthEvents  row.Table = "auth_events"
	TableOutbox      row.Table = "outbox"
)

// TablesOfUser are the tables whose rows belong to one user each, and go with the user;
// their keys begin with the pool and the user's sub.
var TablesOfUser = []row.Table{
	TableCodes, TableSessions, TableSpent, TableAttempts, TableOutbox, TableMemberships,
	TableSoftwareTokens, TableDevices, TablePasskeys, TableChallenges, TableAuthEvents, TablePasswordHistory,
}

// Sub is a user's unchanging id, a lower-case UUID in shape.
type Sub string

// Status is where a user stands in the account's life.
type Status string

// Statuses, as the API shows them.
const (
	Unconfirmed         Status = "UNCONFIRMED"
	Confirmed           Status = "CONFIRMED"
	ForceChangePassword Status = "FORCE_CHANGE_PASSWORD"
	ResetRequired       Status = "RESET_REQUIRED"
	ExternalProvider    Status = "EXTERNAL_PROVIDER"
)

// User is one user of a pool.
type User struct {
	row.Stamp
	PoolID pool.ID
	Sub    Sub
	// Username is the name that the user was made with; it is the sub in pools
	// whose users are named by an e-mail address or phone number.
	Username   string
	Status     Status
	Disabled   bool
	Attributes Attributes
	// Verifier is the password verifier, sealed for column "verifier"; nil for
	// a user without a password.
	Verifier []byte
	// PasswordSetAt is when the password was set; a temporary one runs out.
	PasswordSetAt time.Time
	// Factors are what the user chose about second factors.
	Factors Factors
	// SignOutEpoch grows with every global sign-out and every disabling. A
	// sign-in is dead when its own epoch is lower.
	SignOutEpoch int64
	CreatedAt    time.Time
	ModifiedAt   time.Time
}

// RowKey implements row.Row.
func (u *User) RowKey() row.Key { return KeyOf(u.PoolID, u.Sub) }

// KeyOf returns the row key of a user.
func KeyOf(id pool.ID, sub Sub) row.Key {
	return row.Key{Table: TableUsers, Parts: [3]string{string(id), string(sub)}}
}

// Clone returns a copy of the user to change; the original stays as it was read.
func (u *User) Clone() *User {
	c := *u
	c.Attributes = slices.Clone(u.Attributes)
	return &c
}

// HasTemporaryPassword reports whether the password must be changed at sign-in.
func (u *User) HasTemporaryPassword() bool { return u.Status == ForceChangePassword }

// Attribute is a name and a value; a user never holds an empty value.
type Attribute struct {
	Name  string
	Value string
}

// Attributes are a user's attributes in the order in which they were first
// written. The sub is not among them: it is the user's own field.
type Attributes []Attribute

// Get returns the value of an attribute, or "".
func (a Attributes) Get(name string) string {
	for i := range a {
		if a[i].Name == name {
			return a[i].Value
		}
	}
	return ""
}

// Has reports whether the attribute is set.
func (a Attributes) Has(name string) bool {
	return slices.ContainsFunc(a, func(x Attribute) bool { return x.Name == name })
}

// Set changes an attribute in place or appends it; "" removes it.
func (a *Attributes) Set(name, value string) {
	i := slices.IndexFunc(*a, func(x Attribute) bool { return x.Name == name })
	switch {
	case value == "" && i >= 0:
		*a = slices.Delete(*a, i, i+1)
	case value == "":
	case i >= 0:
		(*a)[i].Value = value
	default:
		*a = append(*a, Attribute{Name: name, Value: value})
	}
}

// IsVerified reports whether attr, which is email or phone_number, is set and
// marked verified.
func (a Attributes) IsVerified(attr string) bool {
	return a.Has(attr) && a.Get(pool.VerifiedFlag(attr)) == "true"
}

// All returns every attribute as the API shows them: the sub, then the rest in
// the order of their first writing.
func (u *User) All() Attributes {
	return append(Attributes{{Name: pool.AttrSub, Value: string(u.Sub)}}, u.Attributes...)
}

// Sorted returns the attributes ordered by name, for lists that come without an
// order of their own.
func (a Attributes) Sorted() Attributes {
	sorted := slices.Clone(a)
	slices.SortFunc(sorted, func(x, y Attribute) int { return strings.Compare(x.Name, y.Name) })
	return sorted
}
