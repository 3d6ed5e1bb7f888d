package sqlstore

import (
	"time"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
)

var groups = describe(pool.TableGroups,
	sharded(byPool, text("pool_id", func(g *pool.Group) *pool.ID { return &g.PoolID })),
	keyed(text("name", func(g *pool.Group) *string { return &g.Name })),
	text("id", func(g *pool.Group) *string { return &g.ID }),
	text("description", func(g *pool.Group) *string { return &g.Description }),
	text("role_arn", func(g *pool.Group) *string { return &g.RoleARN }),
	document("precedence", func(g *pool.Group) **int32 { return &g.Precedence }),
	moment("created_at", func(g *pool.Group) *time.Time { return &g.CreatedAt }),
	moment("modified_at", func(g *pool.Group) *time.Time { return &g.ModifiedAt }),
)

var memberships = describe(user.TableMemberships,
	keyed(text("pool_id", func(m *user.Membership) *pool.ID { return &m.PoolID })),
	sharded(byUser, text("sub", func(m *user.Membership) *user.Sub { return &m.Sub })),
	keyed(text("group_name", func(m *user.Membership) *string { return &m.GroupName })),
	indexed(text("group_id", func(m *user.Membership) *string { return &m.GroupID })),
	moment("created_at", func(m *user.Membership) *time.Time { return &m.CreatedAt }),
)
