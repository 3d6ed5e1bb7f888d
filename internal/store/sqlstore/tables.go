package sqlstore

import (
	"slices"

	"poolhouse.dev/internal/row"
)

var tables = index(
	pools, clients, signingKeys, removals, groups, memberships,
	users, aliases, codes, sessions, spent, attempts, outbox, changes,
	softwareTokens, devices, passkeys, challenges,
	risks, authEvents,
	passwordHistory,
	material, accessKeys, levels,
)

// TableOf returns the mapping of a table.
func TableOf(name row.Table) (*Table, bool) {
	t, ok := tables[name]
	return t, ok
}

// Tables returns every mapping, ordered by name.
func Tables() []*Table {
	all := make([]*Table, 0, len(tables))
	for _, t := range tables {
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b *Table) int {
		return row.Key{Table: a.Name}.Compare(row.Key{Table: b.Name})
	})
	return all
}

func index(list ...*Table) map[row.Table]*Table {
	m := make(map[row.Table]*Table, len(list))
	for _, t := range list {
		m[t.Name] = t
	}
	return m
}
