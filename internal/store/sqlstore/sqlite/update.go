package sqlite

import (
	"context"
	"fmt"
	"strings"

	"poolhouse.dev/internal/store/sqlstore"
)

// updates are the texts of updates by table and changed columns.
type updates map[updateKey]string

type updateKey struct {
	table *sqlstore.Table
	// changed has bit i set when the i-th indexed column of the table changes.
	changed int64
}

// differs are the statements that compute updateKey.changed, for the tables with
// indexed columns.
var differs = func() map[*sqlstore.Table]string {
	m := make(map[*sqlstore.Table]string)
	for _, t := range sqlstore.Tables() {
		columns := t.IndexedColumns()
		if len(columns) == 0 {
			continue
		}
		bits := make([]string, len(columns))
		for i, c := range columns {
			bits[i] = fmt.Sprintf("%d * (%s IS NOT $%d)", 1<<i, c.Name, c.Position+1)
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
// indexed are the values that the indexed columns have, nil when they are to be
// asked for.
func (w *writer) update(s *sqlstore.Statement, indexed []any) (int64, error) {
	differ, ok := differs[s.Table]
	if !ok {
		return w.conn.exec(s.Text, s.Args)
	}
	key := updateKey{table: s.Table}
	if indexed != nil {
		for i, c := range s.Table.IndexedColumns() {
			if indexed[i] != s.Args[c.Position] {
				key.changed |= 1 << i
			}
		}
	} else {
		found := false
		err := w.conn.query(context.Background(), differ, s.Args, func(values []any) error {
			key.changed, found = values[0].(int64)
			return nil
		})
		if err != nil || !found {
			return 0, err
		}
	}
	text, ok := w.updates[key]
	if !ok {
		text = updateText(key)
		w.updates[key] = text
	}
	return w.conn.exec(text, s.Args)
}

func updateText(key updateKey) string {
	same := make(map[int]bool)
	for i, c := range key.table.IndexedColumns() {
		same[c.Position] = key.changed&(1<<i) == 0
	}
	return key.table.UpdateOf(func(position int) bool { return !same[position] })
}

// count runs a query and returns how many rows came.
func (c *conn) count(text string, args []any) (n int64, err error) {
	err = c.query(context.Background(), text, args, func([]any) error { n++; return nil })
	return n, err
}
