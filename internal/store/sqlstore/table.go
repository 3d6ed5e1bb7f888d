package sqlstore

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"poolhouse.dev/internal/row"
)

// Columns of every table, after its own.
const (
	columnVersion = "version"
	columnSetID   = "set_id"
)

// Table is the mapping of one noun. Tables are made once, at the start of the
// program, and are immutable.
type Table struct {
	Name row.Table
	// Shard says where rows lie when a database spreads them over machines.
	Shard Shard
	// Texts are the statements by primary key.
	Texts Texts

	columns []columnInfo
	keys    int // the first keys columns are the primary key
	newRow  func() row.Row
	// values appends the values of the key and of the changed columns, and nil for the
	// others.
	values   func(r row.Row, changed uint64, dst []any) ([]any, error)
	readKeys func(r row.Row, values []any) error
	readBody func(r row.Row, values []any) error
	// body are the positions of the columns that readBody reads.
	body    []int
	copying copying
	indexed []Column
	// search is nil for a table without searched columns.
	search *search
}

// Shard is how a database that spreads rows over machines is to spread a table.
type Shard struct {
	// Column is the column of the primary key whose value decides.
	Column string
	// Beside is the table whose rows of an equal value are on the same machine;
	// the table itself when it lies by itself or others lie beside it.
	Beside row.Table
}

// columnInfo is a column as queries see it.
type columnInfo struct {
	name     string
	kind     kind
	derived  bool
	listed   bool
	searched bool
}

// Texts are the statements of one table that find their row by primary key.
// The key's parts are always $1 and on.
type Texts struct {
	// Insert, Update, Delete, Drop and Expect take the arguments of a Statement.
	// Expect returns a row when the version is right; an engine with
	// concurrent writers appends its locking clause.
	Insert, Update, Delete, Drop, Expect string
	// Read takes the key and returns the values that Table.Fill takes.
	Read string
	// Stamp takes the key and returns version and set_id.
	Stamp string
}

// describe makes the mapping of a noun from its columns, key columns first.
func describe[T any, P interface {
	*T
	row.Row
}](name row.Table, columns ...column[T]) *Table {
	t := &Table{Name: name, newRow: func() row.Row { return P(new(T)) }}
	for i, c := range columns {
		if c.key {
			t.keys++
		} else if c.read != nil {
			t.body = append(t.body, i)
		}
		if c.shard != "" {
			t.Shard = Shard{Column: c.name, Beside: row.Table(c.shard)}
			if c.shard == alone {
				t.Shard.Beside = name
			}
		}
		if c.indexed {
			t.indexed = append(t.indexed, Column{Position: i, Name: c.name})
		}
		t.columns = append(t.columns, columnInfo{name: c.name, kind: c.kind, derived: c.read == nil, listed: c.listed, searched: c.searched})
	}
	t.values = func(r row.Row, changed uint64, dst []any) ([]any, error) {
		p, ok := r.(P)
		if !ok {
			return nil, fmt.Errorf("a %T is no row of table %s", r, name)
		}
		for i := range columns {
			if changed&(1<<i) == 0 && !columns[i].key {
				dst = append(dst, nil)
				continue
			}
			v, err := columns[i].write((*T)(p))
			if err != nil {
				return nil, fmt.Errorf("writing column %s of table %s: %w", columns[i].name, name, err)
			}
			dst = append(dst, v)
		}
		return dst, nil
	}
	read := func(part []column[T]) func(row.Row, []any) error {
		part = slices.DeleteFunc(slices.Clone(part), func(c column[T]) bool { return c.read == nil })
		return func(r row.Row, values []any) error {
			p, ok := r.(P)
			if !ok {
				return fmt.Errorf("a %T is no row of table %s", r, name)
			}
			for i := range part {
				if err := part[i].read((*T)(p), values[i]); err != nil {
					return fmt.Errorf("reading column %s of table %s: %w", part[i].name, name, err)
				}
			}
			return nil
		}
	}
	t.readKeys, t.readBody = read(columns[:t.keys]), read(columns[t.keys:])
	t.copying = copyingOf[T, P](columns)
	t.Texts = t.texts()
	t.search = newSearch(t)
	return t
}

// KeyColumns returns the names of the primary key's columns.
func (t *Table) KeyColumns() []string { return t.names(0, t.keys, true) }

// BodyColumns returns the names of the columns that Fill takes: all that are
// read back but the key, then version and set_id.
func (t *Table) BodyColumns() []string {
	return append(t.names(t.keys, len(t.columns), false), columnVersion, columnSetID)
}

// New returns an empty row of the table's noun.
func (t *Table) New() row.Row { return t.newRow() }

