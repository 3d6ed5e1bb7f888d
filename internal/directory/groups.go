package directory

import (
	"context"
	"fmt"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
)

// maxMemberships is more than a user can have.
const maxMemberships = 200

// GroupsOf returns the groups that a user is in, by precedence.
func (d *Directory) GroupsOf(ctx context.Context, u *user.User) ([]*pool.Group, error) {
	page, err := d.store.List(ctx, store.Query{Table: user.TableMemberships, Limit: maxMemberships, Equal: []store.Term{
		{Column: "pool_id", Value: string(u.PoolID)}, {Column: "sub", Value: string(u.Sub)},
	}})
	if err != nil {
		return nil, fmt.Errorf("listing groups of a user: %w", err)
	}
	list, err := d.Groups(ctx, page.Rows)
	if err != nil {
		return nil, err
	}
	pool.SortGroups(list)
	return list, nil
}

// Groups returns the groups of memberships, in their order. A membership of a group
// that is gone counts for nothing.
func (d *Directory) Groups(ctx context.Context, memberships []row.Row) ([]*pool.Group, error) {
	if len(memberships) == 0 {
		return nil, nil
	}
	rows := make([]row.Row, len(memberships))
	for i, r := range memberships {
		m := r.(*user.Membership)
		rows[i] = &pool.Group{PoolID: m.PoolID, Name: m.GroupName}
	}
	if err := d.store.Read(ctx, rows...); err != nil {
		return nil, fmt.Errorf("reading groups: %w", err)
	}
	var list []*pool.Group
	for i, r := range rows {
		if g := r.(*pool.Group); g.Stored() && g.ID == memberships[i].(*user.Membership).GroupID {
			list = append(list, g)
		}
	}
	return list, nil
}
