package threats

import (
	"context"
	"time"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/guard"
	"poolhouse.dev/internal/paging"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
	"poolhouse.dev/internal/wire"
)

// Texts whose wording in the service is not known.
const (
	textNotEnabled = "User pool add-ons are not enabled for this user pool."
	textNoEvent    = "Event not found."
	textFeedback   = "Invalid feedback token."
)

// Deps is what the operations work with.
type Deps struct {
	Store     store.Store
	Directory *directory.Directory
	Lists     paging.Lists
	Vault     *vault.Vault
	// AllowPool limits how often an operation is called for one pool, and AllowUser how
	// often one user is read or written.
	AllowPool func(ctx context.Context, operation, poolID string) error
	AllowUser func(sub string, write bool) error
	Now       func() time.Time
}

// API has one method for each operation. It is safe for concurrent use.
type API struct{ Deps }

// New returns the operations.
func New(d Deps) *API { return &API{Deps: d} }

// pool returns a pool with threat protection. The faults are ResourceNotFoundException
// and UserPoolAddOnNotEnabledException.
func (a *API) pool(ctx context.Context, id *string) (*pool.Pool, error) {
	p, err := a.Directory.Pool(ctx, pool.ID(wire.Deref(id)))
	if err != nil {
		return nil, err
	}
	if guard.ModeOf(p, false) == guard.Off {
		return nil, fault.UserPoolAddOnNotEnabled(textNotEnabled)
	}
	return p, nil
}

// subject returns the pool and the user that an administrator names. The faults are
// those of pool and UserNotFoundException.
func (a *API) subject(ctx context.Context, poolID, name *string, write bool) (*pool.Pool, *user.User, error) {
	p, err := a.pool(ctx, poolID)
	if err != nil {
		return nil, nil, err
	}
	u, err := a.Directory.ExistingUser(ctx, p, wire.Deref(name))
	if err != nil {
		return nil, nil, err
	}
	return p, u, a.AllowUser(string(u.Sub), write)
}
