package pool

import (
	"cmp"
	"math"
	"slices"
	"time"

	"poolhouse.dev/internal/row"
)

// TableGroups is the table of [Group].
const TableGroups row.Table = "user_groups"

// Group is a group of a pool's users. Who is in it is told by their memberships.
type Group struct {
	row.Stamp
	PoolID ID
	Name   string
	// ID is another for a group that was deleted and made again, so that nobody is
	// in it who was in the first.
	ID          string
	Description string
	RoleARN     string
	// Precedence is nil for none; the lower, the more it counts.
	Precedence *int32
	CreatedAt  time.Time
	ModifiedAt time.Time
}

// RowKey implements row.Row.
func (g *Group) RowKey() row.Key {
	return row.Key{Table: TableGroups, Parts: [3]string{string(g.PoolID), g.Name}}
}

// rank orders groups: those without a precedence come last.
func (g *Group) rank() int64 {
	if g.Precedence == nil {
		return math.MaxInt64
	}
	return int64(*g.Precedence)
}

// SortGroups orders groups by precedence and then by name.
func SortGroups(list []*Group) {
	slices.SortFunc(list, func(a, b *Group) int { return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(a.Name, b.Name)) })
}

// PreferredRole returns the role of the group with the best precedence among sorted
// groups; "" where several share that precedence with different roles, or where it
// has none.
//
// Source: "Adding groups to a user pool" in the developer guide.
func PreferredRole(sorted []*Group) string {
	role := ""
	for _, g := range sorted {
		if g.rank() != sorted[0].rank() {
			break
		}
		if g.RoleARN == "" {
			continue
		}
		if role != "" && role != g.RoleARN {
			return ""
		}
		role = g.RoleARN
	}
	return role
}

// RolesOf returns the roles of groups, in the order of the groups, each once; not
// nil.
func RolesOf(groups []*Group) []string {
	roles := []string{}
	for _, g := range groups {
		if g.RoleARN != "" && !slices.Contains(roles, g.RoleARN) {
			roles = append(roles, g.RoleARN)
		}
	}
	return roles
}
