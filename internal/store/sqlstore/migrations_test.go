package sqlstore_test

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
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
	// oldest is the oldest program that is supported, and raised is the migration
	// that said so.
	oldest, raised int
	// made is the migration that made a table or, with a dot, a column.
	made map[string]int
}

// unspread are the tables that lie on one machine: what a program reads once, when
// it starts, and what only a database of one machine has.
var unspread = []row.Table{"schema_support", "users_search"}

// forms are the statements that a migration may be. Anything else is refused, so
// that it is thought about here first: whether every database can do it, and
// which programs can work with what it leaves.
var forms = map[string]*regexp.Regexp{
	"table":  regexp.MustCompile(`^CREATE TABLE (\w+) \(\n((?:\t[^\n]+\n)+)\)( WITHOUT ROWID)?;\n$`),
	"column": regexp.MustCompile(`^ALTER TABLE (\w+) ADD COLUMN (\w+) (?:TEXT|BIGINT|TEXT COLLATE "C"|BLOB|BYTEA)(?: NOT NULL DEFAULT (?:0|''))?;\n$`),
	"index":  regexp.MustCompile(`^CREATE INDEX (\w+) ON (\w+) \(([\w, ]+)\)( WHERE \w+ IS NOT NULL)?;\n$`),
	// Programs that know schema "oldest" are the oldest ones that can go on.
	"support": regexp.MustCompile(`^(?:INSERT INTO schema_support \(name, oldest, program\) VALUES \('schema', (\d+), '[^']*'\)|UPDATE schema_support SET oldest = (\d+), program = '[^']+' WHERE name = 'schema');\n$`),
	// What follows from other tables is made from them.
	"fill": regexp.MustCompile(`^INSERT INTO users_search \(([\w, ]+)\) SELECT pool_id, sub, v\.field, v\.value FROM users CROSS JOIN LATERAL \(VALUES (?:(?:, )?\('\w+', \w+\))+\) AS v \(field, value\) WHERE v\.value IS NOT NULL ON CONFLICT DO NOTHING;\n$`),
	// How many rows the planner's statistics are made from.
	"sample": regexp.MustCompile(`^ALTER TABLE (\w+) ((?:ALTER COLUMN \w+ SET STATISTICS \d+(?:, )?)+);\n$`),
	// What no supported program uses may go.
	"drop": regexp.MustCompile(`^(?:DROP TABLE (\w+)|ALTER TABLE (\w+) DROP COLUMN (\w+)|DROP INDEX \w+);\n$`),
}

