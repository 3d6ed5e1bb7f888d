package user

import (
	"slices"
	"time"

	"poolhouse.dev/internal/pool"
)

// Migrant is a user whom another directory hands over.
type Migrant struct {
	// Attributes may have a "username", for one who was typed by an alias.
	Attributes Attributes
	// Confirmed says that the password holds; otherwise it has to be reset.
	Confirmed bool
	// SMS turns on text messages as a second factor.
	SMS bool
}

// DecideMigration decides who the migrant is to be in the pool. sub is fresh, and name
// the one that was typed. The faults are those of DecideAdminCreate.
//
// Source: "Migrate user Lambda trigger" in the developer guide.
func DecideMigration(p *pool.Pool, sub Sub, name string, m Migrant, now time.Time) (*Draft, error) {
	attrs := slices.Clone(m.Attributes)
	if own := attrs.Get("username"); own != "" && !p.UsesUsernameAttributes() {
		name = own
	}
	attrs.Set("username", "")
	attrs.Set(pool.AttrSub, "")
	attrs.Set("cognito:user_status", "")
	draft, err := decideNew(p, nil, Confirmed, sub, name, attrs.Sorted(), now)
	if err != nil {
		return nil, err
	}
	if !m.Confirmed {
		draft.User.Status = ResetRequired
	}
	if m.SMS && draft.User.Attributes.Has(pool.AttrPhone) {
		draft.User.Factors.Set(FactorSMS, true)
	}
	return draft, nil
}
