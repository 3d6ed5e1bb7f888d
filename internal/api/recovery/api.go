package recovery

import (
	"context"
	"time"

	"poolhouse.dev/internal/code"
	"poolhouse.dev/internal/decoy"
	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/guard"
	"poolhouse.dev/internal/outbox"
	"poolhouse.dev/internal/passwords"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/signin"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/trigger"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
)

// Deps is what the operations work with.
type Deps struct {
	Store     store.Store
	Directory *directory.Directory
	Codes     *code.Codes
	Outbox    *outbox.Outbox
	Vault     *vault.Vault
	Lanes     *store.Lanes
	Decoy     *decoy.Decoy
	Triggers  *trigger.Caller
	SignIn    *signin.Machine
	Guard     *guard.Guard
	Passwords *passwords.Judge
	// AllowUser limits how often one user is read or written.
	AllowUser func(sub string, write bool) error
	Now       func() time.Time
}

// API has one method for each operation. It is safe for concurrent use.
type API struct{ Deps }

// New returns the operations.
func New(d Deps) *API { return &API{Deps: d} }

// unknownUser is the text for a user name that does not exist, in the
// operations that people call before they are signed in.
const unknownUser = "Username/client id combination not found."

// reading is what every step reads of one user, in the user's lane.
type reading struct {
	pool     *pool.Pool
	user     *user.User
	code     *user.Code
	attempts *user.Attempts
}

// inLane reads a user with the code that resets the password and the attempts of
// a kind, and calls do; a conflict brings it back to the reading.
//
// custom has the texts of the messages that do issues, nil for none.
func (a *API) inLane(ctx context.Context, p *pool.Pool, sub user.Sub, kind user.AttemptKind, custom *code.Custom, do func(context.Context, *reading) error) error {
	return custom.Run(ctx, func() error { return a.lane(ctx, p, sub, kind, do) })
}

func (a *API) lane(ctx context.Context, p *pool.Pool, sub user.Sub, kind user.AttemptKind, do func(context.Context, *reading) error) error {
	return a.Lanes.Do(ctx, string(sub), func(ctx context.Context) error {
		r := &reading{
			pool:     p,
			user:     &user.User{PoolID: p.ID, Sub: sub},
			code:     &user.Code{PoolID: p.ID, Sub: sub, Purpose: user.PurposeReset},
			attempts: &user.Attempts{PoolID: p.ID, Sub: sub, Kind: kind},
		}
		if err := a.Store.Read(ctx, []row.Row{r.user, r.code, r.attempts}...); err != nil {
			return err
		}
		if !r.user.Stored() {
			return fault.UserNotFound(unknownUser)
		}
		return do(ctx, r)
	})
}

// issue adds a new code for the user, and its message, to the set.
func (a *API) issue(set *store.ChangeSet, r *reading, contact user.CodeRequest, custom *code.Custom) (*outbox.Pending, error) {
	return a.Codes.Issue(set, code.Order{
		Pool: r.pool, User: r.user, Current: r.code, Request: contact, Custom: custom, Life: user.ResetLife,
	})
}
