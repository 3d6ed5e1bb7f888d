package user

import (
	"time"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
)

// Newcomer is a user whom an administrator brings along from another system.
type Newcomer struct {
	Sub        Sub
	Name       string
	Attributes Attributes
	Status     Status
	Disabled   bool
}

// importable are the statuses that a newcomer may have.
var importable = map[Status]bool{Confirmed: true, Unconfirmed: true, ResetRequired: true, ForceChangePassword: true}

// DecideImport decides who the newcomer is to be in the pool. As when an administrator
// makes a user, required attributes may be missing and the verified flags may be set.
// The faults are those of DecideAdminCreate, and InvalidParameterException for a status
// that nobody can be brought along with.
func DecideImport(p *pool.Pool, n Newcomer, now time.Time) (*Draft, error) {
	if !importable[n.Status] {
		return nil, fault.InvalidParameterf("The status %q is none of CONFIRMED, UNCONFIRMED, RESET_REQUIRED and FORCE_CHANGE_PASSWORD.", n.Status)
	}
	draft, err := decideNew(p, nil, n.Status, n.Sub, n.Name, n.Attributes, now)
	if err != nil {
		return nil, err
	}
	draft.User.Disabled = n.Disabled
	return draft, nil
}
