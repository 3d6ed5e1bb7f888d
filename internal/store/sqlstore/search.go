package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"poolhouse.dev/internal/row"
)

// search is the table that has the values of the searched columns of another one, a row
// for each that is not NULL. Its only index is the primary key, in the order that rows
// are listed in.
//
// It is for a database that writes into every index of a table when an update changes
// an indexed column. With the values here, a change of one writes one entry. The price
// is a look-up by key for each row that is listed by them.
//
// The statement that changes a row brings its values up to date, so that whoever sees
// the row sees them. A value that the row does not have finds nothing; one may be left
// by a statement that drops a row whatever its version, which none does to users.
type search struct {
	table   row.Table
	of      *Table
	columns []string
	texts   Texts
}

// Columns of a search table, beside the key of the table that it is of. A field is the
// name of a searched column.
const (
	columnField = "field"
	columnValue = "value"
)

// newSearch returns nil for a table without searched columns.
func newSearch(t *Table) *search {
	s := &search{table: t.Name + "_search", of: t}
	for _, c := range t.columns {
		if c.searched {
			s.columns = append(s.columns, c.name)
		}
	}
	if s.columns == nil {
		return nil
	}
	none := func(string) string { return "CAST(NULL AS TEXT)" }
	s.texts = t.Texts
	s.texts.Insert = s.keep(t.Texts.Insert, "1", s.returned("", none, named("")), s.added())
	s.texts.Update = s.update(t.sets(everyColumn), "", t.terms("r.")+" AND r."+t.atVersion(), "1")
	s.texts.Delete = s.keep(t.Texts.Delete, "1", s.returned("", named(""), none), s.removed())
	s.texts.Drop = s.keep(t.Texts.Drop, "1", s.returned("", named(""), none), s.removed())
	return s
}

// texts are the statements of a table by primary key in the dialect.
func (d Dialect) texts(t *Table) *Texts {
	if d.searches && t.search != nil {
		return &t.search.texts
	}
	return &t.Texts
}

// UpdateRows returns the statement that sets columns of rows, which it calls r, and
// returns an answer for each. from is what else the statement reads.
func (d Dialect) UpdateRows(t *Table, sets, from, where, answer string) string {
	if d.searches && t.search != nil {
		return t.search.update(sets, from+", ", where, answer)
	}
	return "UPDATE " + string(t.Name) + " AS r SET " + sets + " FROM " + from + " WHERE " + where + " RETURNING " + answer
}

// update is UpdateRows. It reads each row a second time, as o, from the place where it
// found it, since RETURNING has the new values alone. Both are of one version: where the
// row was changed since the statement began, r is elsewhere and no longer the expected one.
func (s *search) update(sets, from, where, answer string) string {
	change := "UPDATE " + string(s.of.Name) + " AS r SET " + sets + " FROM " + from + string(s.of.Name) + " AS o" +
		" WHERE " + where + " AND o.ctid = r.ctid"
	return s.keep(change, answer, s.returned("r.", named("o."), named("r.")), s.removed(), s.added())
}

// keep returns the statement that makes a change and what follows from it, and answers
// for each row that was changed.
func (s *search) keep(change, answer, returned string, follows ...string) string {
	return "WITH w AS (" + change + " RETURNING " + answer + " AS answer, " + returned + "), " + strings.Join(follows, ", ") + " SELECT answer FROM w"
}

// returned are the key of a changed row and its values before and after.
func (s *search) returned(alias string, before, after func(column string) string) string {
	var list []string
	for _, c := range s.of.KeyColumns() {
		list = append(list, alias+c+" AS "+c)
	}
	for _, c := range s.columns {
		list = append(list, before(c)+" AS before_"+c, after(c)+" AS after_"+c)
	}
	return strings.Join(list, ", ")
}

func named(alias string) func(column string) string {
	return func(column string) string { return alias + column }
}

// moved are the values of changed rows that are not what they were, as v, with the rows
// as w.
func (s *search) moved() string {
	values := make([]string, len(s.columns))
	for i, c := range s.columns {
		values[i] = "('" + c + "', w.before_" + c + ", w.after_" + c + ")"
	}
	return "w CROSS JOIN LATERAL (VALUES " + strings.Join(values, ", ") + ") AS v (field, before, after)" +
		" WHERE v.before IS DISTINCT FROM v.after"
}

