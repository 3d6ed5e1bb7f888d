package users

import (
	"context"
	"time"

	"poolhouse.dev/internal/code"
	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/outbox"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/token"
	"poolhouse.dev/internal/trigger"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
	"poolhouse.dev/internal/watch"
)

// Deps is what the operations work with.
type Deps struct {
	Store     store.Store
	Directory *directory.Directory
	Tokens    *token.Authorizer
	Codes     *code.Codes
	Outbox    *outbox.Outbox
	Triggers  *trigger.Caller
	Vault     *vault.Vault
	Lanes     *store.Lanes
	// Watch is told of changes of attributes; nil for none.
	Watch *watch.Watch
	// ShowPending shows administrators the values that wait for a proof.
	ShowPending bool
	// AllowUser limits how often one user is read or written.
	AllowUser func(sub string, write bool) error
	Now       func() time.Time
}

// API has one method for each operation. It is safe for concurrent use.
type API struct{ Deps }

// New returns the operations.
func New(d Deps) *API { return &API{Deps: d} }

// asUser runs a change in the name of the user whose access token is given. In
// the user's lane it reads the user with the rows that more names, in one round
// trip, judges the token by them, and calls change; a conflict brings it back to
// the reading. custom has the texts of the messages that change sends, nil for none.
func (a *API) asUser(ctx context.Context, accessToken string, custom *code.Custom, more func(user.Sub, pool.ID) []row.Row, change func(context.Context, *token.Grant) error) error {
	g, err := a.Tokens.Prove(ctx, accessToken)
	if err != nil {
		return err
	}
	custom.By(g.Client.ID)
	sub := g.User.Sub
	if err := a.AllowUser(string(sub), true); err != nil {
		return err
	}
	return custom.Run(ctx, func() error {
		return a.Lanes.Do(ctx, string(sub), func(ctx context.Context) error {
			var rows []row.Row
			if more != nil {
				rows = more(sub, g.Pool.ID)
			}
			if err := a.Tokens.Recheck(ctx, g, rows...); err != nil {
				return err
			}
			return change(ctx, g)
		})
	})
}

// asAdmin runs a change of the user that an administrator names, in the user's
// lane, with the rows that more names for the user. custom is as in asUser.
func (a *API) asAdmin(ctx context.Context, poolID pool.ID, name string, custom *code.Custom, more func(user.Sub, pool.ID) []row.Row, change func(context.Context, *pool.Pool, *user.User) error) error {
	p, err := a.Directory.Pool(ctx, poolID)
	if err != nil {
		return err
	}
	u, err := a.Directory.ExistingUser(ctx, p, name)
	if err != nil {
		return err
	}
	if err := a.AllowUser(string(u.Sub), true); err != nil {
		return err
	}
	return custom.Run(ctx, func() error { return a.inLane(ctx, p, u.Sub, more, change) })
}

// inLane reads a user, with the rows that more names, in the user's lane, and
// calls change.
func (a *API) inLane(ctx context.Context, p *pool.Pool, sub user.Sub, more func(user.Sub, pool.ID) []row.Row, change func(context.Context, *pool.Pool, *user.User) error) error {
	return a.Lanes.Do(ctx, string(sub), func(ctx context.Context) error {
		u := &user.User{PoolID: p.ID, Sub: sub}
		rows := []row.Row{u}
		if more != nil {
			rows = append(rows, more(sub, p.ID)...)
		}
		if err := a.Store.Read(ctx, rows...); err != nil {
			return err
		}
		if !u.Stored() {
			return fault.UserNotFound("User does not exist.")
		}
		return change(ctx, p, u)
	})
}

// commit commits a set and turns a name that is another user's into
// AliasExistsException.
func (a *API) commit(ctx context.Context, p *pool.Pool, u *user.User, set *store.ChangeSet) error {
	err := a.Store.Commit(ctx, set)
	if key, ok := store.Duplicate(err); ok && key.Table == user.TableAliases {
		attr := user.AttributeOfAlias(p, u, user.AliasKind(key.Parts[1]), key.Parts[2])
		return fault.AliasExists(user.TakenText(attr))
	}
	return err
}
