package groups

import (
	"context"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/wire"
)

// subject returns the pool and the user that an administrator names.
func (a *API) subject(ctx context.Context, poolID, name *string) (*pool.Pool, *user.User, error) {
	p, err := a.Directory.Pool(ctx, pool.ID(*poolID))
	if err != nil {
		return nil, nil, err
	}
	u, err := a.Directory.ExistingUser(ctx, p, *name)
	return p, u, err
}

// AdminAddUserToGroup puts a user into a group; one who is in it stays.
func (a *API) AdminAddUserToGroup(ctx context.Context, in *wire.AdminAddUserToGroupRequest) error {
	p, u, err := a.subject(ctx, in.UserPoolId, in.Username)
	if err != nil {
		return err
	}
	return a.Lanes.Do(ctx, string(u.Sub), func(ctx context.Context) error {
		g, err := a.group(ctx, p, in.GroupName)
		if err != nil {
			return err
		}
		m := &user.Membership{PoolID: p.ID, Sub: u.Sub, GroupName: g.Name}
		fresh := &user.User{PoolID: p.ID, Sub: u.Sub}
		if err := a.Store.Read(ctx, m, fresh); err != nil {
			return err
		}
		switch {
		case !fresh.Stored():
			return fault.UserNotFound("User does not exist.")
		case m.Stored() && m.GroupID == g.ID:
			return nil
		}
		n, err := a.Store.Count(ctx, ofUser(u))
		if err != nil {
			return err
		}
		if n >= user.MaxMemberships && !m.Stored() {
			return fault.InvalidParameter(textTooManyOfUsers)
		}
		m.GroupID, m.CreatedAt = g.ID, a.Now()
		set := store.NewChangeSet()
		set.Put(m)
		// The user must not go meanwhile, or the membership would outlive them.
		set.Expect(fresh)
		return a.Store.Commit(ctx, set)
	})
}

// AdminRemoveUserFromGroup takes a user out of a group; one who is not in it is no
// error.
func (a *API) AdminRemoveUserFromGroup(ctx context.Context, in *wire.AdminRemoveUserFromGroupRequest) error {
	p, u, err := a.subject(ctx, in.UserPoolId, in.Username)
	if err != nil {
		return err
	}
	g, err := a.group(ctx, p, in.GroupName)
	if err != nil {
		return err
	}
	set := store.NewChangeSet()
	set.Drop(&user.Membership{PoolID: p.ID, Sub: u.Sub, GroupName: g.Name})
	return a.Store.Commit(ctx, set)
}
