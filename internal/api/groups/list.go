package groups

import (
	"context"

	"poolhouse.dev/internal/paging"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/wire"
)

// listPage is the page size when none, or 0, is asked for; also the largest.
const listPage = 60

func ofPool(t row.Table, id pool.ID) store.Query {
	return store.Query{Table: t, Equal: []store.Term{{Column: "pool_id", Value: string(id)}}}
}

// ofUser asks for the memberships of a user.
func ofUser(u *user.User) store.Query {
	q := ofPool(user.TableMemberships, u.PoolID)
	q.Equal = append(q.Equal, store.Term{Column: "sub", Value: string(u.Sub)})
	return q
}

// ListGroups returns a page of a pool's groups, in the order of their names.
func (a *API) ListGroups(ctx context.Context, in *wire.ListGroupsRequest) (*wire.ListGroupsResponse, error) {
	p, err := a.pool(ctx, "ListGroups", in.UserPoolId)
	if err != nil {
		return nil, err
	}
	rows, next, err := a.Lists.List(ctx, paging.Page{
		Operation: "ListGroups", Of: string(p.ID), Query: ofPool(pool.TableGroups, p.ID), Size: in.Limit, Largest: listPage, Token: in.NextToken,
	})
	if err != nil {
		return nil, err
	}
	out := &wire.ListGroupsResponse{Groups: make([]wire.GroupType, 0, len(rows)), NextToken: next}
	for _, r := range rows {
		out.Groups = append(out.Groups, *shown(r.(*pool.Group)))
	}
	return out, nil
}

// AdminListGroupsForUser returns a page of the groups that a user is in, in the order
// of their names.
func (a *API) AdminListGroupsForUser(ctx context.Context, in *wire.AdminListGroupsForUserRequest) (*wire.AdminListGroupsForUserResponse, error) {
	p, u, err := a.subject(ctx, in.UserPoolId, in.Username)
	if err != nil {
		return nil, err
	}
	rows, next, err := a.Lists.List(ctx, paging.Page{
		Operation: "AdminListGroupsForUser", Of: string(p.ID) + " " + string(u.Sub), Query: ofUser(u), Size: in.Limit, Largest: listPage, Token: in.NextToken,
	})
	if err != nil {
		return nil, err
	}
	list, err := a.Directory.Groups(ctx, rows)
	if err != nil {
		return nil, err
	}
	out := &wire.AdminListGroupsForUserResponse{Groups: make([]wire.GroupType, 0, len(list)), NextToken: next}
	for _, g := range list {
		out.Groups = append(out.Groups, *shown(g))
	}
	return out, nil
}

// ListUsersInGroup returns a page of the users who are in a group, in the order of
// their subs.
func (a *API) ListUsersInGroup(ctx context.Context, in *wire.ListUsersInGroupRequest) (*wire.ListUsersInGroupResponse, error) {
	p, err := a.Directory.Pool(ctx, pool.ID(*in.UserPoolId))
	if err != nil {
		return nil, err
	}
	g, err := a.group(ctx, p, in.GroupName)
	if err != nil {
		return nil, err
	}
	rows, next, err := a.Lists.List(ctx, paging.Page{
		Operation: "ListUsersInGroup", Of: string(p.ID) + " " + g.ID, Query: ofGroup(g), Size: in.Limit, Largest: listPage, Token: in.NextToken,
	})
	if err != nil {
		return nil, err
	}
	members := make([]row.Row, len(rows))
	for i, r := range rows {
		members[i] = &user.User{PoolID: p.ID, Sub: r.(*user.Membership).Sub}
	}
	if len(members) > 0 {
		if err := a.Store.Read(ctx, members...); err != nil {
			return nil, err
		}
	}
	out := &wire.ListUsersInGroupResponse{Users: make([]wire.UserType, 0, len(rows)), NextToken: next}
	for _, r := range members {
		if u := r.(*user.User); u.Stored() {
			out.Users = append(out.Users, member(u))
		}
	}
	return out, nil
}

// member is a user as lists show one.
func member(u *user.User) wire.UserType {
	t := wire.UserType{
		Username: wire.Ptr(u.Username), UserCreateDate: wire.TimestampOf(u.CreatedAt), UserLastModifiedDate: wire.TimestampOf(u.ModifiedAt),
		Enabled: wire.Ptr(!u.Disabled), UserStatus: wire.Ptr(wire.UserStatusType(u.Status)),
	}
	for _, attr := range u.All() {
		t.Attributes = append(t.Attributes, wire.AttributeType{Name: wire.Ptr(attr.Name), Value: wire.Ptr(attr.Value)})
	}
	return t
}