// removed takes away what changed rows were searched by before.
func (s *search) removed() string {
	terms := []string{"s." + columnField + " = v.field", "s." + columnValue + " = v.before"}
	for _, c := range s.of.KeyColumns() {
		terms = append(terms, "s."+c+" = w."+c)
	}
	return "gone AS (DELETE FROM " + string(s.table) + " AS s USING " + s.moved() + " AND " + strings.Join(terms, " AND ") + ")"
}

// added puts there what changed rows are searched by after.
func (s *search) added() string {
	keys := s.of.KeyColumns()
	columns := strings.Join(keys, ", ") + ", " + columnField + ", " + columnValue
	return "came AS (INSERT INTO " + string(s.table) + " (" + columns + ") SELECT w." + strings.Join(keys, ", w.") + ", v.field, v.after FROM " +
		s.moved() + " AND v.after IS NOT NULL ON CONFLICT DO NOTHING)"
}

// rows is what a listing by a searched column reads: the values as s, and beside each
// the columns of its row. The LIMIT keeps the planner from reading the whole table
// first, where that was small when the plan was made.
func (s *search) rows(column string) string {
	terms := []string{"r." + column + " = s." + columnValue}
	for _, c := range s.of.KeyColumns() {
		terms = append(terms, "r."+c+" = s."+c)
	}
	return string(s.table) + " AS s CROSS JOIN LATERAL (SELECT " + strings.Join(s.of.BodyColumns(), ", ") + " FROM " + string(s.of.Name) +
		" AS r WHERE " + strings.Join(terms, " AND ") + " LIMIT 1) AS u"
}

// DialectOf returns Postgres for the schema of a database that has the search tables,
// and Distributed for one that does not.
func DialectOf(ctx context.Context, db *sql.DB) (Dialect, error) {
	for _, t := range Tables() {
		if t.search == nil {
			continue
		}
		if found, err := Postgres.has(ctx, db, string(t.search.table)); err != nil || !found {
			return Distributed, err
		}
	}
	return Postgres, nil
}

// IndexAgain returns the statements that make the schema of Distributed from that of
// the dialect. They may be run again.
func (d Dialect) IndexAgain() (texts []string, err error) {
	if !d.searches {
		return nil, nil
	}
	steps, err := Distributed.Migrations()
	if err != nil {
		return nil, fmt.Errorf("reading the migrations: %w", err)
	}
	for _, t := range Tables() {
		if t.search == nil {
			continue
		}
		for _, m := range steps {
			rest, ok := strings.CutPrefix(m.Text, "CREATE INDEX ")
			if ok && strings.Contains(rest, " ON "+string(t.Name)+" ") && slices.ContainsFunc(t.search.columns, func(c string) bool { return strings.Contains(rest, " "+c+",") }) {
				texts = append(texts, "CREATE INDEX IF NOT EXISTS "+rest)
			}
		}
		texts = append(texts, "DROP TABLE IF EXISTS "+string(t.search.table))
	}
	return texts, nil
}

// Refill returns the statements that make the search tables of a dialect anew from the
// tables that they are of, which were filled by other means.
func (d Dialect) Refill() (texts []string) {
	if !d.searches {
		return nil
	}
	for _, t := range Tables() {
		if t.search != nil {
			texts = append(texts, t.search.refill())
		}
	}
	return texts
}

func (s *search) refill() string {
	keys, values := strings.Join(s.of.KeyColumns(), ", "), make([]string, len(s.columns))
	for i, c := range s.columns {
		values[i] = "('" + c + "', " + c + ")"
	}
	return "INSERT INTO " + string(s.table) + " (" + keys + ", " + columnField + ", " + columnValue + ") SELECT " + keys + ", v.field, v.value FROM " +
		string(s.of.Name) + " CROSS JOIN LATERAL (VALUES " + strings.Join(values, ", ") + ") AS v (field, value) WHERE v.value IS NOT NULL ON CONFLICT DO NOTHING"
}
