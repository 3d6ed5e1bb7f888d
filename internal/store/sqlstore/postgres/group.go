package postgres

import (
	"slices"
	"strconv"
	"strings"

	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store/sqlstore"
)

// group is what one statement of an exchange asks: rows of one table.
type group struct {
	table *sqlstore.Table
	later bool
	keys  []row.Key
	// askers has, for every key, the places that its row goes to.
	askers [][]**rawRow
	places map[row.Key]int
}

// groupReads shares the jobs' keys out among as few statements as the order
// allows. A call's first row must be read no later than its others, so first
// rows, and rows of the same table as those, come in the earlier statements.
func groupReads(jobs []*readJob) []*group {
	var groups []*group
	find := func(t *sqlstore.Table, later bool) *group {
		for _, g := range groups {
			if g.table == t && g.later == later {
				return g
			}
		}
		g := &group{table: t, later: later, places: make(map[row.Key]int)}
		groups = append(groups, g)
		return g
	}
	for _, j := range jobs {
		for i, key := range j.keys {
			find(j.tables[i], j.tables[i] != j.tables[0]).add(key, &j.found[i])
		}
	}
	slices.SortStableFunc(groups, func(a, b *group) int {
		switch {
		case a.later == b.later:
			return 0
		case b.later:
			return -1
		}
		return 1
	})
	return groups
}

// add asks for a row; *to is set when it is found.
func (g *group) add(key row.Key, to **rawRow) {
	place, ok := g.places[key]
	if !ok {
		place = len(g.keys)
		g.places[key] = place
		g.keys = append(g.keys, key)
		g.askers = append(g.askers, nil)
	}
	g.askers[place] = append(g.askers[place], to)
}

// query returns the statement of the group. A single key has the simpler one.
func (g *group) query() call {
	if len(g.keys) == 1 {
		return call{text: g.table.Texts.Read, args: g.table.KeyArgs(nil, g.keys[0])}
	}
	c := call{text: manyTexts[g.table.Name], args: make([]any, len(g.table.KeyColumns()))}
	for i := range c.args {
		column := make([]string, len(g.keys))
		for j, key := range g.keys {
			column[j] = key.Parts[i]
		}
		c.args[i] = column
	}
	return c
}

// receive takes the rows of the group's statement.
func (g *group) receive(r *reply) error {
	for _, askers := range g.askers {
		for _, to := range askers {
			*to = nil // an earlier try may have found a row that is gone
		}
	}
	for _, raw := range r.rows {
		place := 0
		if len(g.keys) > 1 {
			n, err := decode(raw.fields[0], raw.columns[0])
			if err != nil {
				return err
			}
			place = int(n.(int64)) - 1
			raw = &rawRow{fields: raw.fields[1:], columns: raw.columns[1:]}
		}
		for _, to := range g.askers[place] {
			*to = raw
		}
	}
	return nil
}

// cloneColumns copies the columns of a row out of the driver's buffer, into one
// piece of memory.
func cloneColumns(columns [][]byte) [][]byte {
	size := 0
	for _, c := range columns {
		size += len(c)
	}
	memory := make([]byte, 0, size)
	clones := make([][]byte, len(columns))
	for i, c := range columns {
		if c == nil {
			continue
		}
		start := len(memory)
		memory = append(memory, c...)
		clones[i] = memory[start:len(memory):len(memory)]
	}
	return clones
}

// manyTexts has, for every table, the statement that reads many rows. Its
// arguments are an array for each key column; its first column is the place of
// the key in them, from 1.
var manyTexts = func() map[row.Table]string {
	texts := make(map[row.Table]string)
	for _, t := range sqlstore.Tables() {
		texts[t.Name] = manyText(t)
	}
	return texts
}()

// manyText makes one look-up by key for every element of the arrays. The LIMIT
// keeps the planner from making a join of it, which on a table that was small
// when the plan was made, and has grown since, would read the whole table.
func manyText(t *sqlstore.Table) string {
	var arrays, parts, terms []string
	for i, name := range t.KeyColumns() {
		n := strconv.Itoa(i + 1)
		arrays = append(arrays, "$"+n+"::text[]")
		parts = append(parts, "key"+n)
		terms = append(terms, name+" = k.key"+n)
	}
	return "SELECT k.place, r.* FROM unnest(" + strings.Join(arrays, ", ") + ") WITH ORDINALITY" +
		" AS k (" + strings.Join(parts, ", ") + ", place)" +
		" CROSS JOIN LATERAL (SELECT " + strings.Join(t.BodyColumns(), ", ") + " FROM " + string(t.Name) +
		" WHERE " + strings.Join(terms, " AND ") + " LIMIT 1) AS r"
}
