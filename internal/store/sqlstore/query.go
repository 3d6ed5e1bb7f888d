package sqlstore

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
)

// Selection is a query as SQL.
type Selection struct {
	Table *Table
	Text  string
	// Args are the arguments of Text, $1 first.
	Args  []any
	limit int
	// order are the columns that the rows come in the order of; those that the
	// query holds at one value are left out.
	order []string
}

// Select turns q into a statement that returns one row more than the limit, so
// that Page can tell whether there are more. A column that the table does not
// have, or that cannot be compared in that way, is an error.
func (d Dialect) Select(q store.Query) (*Selection, error) {
	if q.Limit <= 0 {
		return nil, fmt.Errorf("listing table %s: the limit is not positive", q.Table)
	}
	b, err := d.newBuilder(q)
	if err != nil {
		return nil, err
	}
	if err := b.after(q); err != nil {
		return nil, err
	}
	order := b.order
	if len(order) == 0 {
		order = b.table.KeyColumns()
	}
	text := "SELECT " + strings.Join(b.selected(), ", ") + " FROM " + b.from + b.where() +
		" ORDER BY " + strings.Join(b.names(order), ", ") + " LIMIT " + b.arg(int64(q.Limit)+1)
	return &Selection{Table: b.table, Text: text, Args: b.args, limit: q.Limit, order: b.order}, nil
}

// SelectCount turns q into a statement that returns the number of its rows.
func (d Dialect) SelectCount(q store.Query) (text string, args []any, err error) {
	b, err := d.newBuilder(q)
	if err != nil {
		return "", nil, err
	}
	if b.lower != "" {
		b.compare(b.lower, ">=", b.lowerValue)
	}
	return "SELECT COUNT(*) FROM " + b.from + b.where(), b.args, nil
}

// Page makes a page of what the statement returned: for every row the values of
// its columns, in the order of the text.
func (s *Selection) Page(result [][]any) (store.Page, error) {
	page := store.Page{Rows: make([]row.Row, 0, min(len(result), s.limit))}
	n := len(s.Table.KeyColumns()) + len(s.Table.BodyColumns())
	for i, values := range result {
		if i == s.limit {
			last := result[i-1]
			for j := range s.order {
				page.Next = append(page.Next, fmt.Sprint(last[n+j]))
			}
			break
		}
		r, err := s.Table.Scan(values[:n])
		if err != nil {
			return store.Page{}, err
		}
		page.Rows = append(page.Rows, r)
	}
	return page, nil
}

// builder collects the parts of a statement.
type builder struct {
	table *Table
	terms []string
	args  []any
	order []string
	// lower is the column of the prefix with its smallest value; a place to go on
	// from takes its place, so that only one lower bound is left to an index.
	lower      string
	lowerValue string
	// from is what the statement reads. searched is the column that it finds rows by in
	// a search table, "" where there is none.
	from     string
	searched string
}

func (d Dialect) newBuilder(q store.Query) (*builder, error) {
	t, ok := TableOf(q.Table)
	if !ok {
		return nil, fmt.Errorf("there is no table %q", q.Table)
	}
	if q.Prefix != nil && q.Due != nil {
		return nil, fmt.Errorf("querying table %s: a prefix and a time at once", q.Table)
	}
	b := &builder{table: t, from: string(t.Name)}
	if d.searches {
		if err := b.search(q); err != nil {
			return nil, err
		}
	}
	var fixed []string
	for _, term := range q.Equal {
		if err := b.demand(term.Column, kindText); err != nil {
			return nil, err
		}
		b.compare(term.Column, "=", term.Value)
		fixed = append(fixed, term.Column)
	}
	var first []string
	switch {
	case q.Prefix != nil:
		if err := b.demand(q.Prefix.Column, kindText); err != nil {
			return nil, err
		}
		first = []string{q.Prefix.Column}
		b.lower, b.lowerValue = q.Prefix.Column, q.Prefix.Value
		if end, ok := successor(q.Prefix.Value); ok {
			b.compare(q.Prefix.Column, "<", end)
		}
	case q.Due != nil:
		if err := b.demand(q.Due.Column, kindTime); err != nil {
			return nil, err
		}
		first = []string{q.Due.Column}
		b.compare(q.Due.Column, "<=", micros(q.Due.Time))
	}
	last := t.KeyColumns()
	if d.rowNumber != "" && slices.ContainsFunc(slices.Concat(fixed, first), t.isListed) {
		last = []string{d.rowNumber}
	}
	for _, c := range append(first, last...) {
		if !slices.Contains(fixed, c) && !slices.Contains(b.order, c) {
			b.order = append(b.order, c)
		}
	}
	return b, nil
}

