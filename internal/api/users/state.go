package users

import (
	"context"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/passwords"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/token"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/wire"
)

// AdminDisableUser keeps a user from signing in and ends every sign-in. Doing
// it twice is fine.
func (a *API) AdminDisableUser(ctx context.Context, in *wire.AdminDisableUserRequest) (*wire.AdminDisableUserResponse, error) {
	err := a.Subjects.Named(ctx, pool.ID(*in.UserPoolId), *in.Username, nil, nil, func(ctx context.Context, _ *pool.Pool, u *user.User) error {
		if u.Disabled {
			return nil
		}
		return a.update(ctx, u, func(u *user.User) { u.Disabled = true; u.SignOutEpoch++ })
	})
	if err != nil {
		return nil, err
	}
	return &wire.AdminDisableUserResponse{}, nil
}

// AdminEnableUser lets a user sign in again. It brings no old sign-in back.
func (a *API) AdminEnableUser(ctx context.Context, in *wire.AdminEnableUserRequest) (*wire.AdminEnableUserResponse, error) {
	err := a.Subjects.Named(ctx, pool.ID(*in.UserPoolId), *in.Username, nil, nil, func(ctx context.Context, _ *pool.Pool, u *user.User) error {
		if !u.Disabled {
			return nil
		}
		return a.update(ctx, u, func(u *user.User) { u.Disabled = false })
	})
	if err != nil {
		return nil, err
	}
	return &wire.AdminEnableUserResponse{}, nil
}

// AdminUserGlobalSignOut ends every sign-in of a user.
func (a *API) AdminUserGlobalSignOut(ctx context.Context, in *wire.AdminUserGlobalSignOutRequest) (*wire.AdminUserGlobalSignOutResponse, error) {
	err := a.Subjects.Named(ctx, pool.ID(*in.UserPoolId), *in.Username, nil, nil, func(ctx context.Context, _ *pool.Pool, u *user.User) error {
		return a.update(ctx, u, func(u *user.User) { u.SignOutEpoch++ })
	})
	if err != nil {
		return nil, err
	}
	return &wire.AdminUserGlobalSignOutResponse{}, nil
}

// GlobalSignOut ends every sign-in of the user whose access token is given. The
// operation does not model that there is no such user: the sign-ins of one who
// was deleted have ended, and that is what it says.
func (a *API) GlobalSignOut(ctx context.Context, in *wire.GlobalSignOutRequest) (*wire.GlobalSignOutResponse, error) {
	err := a.Subjects.Self(ctx, *in.AccessToken, nil, nil, func(ctx context.Context, g *token.Grant) error {
		return a.update(ctx, g.User, func(u *user.User) { u.SignOutEpoch++ })
	})
	if f := fault.As(err); f != nil && f.Is(fault.UserNotFound("")) {
		return nil, token.Revoked()
	}
	if err != nil {
		return nil, err
	}
	return &wire.GlobalSignOutResponse{}, nil
}

// update commits a change of the user's own row that touches no name.
func (a *API) update(ctx context.Context, u *user.User, change func(*user.User)) error {
	after := u.Clone()
	change(after)
	after.ModifiedAt = a.Now()
	set := store.NewChangeSet()
	set.Update(after)
	return a.Store.Commit(ctx, set)
}

// AdminSetUserPassword sets a user's password, for good or to be changed at the
// next sign-in, and forgets failed attempts. It sends no message.
func (a *API) AdminSetUserPassword(ctx context.Context, in *wire.AdminSetUserPasswordRequest) (*wire.AdminSetUserPasswordResponse, error) {
	poolID, password := pool.ID(*in.UserPoolId), *in.Password
	p, err := a.Directory.Pool(ctx, poolID)
	if err != nil {
		return nil, err
	}
	named, err := a.Directory.ExistingUser(ctx, p, *in.Username)
	if err != nil {
		return nil, err
	}
	if err := a.Passwords.Check(p, passwords.AtChange, password); err != nil {
		return nil, err
	}
	// The slow part comes before the user's lane: sub and user name never change.
	chosen, err := a.Passwords.Choose(ctx, p, named, password)
	if err != nil {
		return nil, err
	}
	attempts := &user.Attempts{PoolID: p.ID, Sub: named.Sub, Kind: user.AttemptPassword}
	err = a.Subjects.Named(ctx, poolID, *in.Username, nil, nil, func(ctx context.Context, p *pool.Pool, u *user.User) error {
		if u.Sub != named.Sub {
			return fault.UserNotFound("User does not exist.")
		}
		d := user.DecidePassword(p, u, chosen.Verifier, wire.Deref(in.Permanent), a.Now())
		set := store.NewChangeSet()
		set.Update(d.User)
		set.Drop(attempts)
		if err := chosen.Keep(ctx, set, u); err != nil {
			return err
		}
		directory.AddClaims(set, d)
		return a.commit(ctx, p, u, set)
	})
	if err != nil {
		return nil, err
	}
	return &wire.AdminSetUserPasswordResponse{}, nil
}

// AdminDeleteUser deletes a user and all that is theirs. The names are free at
// once.
func (a *API) AdminDeleteUser(ctx context.Context, in *wire.AdminDeleteUserRequest) error {
	return a.Subjects.Named(ctx, pool.ID(*in.UserPoolId), *in.Username, nil, nil, a.remove)
}

// DeleteUser deletes the user whose access token is given.
func (a *API) DeleteUser(ctx context.Context, in *wire.DeleteUserRequest) error {
	return a.Subjects.Self(ctx, *in.AccessToken, nil, nil, func(ctx context.Context, g *token.Grant) error {
		return a.remove(ctx, g.Pool, g.User)
	})
}

// removeAtOnce bounds the rows of each table that a deletion takes along. Older
// sign-ins beyond it are useless without their user and run out by themselves.
const removeAtOnce = 200

// remove deletes the user, the names and every row of theirs, in one set.
func (a *API) remove(ctx context.Context, p *pool.Pool, u *user.User) error {
	set := store.NewChangeSet()
	set.Delete(u)
	for _, alias := range user.Claims(p, u) {
		set.Drop(alias)
	}
	for _, table := range user.TablesOfUser {
		page, err := a.Store.List(ctx, store.Query{
			Table: table, Limit: removeAtOnce,
			Equal: []store.Term{{Column: "pool_id", Value: string(p.ID)}, {Column: "sub", Value: string(u.Sub)}},
		})
		if err != nil {
			return err
		}
		set.Drop(page.Rows...)
	}
	if err := a.Store.Commit(ctx, set); err != nil {
		return err
	}
	a.forgetEvents(ctx, u)
	return nil
}

// forgetEvents deletes what is left of the history of a deleted user, which tells
// where they were. The user is gone whatever becomes of it; what cannot be deleted
// now runs out by itself.
func (a *API) forgetEvents(ctx context.Context, u *user.User) {
	for {
		page, err := a.Store.List(ctx, store.Query{
			Table: user.TableAuthEvents, Limit: removeAtOnce,
			Equal: []store.Term{{Column: "pool_id", Value: string(u.PoolID)}, {Column: "sub", Value: string(u.Sub)}},
		})
		if err != nil || len(page.Rows) == 0 {
			return
		}
		set := store.NewChangeSet()
		set.Drop(page.Rows...)
		if a.Store.Commit(ctx, set) != nil {
			return
		}
	}
}
