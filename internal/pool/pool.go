package pool

import (
	"slices"
	"strings"
	"time"

	"poolhouse.dev/internal/row"
)

// Tables of this package's nouns.
const (
	TablePools    row.Table = "pools"
	TableClients  row.Table = "clients"
	TableKeys     row.Table = "signing_keys"
	TableRemovals row.Table = "pool_removals"
)

// ID is a user pool's id: the region, an underscore and nine letters or digits.
type ID string

// Region returns the part of the id before the first underscore.
func (id ID) Region() string {
	region, _, _ := strings.Cut(string(id), "_")
	return region
}

// Name returns the part of the id after the first underscore, which SRP mixes
// into every password verifier.
func (id ID) Name() string {
	_, name, _ := strings.Cut(string(id), "_")
	return name
}

// Attribute names that the service itself acts on.
const (
	AttrSub               = "sub"
	AttrEmail             = "email"
	AttrEmailVerified     = "email_verified"
	AttrPhone             = "phone_number"
	AttrPhoneVerified     = "phone_number_verified"
	AttrPreferredUsername = "preferred_username"
	AttrIdentities        = "identities"
)

// VerifiedFlag returns the name of the attribute that says whether attr, which
// is AttrEmail or AttrPhone, is verified; "" for any other attribute.
func VerifiedFlag(attr string) string {
	switch attr {
	case AttrEmail:
		return AttrEmailVerified
	case AttrPhone:
		return AttrPhoneVerified
	}
	return ""
}

// Pool is a user pool.
type Pool struct {
	row.Stamp
	ID     ID
	Region string
	// Account is the twelve-digit account that made the pool; it is part of the ARN.
	Account   string
	Name      string
	CreatedAt time.Time
	// ModifiedAt is the time of the last successful change of the configuration.
	ModifiedAt time.Time
	Settings   Settings
}

// RowKey implements row.Row.
func (p *Pool) RowKey() row.Key { return row.Key{Table: TablePools, Parts: [3]string{string(p.ID)}} }

// ARN returns the pool's resource name.
func (p *Pool) ARN() string {
	return "arn:aws:cognito-idp:" + p.Region + ":" + p.Account + ":userpool/" + string(p.ID)
}

// CaseSensitive reports whether user names and aliases that differ only by
// case are different names. It is the default and fixed at creation.
func (p *Pool) CaseSensitive() bool {
	return p.Settings.CaseSensitive == nil || *p.Settings.CaseSensitive
}

// IsAlias reports whether attr is an alias that users may sign in with.
func (p *Pool) IsAlias(attr string) bool { return slices.Contains(p.Settings.Aliases, attr) }

// IsUsernameAttribute reports whether attr stands in for the user name.
func (p *Pool) IsUsernameAttribute(attr string) bool {
	return slices.Contains(p.Settings.UsernameAttributes, attr)
}

// UsesUsernameAttributes reports whether users of the pool are named by their
// e-mail address or phone number; the stored user name is then the sub.
func (p *Pool) UsesUsernameAttributes() bool { return len(p.Settings.UsernameAttributes) > 0 }

// IsAutoVerified reports whether attr is verified by a code that is sent
// without being asked for.
func (p *Pool) IsAutoVerified(attr string) bool {
	return slices.Contains(p.Settings.AutoVerified, attr)
}

// ConfirmsByLink reports whether e-mail of a sign-up carries a link instead of a
// code.
func (p *Pool) ConfirmsByLink() bool { return p.Settings.Templates.EmailOption == EmailByLink }

// VerifiesBeforeUpdate reports whether a new value of attr stays pending until
// its owner proves it.
func (p *Pool) VerifiesBeforeUpdate(attr string) bool {
	return slices.Contains(p.Settings.VerifyBeforeUpdate, attr)
}

// Removal marks a deleted pool whose users are still to be swept away. The
// pool itself is gone from the moment the removal is stored.
type Removal struct {
	row.Stamp
	PoolID    ID
	CreatedAt time.Time
}

// RowKey implements row.Row.
func (r *Removal) RowKey() row.Key {
	return row.Key{Table: TableRemovals, Parts: [3]string{string(r.PoolID)}}
}
