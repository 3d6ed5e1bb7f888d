package sqlstore_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store/sqlstore"
)

// schema is what migrations make of an empty database.
type schema struct {
	columns map[row.Table][]string
	keys    map[row.Table][]string
}

// forms are the statements that a migration may be. Anything else is refused, so
// that it is thought about here first: whether every database can do it, and
// which programs can work with what it leaves.
var forms = map[string]*regexp.Regexp{
	"table":  regexp.MustCompile(`^CREATE TABLE (\w+) \(\n((?:\t[^\n]+\n)+)\)( WITHOUT ROWID)?;\n$`),
	"column": regexp.MustCompile(`^ALTER TABLE (\w+) ADD COLUMN (\w+) (?:TEXT|BIGINT|TEXT COLLATE "C"|BLOB|BYTEA)(?: NOT NULL DEFAULT (?:0|''))?;\n$`),
	"index":  regexp.MustCompile(`^CREATE INDEX (\w+) ON (\w+) \(([\w, ]+)\)( WHERE \w+ IS NOT NULL)?;\n$`),
}

// apply adds one migration to the schema.
func (s *schema) apply(m sqlstore.Migration) error {
	if found := forms["table"].FindStringSubmatch(m.Text); found != nil {
		return s.create(row.Table(found[1]), found[2])
	}
	if found := forms["column"].FindStringSubmatch(m.Text); found != nil {
		table := row.Table(found[1])
		if s.columns[table] == nil {
			return fmt.Errorf("there is no table %s", table)
		}
		s.columns[table] = append(s.columns[table], found[2])
		return nil
	}
	if found := forms["index"].FindStringSubmatch(m.Text); found != nil {
		for _, column := range strings.Split(found[3], ", ") {
			if !slices.Contains(s.columns[row.Table(found[2])], column) {
				return fmt.Errorf("the index %s is of a column %q that table %s does not have", found[1], column, found[2])
			}
		}
		return nil
	}
	return fmt.Errorf("this is none of the statements that a migration may be:\n%s", m.Text)
}

// create adds a table from the lines of its definition.
func (s *schema) create(table row.Table, lines string) error {
	for line := range strings.Lines(lines) {
		line = strings.TrimSuffix(strings.TrimSpace(line), ",")
		if list, ok := strings.CutPrefix(line, "PRIMARY KEY ("); ok {
			s.keys[table] = strings.Split(strings.TrimSuffix(list, ")"), ", ")
			continue
		}
		name, definition, _ := strings.Cut(line, " ")
		s.columns[table] = append(s.columns[table], name)
		if strings.HasSuffix(definition, " PRIMARY KEY") {
			s.keys[table] = []string{name}
		}
	}
	if s.keys[table] == nil {
		return fmt.Errorf("table %s has no primary key", table)
	}
	return nil
}

// TestMigrationsKeepTheRules reads every migration in every dialect, and
// compares the schema that they make with the tables' descriptions.
func TestMigrationsKeepTheRules(t *testing.T) {
	for name, dialect := range map[string]sqlstore.Dialect{"SQLite": sqlstore.SQLite, "PostgreSQL": sqlstore.Postgres} {
		t.Run(name, func(t *testing.T) {
			steps, err := dialect.Migrations()
			if err != nil {
				t.Fatal(err)
			}
			made := schema{columns: map[row.Table][]string{}, keys: map[row.Table][]string{}}
			for _, m := range steps {
				where := fmt.Sprintf("migration %d (%s)", m.Number, m.Name)
				for _, rule := range broken(m.Text) {
					t.Errorf("%s uses %s", where, rule)
				}
				if n := strings.Count(m.Text, ";"); n != 1 {
					t.Errorf("%s has %d statements", where, n)
				}
				if strings.ContainsAny(m.Text, "{}") {
					t.Errorf("%s has a word that the dialect does not know", where)
				}
				if err := made.apply(m); err != nil {
					t.Errorf("%s: %v", where, err)
				}
			}
			checkDescriptions(t, made)
		})
	}
}

// checkDescriptions holds the tables' descriptions against the schema.
func checkDescriptions(t *testing.T, made schema) {
	t.Helper()
	for _, table := range sqlstore.Tables() {
		if diff := cmp.Diff(made.keys[table.Name], table.KeyColumns()); diff != "" {
			t.Errorf("the primary key of table %s is not the one described (-schema +description):\n%s", table.Name, diff)
		}
		columns, _, _ := strings.Cut(table.Texts.Insert[strings.Index(table.Texts.Insert, "(")+1:], ")")
		described := strings.Split(columns, ", ")
		slices.Sort(described)
		if diff := cmp.Diff(slices.Sorted(slices.Values(made.columns[table.Name])), described); diff != "" {
			t.Errorf("the columns of table %s are not the ones described (-schema +description):\n%s", table.Name, diff)
		}
		if !slices.Contains(made.keys[table.Name], table.Shard.Column) {
			t.Errorf("the primary key of table %s does not contain %q, by which its rows are spread", table.Name, table.Shard.Column)
		}
		delete(made.columns, table.Name)
	}
	for table := range made.columns {
		t.Errorf("table %s has no description, and so nothing says how its rows are spread", table)
	}
}
