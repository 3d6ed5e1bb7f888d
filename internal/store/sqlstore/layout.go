package sqlstore

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"poolhouse.dev/internal/row"
)

// Layout is how the rows of a table travel without their noun, as a whole table is
// copied: every stored column by name, those of the primary key first. The values of a
// row are in that order: string, int64, []byte or nil.
type Layout struct {
	Table   row.Table
	Keys    int
	Columns []string
}

// Layout returns the layout of the table as this program has it.
func (t *Table) Layout() Layout {
	return Layout{Table: t.Name, Keys: t.keys, Columns: append(t.names(0, len(t.columns), true), columnVersion, columnSetID)}
}

// Types returns the SQL type of the values of each of Layout's columns.
func (t *Table) Types() []string {
	types := make([]string, 0, len(t.columns)+2)
	for _, c := range t.columns {
		switch c.kind {
		case kindText:
			types = append(types, "text")
		case kindBytes:
			types = append(types, "bytea")
		default:
			types = append(types, "bigint")
		}
	}
	return append(types, "bigint", "text")
}

// names of tables and columns, so that what is read from a file can be part of a text.
var plainName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

// Check refuses a layout that no table can have, or that is of a table that this
// program does not know.
func (l Layout) Check() error {
	if _, ok := TableOf(l.Table); !ok {
		return fmt.Errorf("there is no table %q", l.Table)
	}
	if l.Keys < 1 || l.Keys > len(l.Columns) {
		return fmt.Errorf("a key of %d columns in the %d of table %s", l.Keys, len(l.Columns), l.Table)
	}
	for i, c := range l.Columns {
		if !plainName.MatchString(c) || slices.Contains(l.Columns[:i], c) {
			return fmt.Errorf("table %s cannot have the column %q", l.Table, c)
		}
	}
	return nil
}

// Equal reports whether both are of the same columns in the same order.
func (l Layout) Equal(o Layout) bool {
	return l.Table == o.Table && l.Keys == o.Keys && slices.Equal(l.Columns, o.Columns)
}

// Page returns the statement that reads the rows after a key, at most limit of them, in
// the order of the key, compared by byte. No key is the beginning of the table.
func (l Layout) Page(after []any, limit int) (text string, args []any) {
	keys := strings.Join(l.Columns[:l.Keys], ", ")
	where := ""
	if len(after) > 0 {
		marks := make([]string, l.Keys)
		for i := range marks {
			marks[i] = mark(i + 1)
		}
		where = " WHERE (" + keys + ") > (" + strings.Join(marks, ", ") + ")"
		args = append(args, after[:l.Keys]...)
	}
	args = append(args, int64(limit))
	return "SELECT " + strings.Join(l.Columns, ", ") + " FROM " + string(l.Table) + where + " ORDER BY " + keys + " LIMIT " + mark(len(args)), args
}

// Insert returns the statement that stores a row. A key that is taken is an error.
func (l Layout) Insert() string {
	marks := make([]string, len(l.Columns))
	for i := range marks {
		marks[i] = mark(i + 1)
	}
	return "INSERT INTO " + string(l.Table) + " (" + strings.Join(l.Columns, ", ") + ") VALUES (" + strings.Join(marks, ", ") + ")"
}

// Noun makes the noun of a row in the table's own layout. The error says why this
// program could not work with the row.
func (t *Table) Noun(values []any) (row.Row, error) {
	l := t.Layout()
	if len(values) != len(l.Columns) {
		return nil, fmt.Errorf("%d values for the %d columns of table %s", len(values), len(l.Columns), t.Name)
	}
	own := make([]any, 0, len(values))
	for i := range t.keys {
		own = append(own, values[i])
	}
	for _, i := range t.body {
		own = append(own, values[i])
	}
	return t.Scan(append(own, values[len(values)-2:]...))
}

// Snapshot is a view of all tables as they stood at one instant. It is used by one
// goroutine, which closes it.
type Snapshot interface {
	// Schema returns the number of the last migration.
	Schema(ctx context.Context) (int64, error)
	// Page returns the rows of a table after a key; see Layout.Page.
	Page(ctx context.Context, l Layout, after []any, limit int) ([][]any, error)
	Close() error
}

// Target is a new database on its way to be filled. What is stored counts only when the
// whole is done.
type Target interface {
	// Load stores the rows that next returns, until its error is io.EOF. Any other error
	// of next is returned.
	Load(ctx context.Context, l Layout, next func() ([]any, error)) error
	// Page reads back what was stored; see Layout.Page.
	Page(ctx context.Context, l Layout, after []any, limit int) ([][]any, error)
	// Clear removes the rows of a table.
	Clear(ctx context.Context, table row.Table) error
}

// ClearText returns the statement that removes the rows of a table.
func ClearText(table row.Table) string { return "DELETE FROM " + string(table) }
