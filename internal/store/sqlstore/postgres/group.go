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
	// decoy is read for every key that has no row, where the reads are even.
	even  bool
	decoy row.Key
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
	find := func(t *sqlstore.Table, later, even bool) *group {
		for _, g := range groups {
			if g.table == t && g.later == later && g.even == even {
				return g
			}
		}
		g := &group{table: t, later: later, even: even, places: make(map[row.Key]int)}
		groups = append(groups, g)
		return g
	}
	for _, j := range jobs {
		for i, key := range j.keys {
			g := find(j.tables[i], j.tables[i] != j.tables[0], j.decoys != nil)
			if g.even {
				g.decoy = j.decoys[i]
			}
			g.add(key, &j.found[i])
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

// isSingle reports whether the group has the simpler statement of a single key.
func (g *group) isSingle() bool { return len(g.keys) == 1 && !g.even }

// query returns the statement of the group.
func (g *group) query() call {
	if g.isSingle() {
		return call{text: g.table.Texts.Read, args: g.table.KeyArgs(nil, g.keys[0])}
	}
	texts := manyTexts[g.table.Name]
	c := call{text: texts.read, args: make([]any, len(g.table.KeyColumns()))}
	for i := range c.args {
		column := make([]string, len(g.keys))
		for j, key := range g.keys {
			column[j] = key.Parts[i]
		}
		c.args[i] = column
	}
	if g.even {
		c = call{text: texts.even, args: g.table.KeyArgs(c.args, g.decoy)}
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
		if !g.isSingle() {
			n, err := raw.takeNumber()
			if err != nil {
				return err
			}
			place = int(n) - 1
		}
		if g.even {
			asked, err := raw.takeNumber()
			if err != nil {
				return err
			}
			raw.decoy = asked == 0
		}
		for _, to := range g.askers[place] {
			*to = raw
		}
	}
	return nil
}

// takeNumber takes the first column off, which is a number.
func (r *rawRow) takeNumber() (int64, error) {
	n, err := decode(r.fields[0], r.columns[0])
	if err != nil {
		return 0, err
	}
	r.fields, r.columns = r.fields[1:], r.columns[1:]
	return n.(int64), nil
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

// manyText is the pair of statements that read many rows of a table. Their arguments
// are an array for each key column, and those of the even one the key of a decoy as well;
// their first column is the place of the key in the arrays, from 1. The even one says with
// a number that is 1 or 0 whether the row is the one of the key. Then come the columns of
// Texts.Read.
type manyText struct {
	read, even string
}

// manyTexts has the statements of every table.
var manyTexts = func() map[row.Table]manyText {
	texts := make(map[row.Table]manyText)
	for _, t := range sqlstore.Tables() {
		texts[t.Name] = manyTextOf(t)
	}
	return texts
}()

// manyTextOf makes one look-up by key for every element of the arrays. The LIMIT
// keeps the planner from making a join of it, which on a table that was small
// when the plan was made, and has grown since, would read the whole table.
//
// The even one looks up whether the key is there, and then the row of the key or of the
// decoy: two searches and one row, however it turns out.
func manyTextOf(t *sqlstore.Table) manyText {
	names := t.KeyColumns()
	var arrays, parts, decoy []string
	for i := range names {
		n := strconv.Itoa(i + 1)
		arrays = append(arrays, "$"+n+"::text[]")
		parts = append(parts, "key"+n)
		decoy = append(decoy, "$"+strconv.Itoa(len(names)+i+1)+"::text")
	}
	// at is the condition that a row has the key that is in columns of another table.
	at := func(other string, columns []string) string {
		terms := make([]string, len(names))
		for i, name := range names {
			terms[i] = name + " = " + other + "." + columns[i]
		}
		return " FROM " + string(t.Name) + " WHERE " + strings.Join(terms, " AND ")
	}
	body := strings.Join(t.BodyColumns(), ", ")
	each := " FROM unnest(" + strings.Join(arrays, ", ") + ") WITH ORDINALITY AS k (" + strings.Join(parts, ", ") + ", place)"
	const lateral = " CROSS JOIN LATERAL "
	return manyText{
		read: "SELECT k.place, r.*" + each + lateral + "(SELECT " + body + at("k", parts) + " LIMIT 1) AS r",
		even: "SELECT k.place, c.asked, r.*" + each +
			lateral + "(SELECT 1, " + strings.Join(names, ", ") + at("k", parts) + " UNION ALL SELECT 0, " + strings.Join(decoy, ", ") + " LIMIT 1)" +
			" AS c (asked, " + strings.Join(parts, ", ") + ")" +
			lateral + "(SELECT " + body + at("c", parts) + " LIMIT 1) AS r",
	}
}
