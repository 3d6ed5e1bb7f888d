package sqlstore_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore"
	"poolhouse.dev/internal/user"
)

// forbidden is what the databases that speak PostgreSQL's protocol do not all
// have, or what does not hold when tables are spread over machines.
var forbidden = map[string]*regexp.Regexp{
	"a sequence":                regexp.MustCompile(`(?i)\b(SMALL|BIG)?SERIAL\b|\bSEQUENCE\b|\bAUTOINCREMENT\b|\bIDENTITY\b|\b(next|curr|last)val\b`),
	"a foreign key":             regexp.MustCompile(`(?i)\bFOREIGN\s+KEY\b|\bREFERENCES\b`),
	"an advisory lock":          regexp.MustCompile(`(?i)advisory`),
	"a lock of a table":         regexp.MustCompile(`(?i)\bLOCK\s+(TABLE|IN)\b`),
	"a notification":            regexp.MustCompile(`(?i)\b(UN)?LISTEN\b|\bNOTIFY\b`),
	"the skipping of locks":     regexp.MustCompile(`(?i)\bSKIP\s+LOCKED\b`),
	"all columns":               regexp.MustCompile(`(?i)\bSELECT\s+\*`),
	"a unique index":            regexp.MustCompile(`(?i)\bUNIQUE\b`),
	"a temporary table":         regexp.MustCompile(`(?i)\bTEMP(ORARY)?\s+(TABLE|VIEW)\b|\bON\s+COMMIT\s+(DROP|DELETE|PRESERVE)\b`),
	"an unlogged table":         regexp.MustCompile(`(?i)\bUNLOGGED\b`),
	"an offset":                 regexp.MustCompile(`(?i)\bOFFSET\s+(\$|[0-9])`),
	"a counter in the database": regexp.MustCompile(`(?i)\b(\w+)\s*=\s*(\w+)\s*\+\s*1\b`),
	"a trigger or function":     regexp.MustCompile(`(?i)\bCREATE\s+(OR\s+REPLACE\s+)?(TRIGGER|FUNCTION|PROCEDURE|RULE)\b`),
	"the emptying of a table":   regexp.MustCompile(`(?i)\bTRUNCATE\s+\w`),
	"a prepared transaction":    regexp.MustCompile(`(?i)\bPREPARE\s+TRANSACTION\b`),
}

// sessionState is what outlives a transaction in a session, which a pooler may
// give to somebody else. The embedded engine owns its connections.
var sessionState = regexp.MustCompile(`(?i)^\s*(SET|RESET|DISCARD|DECLARE|PREPARE)\b|\bset_config\b|\bWITH\s+HOLD\b`)

// transactionState is a setting that ends with its transaction.
var transactionState = regexp.MustCompile(`(?i)\bset_config\('[a-z_]+', '[a-z_]+', true\)`)

// broken returns the names of the rules that an SQL text does not keep.
func broken(text string) (rules []string) {
	for what, pattern := range forbidden {
		if pattern.MatchString(text) {
			rules = append(rules, what)
		}
	}
	if sessionState.MatchString(transactionState.ReplaceAllLiteralString(text, "")) {
		rules = append(rules, "the state of a session")
	}
	slices.Sort(rules)
	return rules
}

// TestRulesAreFound has a text for every rule, so that a pattern that finds
// nothing is noticed.
func TestRulesAreFound(t *testing.T) {
	texts := map[string]string{
		"a sequence":                "CREATE TABLE t (id BIGSERIAL PRIMARY KEY)",
		"a foreign key":             "CREATE TABLE t (sub TEXT REFERENCES users)",
		"an advisory lock":          "SELECT pg_advisory_xact_lock(1)",
		"a lock of a table":         "LOCK TABLE users IN EXCLUSIVE MODE",
		"a notification":            "LISTEN changes",
		"the skipping of locks":     "SELECT id FROM outbox FOR UPDATE SKIP LOCKED",
		"all columns":               "SELECT * FROM users",
		"a unique index":            "CREATE UNIQUE INDEX i ON users (pool_id, s_email)",
		"a temporary table":         "CREATE TEMP TABLE t (id TEXT)",
		"an unlogged table":         "CREATE UNLOGGED TABLE t (id TEXT)",
		"an offset":                 "SELECT id FROM pools OFFSET 10",
		"a counter in the database": "UPDATE attempts SET tries = tries + 1",
		"a trigger or function":     "CREATE TRIGGER t AFTER INSERT ON users EXECUTE FUNCTION f()",
		"the emptying of a table":   "TRUNCATE users",
		"a prepared transaction":    "PREPARE TRANSACTION 'x'",
		"the state of a session":    "SET lock_timeout = 5",
	}
	if len(texts) != len(forbidden)+1 {
		t.Errorf("%d texts for %d rules", len(texts), len(forbidden)+1)
	}
	if text := "SELECT set_config('a', 'b', true), set_config('c', 'd', false)"; len(broken(text)) == 0 {
		t.Errorf("%q is not found to use the state of a session", text)
	}
	for rule, text := range texts {
		if !slices.Contains(broken(text), rule) {
			t.Errorf("%q is not found to use %s", text, rule)
		}
	}
}