// apply adds one migration to the schema.
func (s *schema) apply(m sqlstore.Migration) error {
	if found := forms["table"].FindStringSubmatch(m.Text); found != nil {
		s.made[found[1]] = m.Number
		return s.create(row.Table(found[1]), found[2])
	}
	if found := forms["support"].FindStringSubmatch(m.Text); found != nil {
		return s.support(m.Number, found[1]+found[2])
	}
	if found := forms["drop"].FindStringSubmatch(m.Text); found != nil {
		return s.drop(found[1]+found[2], found[3])
	}
	if found := forms["column"].FindStringSubmatch(m.Text); found != nil {
		table := row.Table(found[1])
		if s.columns[table] == nil {
			return fmt.Errorf("there is no table %s", table)
		}
		s.columns[table] = append(s.columns[table], found[2])
		s.made[found[1]+"."+found[2]] = m.Number
		return nil
	}
	if found := forms["fill"].FindStringSubmatch(m.Text); found != nil {
		if diff := cmp.Diff(slices.Sorted(slices.Values(s.columns["users_search"])), slices.Sorted(slices.Values(strings.Split(found[1], ", ")))); diff != "" {
			return fmt.Errorf("the columns are not those of the table (-table +filled):\n%s", diff)
		}
		return nil
	}
	if found := forms["sample"].FindStringSubmatch(m.Text); found != nil {
		for _, part := range strings.Split(found[2], ", ") {
			if column := strings.Fields(part)[2]; !slices.Contains(s.columns[row.Table(found[1])], column) {
				return fmt.Errorf("table %s has no column %q to sample", found[1], column)
			}
		}
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

// support notes the oldest program. It knows an earlier schema than the one that is
// made, or no release could be replaced node by node.
func (s *schema) support(number int, oldest string) error {
	n, err := strconv.Atoi(oldest)
	if err != nil || n >= number || n < s.oldest {
		return fmt.Errorf("the oldest program knows schema %s, which is not between %d and %d", oldest, s.oldest, number-1)
	}
	s.oldest, s.raised = n, number
	return nil
}

// drop removes a table or a column, which no program that is supported may use: the
// oldest one was raised since it was made.
func (s *schema) drop(table, column string) error {
	if table == "" {
		return nil
	}
	name := table
	if column != "" {
		name += "." + column
	}
	if s.raised <= max(s.made[name], s.made[table]) {
		return fmt.Errorf("%s goes without an earlier migration that raises the oldest program in schema_support", name)
	}
	if column == "" {
		delete(s.columns, row.Table(table))
		return nil
	}
	s.columns[row.Table(table)] = slices.DeleteFunc(s.columns[row.Table(table)], func(c string) bool { return c == column })
	return nil
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

func emptySchema() schema {
	return schema{columns: map[row.Table][]string{}, keys: map[row.Table][]string{}, made: map[string]int{}}
}

// TestContractionIsHeldBack holds that nothing goes before the programs are ruled
// out that use it.
func TestContractionIsHeldBack(t *testing.T) {
	base := []string{
		"CREATE TABLE t (\n\tid TEXT PRIMARY KEY,\n\ta TEXT NOT NULL\n);\n",
		"ALTER TABLE t ADD COLUMN b TEXT NOT NULL DEFAULT '';\n",
	}
	raise := "UPDATE schema_support SET oldest = 2, program = 'v1.0.0' WHERE name = 'schema';\n"
	for name, test := range map[string]struct {
		texts []string
		ok    bool
	}{
		"raised and dropped":      {[]string{raise, "ALTER TABLE t DROP COLUMN a;\n"}, true},
		"dropped":                 {[]string{"ALTER TABLE t DROP COLUMN b;\n"}, false},
		"dropped and raised":      {[]string{"DROP TABLE t;\n", raise}, false},
		"raised to the newest":    {[]string{strings.Replace(raise, "2", "3", 1)}, false},
		"lowered":                 {[]string{raise, strings.Replace(raise, "2", "1", 1)}, false},
		"raised without a name":   {[]string{strings.Replace(raise, "v1.0.0", "", 1)}, false},
		"an index goes at once":   {[]string{"DROP INDEX i;\n"}, true},
		"a column without a form": {[]string{"ALTER TABLE t ADD COLUMN c TEXT NOT NULL;\n"}, false},
		"a type that changes":     {[]string{"ALTER TABLE t ALTER COLUMN a TYPE BIGINT;\n"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := emptySchema()
			var err error
			for i, text := range append(base[:2:2], test.texts...) {
				err = errors.Join(err, s.apply(sqlstore.Migration{Number: i + 1, Text: text}))
			}
			if (err == nil) != test.ok {
				t.Errorf("the answer is %v", err)
			}
		})
	}
}

// TestMigrationsKeepTheRules reads every migration in every dialect, and
// compares the schema that they make with the tables' descriptions. A step that a
// database of several machines may have to make is one statement.
func TestMigrationsKeepTheRules(t *testing.T) {
	distributed, err := sqlstore.Distributed.Migrations()
	if err != nil {
		t.Fatal(err)
	}
	for name, dialect := range map[string]sqlstore.Dialect{"SQLite": sqlstore.SQLite, "PostgreSQL": sqlstore.Postgres, "distributed": sqlstore.Distributed} {
		t.Run(name, func(t *testing.T) {
			steps, err := dialect.Migrations()
			if err != nil {
				t.Fatal(err)
			}
			made := emptySchema()
			for _, m := range steps {
				if m.Text == "" {
					continue // a step of others
				}
				where := fmt.Sprintf("migration %d (%s)", m.Number, m.Name)
				for _, rule := range broken(m.Text) {
					t.Errorf("%s uses %s", where, rule)
				}
				if strings.ContainsAny(m.Text, "{}") {
					t.Errorf("%s has a word that the dialect does not know", where)
				}
				statements := []string{m.Text}
				if distributed[m.Number-1].Text == "" {
					statements = strings.SplitAfter(strings.TrimSuffix(m.Text, "\n"), ";\n")
					statements[len(statements)-1] += "\n"
				}
				for _, text := range statements {
					if n := strings.Count(text, ";"); n != 1 {
						t.Errorf("%s has %d statements where one belongs", where, n)
					}
					if err := made.apply(sqlstore.Migration{Number: m.Number, Text: text}); err != nil {
						t.Errorf("%s: %v", where, err)
					}
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
	for _, table := range unspread {
		delete(made.columns, table)
	}
	for table := range made.columns {
		t.Errorf("table %s has no description, and so nothing says how its rows are spread", table)
	}
}
