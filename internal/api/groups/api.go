package groups

import (
	"context"
	"time"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/paging"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
	"poolhouse.dev/internal/wire"
)

// Quotas, and texts whose wording in the service is not known or not certain.
const (
	maxGroups = 10_000

	textExists         = "A group with the name already exists."
	textNotFound       = "Group not found."
	textTooMany        = "The number of groups of the user pool has reached its limit of 10000."
	textTooManyOfUsers = "The user is in as many groups as a user can be, which are 100."
)

// Deps is what the operations work with.
type Deps struct {
	Store     store.Store
	Directory *directory.Directory
	Lists     paging.Lists
	Lanes     *store.Lanes
	// AllowPool limits how often an operation is called for one pool.
	AllowPool func(ctx context.Context, operation, poolID string) error
	Now       func() time.Time
}

// API has one method for each operation. It is safe for concurrent use.
type API struct{ Deps }

// New returns the operations.
func New(d Deps) *API { return &API{Deps: d} }

// pool returns the pool that an operation is called for, and counts the call.
func (a *API) pool(ctx context.Context, operation string, id *string) (*pool.Pool, error) {
	p, err := a.Directory.Pool(ctx, pool.ID(wire.Deref(id)))
	if err != nil {
		return nil, err
	}
	return p, a.AllowPool(ctx, operation, string(p.ID))
}

// group reads a group. The fault is ResourceNotFoundException.
func (a *API) group(ctx context.Context, p *pool.Pool, name *string) (*pool.Group, error) {
	g := &pool.Group{PoolID: p.ID, Name: wire.Deref(name)}
	if err := a.Store.Read(ctx, g); err != nil {
		return nil, err
	}
	if !g.Stored() {
		return nil, fault.ResourceNotFoundf(textNotFound)
	}
	return g, nil
}

// CreateGroup makes a group, in which nobody is.
func (a *API) CreateGroup(ctx context.Context, in *wire.CreateGroupRequest) (*wire.CreateGroupResponse, error) {
	p, err := a.pool(ctx, "CreateGroup", in.UserPoolId)
	if err != nil {
		return nil, err
	}
	n, err := a.Store.Count(ctx, ofPool(pool.TableGroups, p.ID))
	if err != nil {
		return nil, err
	}
	if n >= maxGroups {
		return nil, fault.LimitExceeded(textTooMany)
	}
	now := a.Now()
	g := &pool.Group{
		PoolID: p.ID, Name: *in.GroupName, ID: vault.NewUUID(), Description: wire.Deref(in.Description),
		RoleARN: wire.Deref(in.RoleArn), Precedence: in.Precedence, CreatedAt: now, ModifiedAt: now,
	}
	set := store.NewChangeSet()
	set.Expect(p)
	set.Insert(g)
	if err := a.Store.Commit(ctx, set); err != nil {
		if _, taken := store.Duplicate(err); taken {
			return nil, fault.GroupExists(textExists)
		}
		return nil, err
	}
	return &wire.CreateGroupResponse{Group: shown(g)}, nil
}

// GetGroup returns a group.
func (a *API) GetGroup(ctx context.Context, in *wire.GetGroupRequest) (*wire.GetGroupResponse, error) {
	p, err := a.pool(ctx, "GetGroup", in.UserPoolId)
	if err != nil {
		return nil, err
	}
	g, err := a.group(ctx, p, in.GroupName)
	if err != nil {
		return nil, err
	}
	return &wire.GetGroupResponse{Group: shown(g)}, nil
}

// UpdateGroup changes what the request names and leaves the rest.
func (a *API) UpdateGroup(ctx context.Context, in *wire.UpdateGroupRequest) (*wire.UpdateGroupResponse, error) {
	p, err := a.pool(ctx, "UpdateGroup", in.UserPoolId)
	if err != nil {
		return nil, err
	}
	var g *pool.Group
	err = store.Retry(ctx, func(ctx context.Context) (err error) {
		if g, err = a.group(ctx, p, in.GroupName); err != nil {
			return err
		}
		if in.Description != nil {
			g.Description = *in.Description
		}
		if in.RoleArn != nil {
			g.RoleARN = *in.RoleArn
		}
		if in.Precedence != nil {
			g.Precedence = in.Precedence
		}
		g.ModifiedAt = a.Now()
		set := store.NewChangeSet()
		set.Update(g)
		return a.Store.Commit(ctx, set)
	})
	if err != nil {
		return nil, err
	}
	return &wire.UpdateGroupResponse{Group: shown(g)}, nil
}

// clearAtOnce bounds the memberships that one commit of DeleteGroup clears.
const clearAtOnce = 200

// DeleteGroup deletes a group. From its first commit on nobody is in it; what is left
// of its memberships when the request ends early counts for nothing.
func (a *API) DeleteGroup(ctx context.Context, in *wire.DeleteGroupRequest) error {
	p, err := a.pool(ctx, "DeleteGroup", in.UserPoolId)
	if err != nil {
		return err
	}
	var g *pool.Group
	err = store.Retry(ctx, func(ctx context.Context) (err error) {
		if g, err = a.group(ctx, p, in.GroupName); err != nil {
			return err
		}
		set := store.NewChangeSet()
		set.Delete(g)
		return a.Store.Commit(ctx, set)
	})
	if err != nil {
		return err
	}
	for {
		q := ofGroup(g)
		q.Limit = clearAtOnce
		page, err := a.Store.List(ctx, q)
		if err != nil || len(page.Rows) == 0 {
			return err
		}
		set := store.NewChangeSet()
		set.Drop(page.Rows...)
		if err := a.Store.Commit(ctx, set); err != nil {
			return err
		}
	}
}

// ofGroup asks for the memberships of a group.
func ofGroup(g *pool.Group) store.Query {
	q := ofPool(user.TableMemberships, g.PoolID)
	q.Equal = append(q.Equal, store.Term{Column: "group_id", Value: g.ID})
	return q
}

// shown is a group as answers have it.
func shown(g *pool.Group) *wire.GroupType {
	t := &wire.GroupType{
		GroupName: wire.Ptr(g.Name), UserPoolId: wire.Ptr(string(g.PoolID)), Precedence: g.Precedence,
		CreationDate: wire.TimestampOf(g.CreatedAt), LastModifiedDate: wire.TimestampOf(g.ModifiedAt),
	}
	if g.Description != "" {
		t.Description = wire.Ptr(g.Description)
	}
	if g.RoleARN != "" {
		t.RoleArn = wire.Ptr(g.RoleARN)
	}
	return t
}