// TestTableTextsKeepTheRules looks at every statement that a table has: none
// uses what not every database has, each finds its row by the whole primary key,
// and none changes the column that rows are spread by.
func TestTableTextsKeepTheRules(t *testing.T) {
	for _, table := range sqlstore.Tables() {
		x, key := table.Texts, table.KeyColumns()
		for what, text := range map[string]string{
			"Insert": x.Insert, "Update": x.Update, "Delete": x.Delete, "Drop": x.Drop, "Expect": x.Expect, "Read": x.Read, "Stamp": x.Stamp,
		} {
			for _, rule := range broken(text) {
				t.Errorf("the text %s of table %s uses %s: %s", what, table.Name, rule, text)
			}
			if what == "Insert" {
				if columns, _, _ := strings.Cut(text, ")"); !strings.Contains(columns, "("+strings.Join(key, ", ")+", ") {
					t.Errorf("the text Insert of table %s does not begin with the key: %s", table.Name, text)
				}
				continue
			}
			_, where, _ := strings.Cut(text, " WHERE ")
			terms := strings.Split(where, " AND ")
			for i, column := range key {
				if want := column + " = $" + strconv.Itoa(i+1); !slices.Contains(terms, want) {
					t.Errorf("the text %s of table %s does not look for the whole key, since %q is missing: %s", what, table.Name, want, text)
				}
			}
		}
		sets, _, _ := strings.Cut(x.Update, " WHERE ")
		if regexp.MustCompile(`\b` + table.Shard.Column + ` = `).MatchString(sets) {
			t.Errorf("the text Update of table %s changes the column that its rows are spread by: %s", table.Name, x.Update)
		}
	}
}

// TestSearchTextsKeepTheRules looks at the statements that keep a search table as well.
// What they do to the table itself is what the plain ones do.
func TestSearchTextsKeepTheRules(t *testing.T) {
	users, _ := sqlstore.TableOf(user.TableUsers)
	plain, kept := users.Texts, sqlstore.TextsOf(sqlstore.Postgres, users)
	if distributed := sqlstore.TextsOf(sqlstore.Distributed, users); distributed != plain {
		t.Errorf("a database of several machines has other statements than plain ones: %+v", distributed)
	}
	for what, texts := range map[string][2]string{
		"Insert": {plain.Insert, kept.Insert}, "Delete": {plain.Delete, kept.Delete}, "Drop": {plain.Drop, kept.Drop},
	} {
		if !strings.HasPrefix(texts[1], "WITH w AS ("+texts[0]+" RETURNING ") {
			t.Errorf("the text %s does not begin with the plain one, %s: %s", what, texts[0], texts[1])
		}
	}
	for _, text := range []string{plain.Expect, plain.Read, plain.Stamp} {
		if !slices.Contains([]string{kept.Expect, kept.Read, kept.Stamp}, text) {
			t.Errorf("%s is another statement", text)
		}
	}
	for _, term := range []string{"r.pool_id = $1", "r.sub = $2", "o.ctid = r.ctid", "r.version = $" + strconv.Itoa(users.UpdateArgs())} {
		if !strings.Contains(kept.Update, term) {
			t.Errorf("the text Update lacks %q: %s", term, kept.Update)
		}
	}
	for _, text := range append(sqlstore.Postgres.Refill(), kept.Insert, kept.Update, kept.Delete, kept.Drop) {
		for _, rule := range broken(text) {
			t.Errorf("a statement uses %s: %s", rule, text)
		}
	}
}

// TestQueryTextsKeepTheRules makes the statements of queries of every form.
func TestQueryTextsKeepTheRules(t *testing.T) {
	for name, q := range map[string]store.Query{
		"whole table": {Table: user.TableUsers},
		"equal":       {Table: user.TableUsers, Equal: []store.Term{{Column: "pool_id", Value: "p"}}},
		"prefix":      {Table: user.TableUsers, Prefix: &store.Term{Column: "username", Value: "a"}, After: store.Cursor{"b", "p", "s"}},
		"search":      {Table: user.TableUsers, Equal: []store.Term{{Column: "pool_id", Value: "p"}}, Prefix: &store.Term{Column: "s_name", Value: "a"}, After: store.Cursor{"b", "s"}},
		"due":         {Table: user.TableOutbox, Due: &store.DueTerm{Column: "expires_at", Time: time.Now()}, After: store.Cursor{"1", "p", "s", "i"}},
	} {
		q.Limit = 10
		selection, err := sqlstore.Postgres.Select(q)
		if err != nil {
			t.Fatal(err)
		}
		count, _, err := sqlstore.Postgres.SelectCount(q)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{selection.Text, count} {
			for _, rule := range broken(text) {
				t.Errorf("the query %s uses %s: %s", name, rule, text)
			}
		}
	}
}

