package sqlite_test

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/internal/limit"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore"
	"poolhouse.dev/internal/store/sqlstore/sqlite"
	"poolhouse.dev/internal/user"
)

// TestQueriesUseIndexes asks SQLite how it would answer each query that a
// request or the sweeper can cause, the first page and a later one: always from
// an index that has the rows in their order, never by sorting or reading a table
// through.
func TestQueriesUseIndexes(t *testing.T) {
	folder := t.TempDir()
	if err := open(t, sqlite.Config{Path: folder}).Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", filepath.Join(folder, sqlite.FileName))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	inPool := []store.Term{{Column: "pool_id", Value: "p"}}
	queries := []store.Query{
		{Table: pool.TablePools, Equal: []store.Term{{Column: "region", Value: "r"}}},
		{Table: pool.TableClients, Equal: inPool},
		{Table: pool.TableKeys, Equal: inPool},
		{Table: pool.TableRemovals},
		{Table: user.TableUsers, Equal: inPool},
		{Table: pool.TableGroups, Equal: inPool},
		{Table: user.TableMemberships, Equal: append([]store.Term{{Column: "group_id", Value: "g"}}, inPool...)},
		{Table: user.TableMemberships, Equal: append([]store.Term{{Column: "sub", Value: "s"}}, inPool...)},
		{Table: user.TableChanges, Equal: inPool},
		{Table: user.TableChanges, Due: &store.DueTerm{Column: "expires_at", Time: time.Now()}},
		{Table: user.TableChanges, Equal: append([]store.Term{{Column: "sub", Value: "s"}}, inPool...)},
		{Table: pool.TableRisks, Equal: inPool},
		{Table: user.TableAuthEvents, Equal: inPool},
		{Table: user.TableAuthEvents, Equal: append([]store.Term{{Column: "sub", Value: "s"}}, inPool...)},
		{Table: user.TableAuthEvents, Equal: append([]store.Term{{Column: "sub", Value: "s"}}, inPool...), Prefix: &store.Term{Column: user.ColumnNewest}},
		{Table: user.TableAuthEvents, Due: &store.DueTerm{Column: "expires_at", Time: time.Now()}},
		{Table: limit.TableLevels, Due: &store.DueTerm{Column: "expires_at", Time: time.Now()}},
	}
	for _, name := range []string{"username", "sub", "cognito:user_status", "status", "email", "phone_number", "name", "given_name", "family_name", "preferred_username"} {
		column, ok := user.SearchColumnFor(name)
		if !ok {
			t.Fatalf("no column for %s", name)
		}
		term := store.Term{Column: string(column), Value: "v"}
		queries = append(queries,
			store.Query{Table: user.TableUsers, Equal: append([]store.Term{term}, inPool...)},
			store.Query{Table: user.TableUsers, Equal: inPool, Prefix: &term})
	}
	for table, columns := range map[row.Table][]string{
		user.TableOutbox: {"leased_until", "expires_at"}, user.TableCodes: {"expires_at"}, user.TableSessions: {"expires_at"},
		user.TableSpent: {"expires_at"}, user.TableAttempts: {"expires_at"},
	} {
		for _, c := range columns {
			queries = append(queries, store.Query{Table: table, Due: &store.DueTerm{Column: c, Time: time.Now()}})
		}
		queries = append(queries, store.Query{Table: table, Equal: append([]store.Term{{Column: "sub", Value: "s"}}, inPool...)})
	}
	for _, q := range queries {
		q.Limit = 60
		wantPlan(t, db, q)
		for _, after := range []store.Cursor{{"a"}, {"7"}, {"a", "b"}, {"w", "7"}, {"1", "b", "c", "d"}} {
			next := q
			next.After = after
			if _, err := sqlstore.SQLite.Select(next); err == nil {
				wantPlan(t, db, next)
			}
		}
	}
}

func wantPlan(t *testing.T, db *sql.DB, q store.Query) {
	t.Helper()
	sel, err := sqlstore.SQLite.Select(q)
	if err != nil {
		t.Fatal(err)
	}
	text := planOf(t, db, sel.Text, sel.Args...)
	if strings.Contains(text, "TEMP B-TREE") || strings.Contains(text, "INTEGER PRIMARY KEY") || strings.Contains(text, "SCAN") && q.Table != pool.TableRemovals {
		t.Errorf("%s\nis answered by %s", sel.Text, text)
	}
}

// Rows are read by key with one search, and evenly with one for the row and one for the
// decoy.
func TestReadsSearchByKey(t *testing.T) {
	folder := t.TempDir()
	s := open(t, sqlite.Config{Path: folder})
	db, err := sql.Open("sqlite", filepath.Join(folder, sqlite.FileName))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, table := range sqlstore.Tables() {
		args := make([]any, 2*len(table.KeyColumns()))
		for i := range args {
			args[i] = "x"
		}
		read, even := s.ReadTexts(table)
		for text, want := range map[string]int{read: 1, even: 2} {
			plan := planOf(t, db, text, args[:want*len(args)/2]...)
			if n := strings.Count(plan, "SEARCH "+string(table.Name)+" USING "); n != want || strings.Contains(plan, "SCAN") || strings.Count(plan, "=?") != want*len(table.KeyColumns()) {
				t.Errorf("%s\nis answered by %s", text, plan)
			}
		}
	}
}

// planOf returns how SQLite would answer.
func planOf(t *testing.T, db *sql.DB, text string, args ...any) string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+text, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, detail)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(plan, "; ")
}