func (b *builder) demand(name string, k kind) error {
	c, ok := b.table.column(name)
	if !ok || c.kind != k {
		return fmt.Errorf("table %s cannot be queried by column %q", b.table.Name, name)
	}
	return nil
}

// after adds the lower bound: the place to go on from, or the prefix.
func (b *builder) after(q store.Query) error {
	if len(q.After) > 0 && len(q.After) != len(b.order) {
		return fmt.Errorf("querying table %s: %w", q.Table, store.ErrCursor)
	}
	// A place before the prefix cannot come from this query; the prefix holds.
	leads := len(q.After) > 0 && b.order[0] == b.lower
	resumes := len(q.After) > 0 && !(leads && q.After[0] < b.lowerValue)
	if b.lower != "" && !(leads && resumes) {
		b.compare(b.lower, ">=", b.lowerValue)
	}
	if !resumes {
		return nil
	}
	marks := make([]string, len(b.order))
	for i, name := range b.order {
		var v any = q.After[i]
		if c, ok := b.table.column(name); !ok || c.kind != kindText {
			n, err := strconv.ParseInt(q.After[i], 10, 64)
			if err != nil {
				return fmt.Errorf("querying table %s: %w", q.Table, store.ErrCursor)
			}
			v = n
		}
		marks[i] = b.arg(v)
	}
	b.terms = append(b.terms, "("+strings.Join(b.names(b.order), ", ")+") > ("+strings.Join(marks, ", ")+")")
	return nil
}

// selected are the columns of the noun, and then those of the order, since a
// derived one is not among the first.
func (b *builder) selected() []string {
	body := b.table.BodyColumns()
	if b.searched != "" {
		for i, c := range body {
			body[i] = "u." + c
		}
	}
	return slices.Concat(b.names(b.table.KeyColumns()), body, b.names(b.order))
}

// search makes the statement one that finds rows in the search table, if the query has
// a column of it, beside which it may have those of the key.
func (b *builder) search(q store.Query) error {
	s := b.table.search
	if s == nil {
		return nil
	}
	columns := make([]string, 0, len(q.Equal)+1)
	for _, term := range q.Equal {
		columns = append(columns, term.Column)
	}
	if q.Prefix != nil {
		columns = append(columns, q.Prefix.Column)
	}
	at := slices.IndexFunc(columns, func(c string) bool { return slices.Contains(s.columns, c) })
	if at < 0 {
		return nil
	}
	for i, c := range columns {
		if i != at && !slices.Contains(b.table.KeyColumns(), c) || q.Due != nil {
			return fmt.Errorf("table %s cannot be queried by %q and another column", b.table.Name, columns[at])
		}
	}
	b.searched, b.from = columns[at], s.rows(columns[at])
	b.terms = append(b.terms, "s."+columnField+" = '"+b.searched+"'")
	return nil
}

// name is what the statement calls a column.
func (b *builder) name(column string) string {
	switch {
	case b.searched == "":
		return column
	case column == b.searched:
		return "s." + columnValue
	}
	return "s." + column
}

func (b *builder) names(columns []string) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = b.name(c)
	}
	return names
}

func (b *builder) compare(column, operator string, value any) {
	b.terms = append(b.terms, b.name(column)+" "+operator+" "+b.arg(value))
}

func (b *builder) arg(v any) string {
	b.args = append(b.args, v)
	return mark(len(b.args))
}

func (b *builder) where() string {
	if len(b.terms) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(b.terms, " AND ")
}

// successor returns the smallest text that is greater than every text that
// begins with prefix; false when there is none. UTF-8 sorts by byte as its code
// points do, and the result must be text itself, so the last code point that
// can grow does.
func successor(prefix string) (string, bool) {
	for prefix != "" {
		r, n := utf8.DecodeLastRuneInString(prefix)
		prefix = prefix[:len(prefix)-n]
		switch {
		case r == utf8.MaxRune:
			continue
		case r == 0xD7FF:
			r = 0xE000 // the code points between are no text
		default:
			r++
		}
		return prefix + string(r), true
	}
	return "", false
}