// A search table has the key of a row beside the value, and nothing else that a query
// could compare.
func TestSearchByTwoColumnsIsRefused(t *testing.T) {
	q := store.Query{Table: user.TableUsers, Limit: 10, Equal: []store.Term{{Column: "s_name", Value: "a"}, {Column: "status", Value: "b"}}}
	if _, err := sqlstore.Postgres.Select(q); err == nil || !strings.Contains(err.Error(), "s_name") {
		t.Errorf("the answer is %v, want an error that names the column", err)
	}
	if _, err := sqlstore.Distributed.Select(q); err != nil {
		t.Error(err)
	}
}

// statement finds the texts that are SQL by how they begin.
var statement = regexp.MustCompile(`(?i)^\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|TRUNCATE|WITH|SET|RESET|DISCARD|LOCK|LISTEN|NOTIFY|DECLARE|PREPARE|MERGE|COPY|CALL|DO|BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|PRAGMA|VACUUM|ANALYZE)\b( |$)`)

// TestEnginesKeepTheRules looks at the texts in the source of this package and
// of the engines. Statements about the nouns' tables are made from the tables'
// descriptions, where the other tests see them, and nowhere else; the embedded
// engine, whose rows are all in one file, may name a table.
func TestEnginesKeepTheRules(t *testing.T) {
	var names []string
	for _, table := range sqlstore.Tables() {
		names = append(names, string(table.Name))
	}
	named := regexp.MustCompile(`(?i)\b(FROM|INTO|UPDATE|JOIN|TABLE|ON)\s+(` + strings.Join(names, "|") + `)\b`)
	found := 0
	for _, pattern := range []string{"*.go", "*/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") || strings.HasSuffix(filepath.Dir(file), "test") {
				continue // what only tests use
			}
			for _, text := range literals(t, file) {
				if !statement.MatchString(text) {
					continue
				}
				found++
				rules := broken(text)
				embedded := strings.HasPrefix(file, "sqlite/")
				if embedded {
					rules = slices.DeleteFunc(rules, func(rule string) bool { return rule == "the state of a session" })
				}
				for _, rule := range rules {
					t.Errorf("%s has a statement that uses %s: %q", file, rule, text)
				}
				if named.MatchString(text) && !embedded {
					t.Errorf("%s has a statement about a table that has a description: %q", file, text)
				}
			}
		}
	}
	if found < 10 {
		t.Errorf("only %d statements were found", found)
	}
}

// literals returns the string literals of a Go file. Comments are none, and
// literals joined by + are one.
func literals(t *testing.T, file string) (texts []string) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		if !ok {
			return true
		}
		text, ok := joined(e)
		if ok {
			texts = append(texts, text)
		}
		return !ok
	})
	return texts
}

// joined returns the text of a literal or of a sum with literals in it, in which
// a blank stands for what is none.
func joined(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		text, err := strconv.Unquote(e.Value)
		return text, err == nil
	case *ast.BinaryExpr:
		left, ok1 := joined(e.X)
		right, ok2 := joined(e.Y)
		if e.Op != token.ADD || !ok1 && !ok2 {
			return "", false
		}
		if !ok1 {
			left = " "
		}
		if !ok2 {
			right = " "
		}
		return left + right, true
	}
	return "", false
}

// TestPlacement holds where the rows of every table lie when a database spreads
// them over machines: what belongs to one user on one, what every pool has
// beside its pool, and all else by what it is looked up by.
func TestPlacement(t *testing.T) {
	alone := map[row.Table]string{"aliases": "alias_key", "clients": "id", "material": "name", "access_keys": "id", "rate_levels": "bucket"}
	for _, table := range sqlstore.Tables() {
		key, shard := table.KeyColumns(), table.Shard
		if !slices.Contains(key, shard.Column) {
			t.Errorf("the primary key of table %s, %v, does not contain the column %q that its rows are spread by", table.Name, key, shard.Column)
		}
		switch {
		case slices.Contains(key, "sub"):
			if shard != (sqlstore.Shard{Column: "sub", Beside: user.TableUsers}) {
				t.Errorf("table %s belongs to users and is spread as %+v", table.Name, shard)
			}
		case alone[table.Name] != "":
			if shard != (sqlstore.Shard{Column: alone[table.Name], Beside: table.Name}) {
				t.Errorf("table %s lies by itself and is spread as %+v", table.Name, shard)
			}
		case shard.Beside != "pools":
			t.Errorf("table %s is spread as %+v; decide where it lies and name it here", table.Name, shard)
		}
		if r := table.New(); r.RowKey().Table != table.Name {
			t.Errorf("the rows of %s say that they are of %s", table.Name, r.RowKey().Table)
		}
	}
}
