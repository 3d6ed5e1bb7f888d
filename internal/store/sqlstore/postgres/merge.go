package postgres

import (
	"errors"
	"strconv"
	"strings"

	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore"
)

// runsOf divides jobs, which are in key order, into runs that one statement does: if
// merging, updates of one table that follow each other, and otherwise every job alone.
// The order stays, in which every transaction takes its locks.
func runsOf(jobs []*writeJob, merging bool) [][]*writeJob {
	var list [][]*writeJob
	start := 0
	for i := 1; i <= len(jobs); i++ {
		if merging && i < len(jobs) && isMergeable(jobs[i-1].step(), jobs[i].step()) {
			continue
		}
		list = append(list, jobs[start:i])
		start = i
	}
	return list
}

func isMergeable(a, b *step) bool {
	return a.Op == store.OpUpdate && b.Op == store.OpUpdate && a.Table == b.Table
}

// callOf returns the statement of a run.
func (s *Store) callOf(run []*writeJob) call {
	first := run[0].step()
	if len(run) == 1 {
		return call{text: first.Text, args: first.Args}
	}
	m := s.merged[first.Table.Name]
	c := call{text: m.text, args: make([]any, len(m.types))}
	cells := make([]any, len(run)*len(m.types))
	for i, of := range m.types {
		values := cells[i*len(run) : (i+1)*len(run)]
		for j := range run {
			values[j] = run[j].step().Args[i]
		}
		c.args[i] = array{of: of, values: values}
	}
	return c
}

// countsOf puts the row counts of the jobs of a run into counts.
func countsOf(run []*writeJob, r *reply, counts []int64) error {
	if len(run) == 1 {
		counts[0] = r.tag.RowsAffected()
		return nil
	}
	clear(counts)
	for _, found := range r.rows {
		v, err := decode(found.fields[0], found.columns[0])
		if err != nil {
			return err
		}
		place, ok := v.(int64)
		if !ok || place < 1 || place > int64(len(counts)) {
			return errors.New("an update has answered for a row that was not asked for")
		}
		counts[place-1] = 1
	}
	return nil
}

// mergedUpdate is the statement that updates many rows of a table.
type mergedUpdate struct {
	text string
	// types are those of the elements of its arguments, which are arrays: the
	// arguments of Texts.Update, of one row after the other.
	types []uint32
}

// mergedUpdates returns those of all tables.
func mergedUpdates(d sqlstore.Dialect) map[row.Table]mergedUpdate {
	updates := make(map[row.Table]mergedUpdate)
	for _, t := range sqlstore.Tables() {
		updates[t.Name] = mergeUpdates(d, t)
	}
	return updates
}

// mergeUpdates makes a look-up by key and version for every element of the arrays, and
// tells by their places, from 1, which rows it found. It is for transactions that
// began with planByKey.
func mergeUpdates(d sqlstore.Dialect, t *sqlstore.Table) mergedUpdate {
	l, types := t.Layout(), append(t.Types(), "bigint")
	var m mergedUpdate
	var arrays, values, sets, terms []string
	for i, of := range types {
		n := strconv.Itoa(i + 1)
		arrays, values = append(arrays, "$"+n+"::"+of+"[]"), append(values, "v"+n)
		m.types = append(m.types, typeIDs[of])
		switch {
		case i < l.Keys:
			terms = append(terms, "r."+l.Columns[i]+" = k.v"+n)
		case i < len(l.Columns):
			sets = append(sets, l.Columns[i]+" = k.v"+n)
		default:
			terms = append(terms, "r.version = k.v"+n)
		}
	}
	from := "unnest(" + strings.Join(arrays, ", ") + ") WITH ORDINALITY AS k (" + strings.Join(values, ", ") + ", place)"
	m.text = d.UpdateRows(t, strings.Join(sets, ", "), from, strings.Join(terms, " AND "), "k.place")
	return m
}