// Fill reads the values of BodyColumns into r, whose key is set.
func (t *Table) Fill(r row.Row, values []any) error {
	n := len(values) - 2
	if err := t.readBody(r, values[:n]); err != nil {
		return err
	}
	return t.stamp(r, values[n], values[n+1])
}

func (t *Table) stamp(r row.Row, version, setID any) error {
	v, err := asInteger(version)
	if err != nil {
		return fmt.Errorf("reading the version of a row of table %s: %w", t.Name, err)
	}
	id, err := asText(setID)
	if err != nil {
		return fmt.Errorf("reading the set id of a row of table %s: %w", t.Name, err)
	}
	*r.Stamped() = row.Stamp{Version: v, SetID: id}
	return nil
}

// Scan makes a row from the values of KeyColumns and then BodyColumns.
func (t *Table) Scan(values []any) (row.Row, error) {
	r := t.newRow()
	if err := t.readKeys(r, values[:t.keys]); err != nil {
		return nil, err
	}
	return r, t.Fill(r, values[t.keys:])
}

// KeyArgs appends the parts of key that the table uses to dst.
func (t *Table) KeyArgs(dst []any, key row.Key) []any {
	for i := range t.keys {
		dst = append(dst, key.Parts[i])
	}
	return dst
}

func (t *Table) names(from, to int, derived bool) []string {
	var names []string
	for _, c := range t.columns[from:to] {
		if derived || !c.derived {
			names = append(names, c.name)
		}
	}
	return names
}

func (t *Table) column(name string) (columnInfo, bool) {
	for _, c := range t.columns {
		if c.name == name {
			return c, true
		}
	}
	return columnInfo{}, false
}

// isListed reports whether a column is one that rows are listed by; see listed.
func (t *Table) isListed(name string) bool {
	c, _ := t.column(name)
	return c.listed
}

func (t *Table) texts() Texts {
	n := len(t.columns)
	table, where := string(t.Name), " WHERE "+t.terms("")
	all := append(t.names(0, n, true), columnVersion, columnSetID)
	marks := make([]string, len(all))
	for i := range marks {
		marks[i] = mark(i + 1)
	}
	atVersion := " AND " + columnVersion + " = "
	return Texts{
		Insert: "INSERT INTO " + table + " (" + strings.Join(all, ", ") + ") VALUES (" +
			strings.Join(marks, ", ") + ") ON CONFLICT DO NOTHING",
		Update: t.UpdateOf(everyColumn),
		Delete: "DELETE FROM " + table + where + atVersion + mark(t.keys+1),
		Drop:   "DELETE FROM " + table + where,
		Expect: "SELECT 1 FROM " + table + where + atVersion + mark(t.keys+1),
		Read:   "SELECT " + strings.Join(t.BodyColumns(), ", ") + " FROM " + table + where,
		Stamp:  "SELECT " + columnVersion + ", " + columnSetID + " FROM " + table + where,
	}
}

// Column is a column's place among the arguments of an update, and its name.
type Column struct {
	Position int // 0 for $1
	Name     string
}

// IndexedColumns returns the columns that an index other than the primary key's
// has. The slice is the table's own.
func (t *Table) IndexedColumns() []Column { return t.indexed }

// UpdateOf returns Texts.Update reduced to the columns whose position include
// takes. It takes the same arguments.
func (t *Table) UpdateOf(include func(i int) bool) string {
	return "UPDATE " + string(t.Name) + " SET " + t.sets(include) + " WHERE " + t.terms("") + " AND " + t.atVersion()
}

func everyColumn(int) bool { return true }

func (t *Table) sets(include func(i int) bool) string {
	n := len(t.columns)
	var sets []string
	for i := t.keys; i < n; i++ {
		if include(i) {
			sets = append(sets, t.columns[i].name+" = "+mark(i+1))
		}
	}
	return strings.Join(append(sets, columnVersion+" = "+mark(n+1), columnSetID+" = "+mark(n+2)), ", ")
}

// atVersion is what an update demands beside the key.
func (t *Table) atVersion() string { return columnVersion + " = " + mark(len(t.columns)+3) }

// UpdateArgs returns how many arguments Texts.Update takes.
func (t *Table) UpdateArgs() int { return len(t.columns) + 3 }

// terms are those of the key.
func (t *Table) terms(alias string) string {
	terms := make([]string, t.keys)
	for i := range terms {
		terms[i] = alias + t.columns[i].name + " = " + mark(i+1)
	}
	return strings.Join(terms, " AND ")
}

func mark(n int) string { return "$" + strconv.Itoa(n) }
