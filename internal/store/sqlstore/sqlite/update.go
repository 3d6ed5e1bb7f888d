package sqlite

import (
	"context"
	"fmt"
	"strings"

	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store/sqlstore"
)

// updates are the texts of updates by table, changed columns and way to the row.
type updates map[updateKey]string

type updateKey struct {
	table *sqlstore.Table
	// changed are the columns to set, as in Table.Changes.
	changed uint64
	// placed says that the row's rowid, the last argument, is known. The row is
	// found without a search of the primary key's index, which is a tree of its own.
	placed bool
}

// differs are the statements that tell which indexed columns an update changes, for
// the tables that have any: bit i for the column at argument i.
var differs = func() map[*sqlstore.Table]string {
	m := make(map[*sqlstore.Table]string)
	for _, t := range sqlstore.Tables() {
		columns := t.IndexedColumns()
		if len(columns) == 0 {
			continue
		}
		bits := make([]string, len(columns))
		for i, c := range columns {
			bits[i] = fmt.Sprintf("%d * (%s IS NOT $%d)", 1<<c.Position, c.Name, c.Position+1)
		}
		where := make([]string, 0, 3)
		for i, name := range t.KeyColumns() {
			where = append(where, fmt.Sprintf("%s = $%d", name, i+1))
		}
		m[t] = "SELECT " + strings.Join(bits, " + ") + " FROM " + string(t.Name) +
			" WHERE " + strings.Join(where, " AND ")
	}
	return m
}()

// update runs an update and returns how many rows it changed. SQLite rewrites
// every index that has a column among those being set, whether its value changes
// or not; a user has nine. So the columns that stay as they are left out.
//
// before is the row as it is, nil when that is not known, and then which columns change is
// asked for.
func (w *writer) update(s *sqlstore.Statement, before *entry) (int64, error) {
	if s.Known != nil && (before == nil || before.row != s.Known) {
		if err := s.Complete(); err != nil {
			return 0, err
		}
	}
	differ, ok := differs[s.Table]
	key := updateKey{table: s.Table, changed: s.Changed}
	switch {
	case s.Known != nil:
	case !ok:
		return w.conn.exec(s.Text, s.Args)
	case before != nil && before.row != nil:
		key.changed = s.Table.Changes(before.row, s.Row)
	default:
		found := false
		err := w.conn.query(context.Background(), differ, s.Args, func(values []any) error {
			var changed int64
			changed, found = values[0].(int64)
			key.changed = uint64(changed) | notIndexed(s.Table)
			return nil
		})
		if err != nil || !found {
			return 0, err
		}
	}
	switch {
	case w.compact[s.Table.Name]:
		return w.conn.exec(w.updateText(key), s.Args)
	case before == nil || before.rowid == 0:
		return w.updateSearched(s, key)
	}
	key.placed = true
	n, err := w.conn.exec(w.updateText(key), append(s.Args, before.rowid))
	if n > 0 {
		w.batch.found(s.Key, before.rowid)
	}
	return n, err
}

// notIndexed are the columns of a table that no index has.
func notIndexed(t *sqlstore.Table) uint64 {
	columns := ^uint64(0)
	for _, c := range t.IndexedColumns() {
		columns &^= 1 << c.Position
	}
	return columns
}

// updateSearched runs an update of a row whose place is not known, and notes it.
func (w *writer) updateSearched(s *sqlstore.Statement, key updateKey) (n int64, err error) {
	err = w.conn.query(context.Background(), w.updateText(key), s.Args, func(values []any) error {
		rowid, _ := values[0].(int64)
		w.batch.found(s.Key, rowid)
		n++
		return nil
	})
	return n, err
}

func (w *writer) updateText(key updateKey) string {
	text, ok := w.updates[key]
	if ok {
		return text
	}
	if len(w.updates) >= maxStatements {
		clear(w.updates)
	}
	text = key.table.UpdateOf(func(position int) bool { return key.changed&(1<<position) != 0 })
	switch {
	case key.placed:
		text = strings.Replace(text, " WHERE ", fmt.Sprintf(" WHERE rowid = $%d AND ", key.table.UpdateArgs()+1), 1)
	case !w.compact[key.table.Name]:
		text += " RETURNING rowid"
	}
	w.updates[key] = text
	return text
}

// compactTables returns the tables whose rows are in the tree of their primary
// key, and have no rowid.
func compactTables(c *conn) (map[row.Table]bool, error) {
	tables := make(map[row.Table]bool)
	err := c.query(context.Background(), "SELECT name FROM pragma_table_list WHERE wr = 1", nil, func(values []any) error {
		name, _ := values[0].(string)
		tables[row.Table(name)] = true
		return nil
	})
	return tables, err
}

// count runs a query and returns how many rows came.
func (c *conn) count(text string, args []any) (n int64, err error) {
	err = c.query(context.Background(), text, args, func([]any) error { n++; return nil })
	return n, err
}
