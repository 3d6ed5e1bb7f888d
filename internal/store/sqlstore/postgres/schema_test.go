package postgres_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"poolhouse.dev/internal/store/sqlstore"
	"poolhouse.dev/internal/store/sqlstore/postgres"
	"poolhouse.dev/internal/store/storetest/pgtest"
)

// as returns the URL of the database for another role.
func as(t *testing.T, address, role, password string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(role, password)
	return u.String()
}

// Where an administrator has applied the script, a role that may only read and
// write rows is enough.
func TestSchemaAppliedByHand(t *testing.T) {
	address := pgtest.Database(t)
	script, err := sqlstore.Postgres.Script(0)
	if err != nil {
		t.Fatal(err)
	}
	texts := script.Begin
	for _, step := range script.Steps {
		texts = append(texts, step.Text, step.Record)
	}
	pgtest.Run(t, address, append(texts,
		"CREATE ROLE clerk LOGIN PASSWORD 'clerk'",
		"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO clerk",
	)...)
	clerk := as(t, address, "clerk", "clerk")
	s := open(t, postgres.Config{URL: clerk})
	commit(t, s, inserting(newUser(1), newSession(1)))
	// The role could not have made the schema.
	pgtest.Run(t, address, "DELETE FROM schema_versions WHERE version_id > 50")
	if _, err := postgres.Open(t.Context(), postgres.Config{URL: clerk, Logger: quiet}); err == nil || !strings.Contains(err.Error(), "schema") {
		t.Errorf("opening a schema that has to be changed: %v, want an error of the schema", err)
	}
}

// While statistics are made, no version of a row that was changed since can be cleared
// away, and rows that change often run out of room in their pages. A column that is added
// without a target has the planner read ten times as many pages.
func TestStatisticsAreOfFewRows(t *testing.T) {
	address := pgtest.Database(t)
	open(t, postgres.Config{URL: address})
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, table := range []string{"users", "users_search"} {
		rows, err := conn.Query(t.Context(), "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped"+
			" AND COALESCE(attstattarget, -1) <> 10", table)
		if err != nil {
			t.Fatal(err)
		}
		if columns, err := pgx.CollectRows(rows, pgx.RowTo[string]); err != nil || len(columns) > 0 {
			t.Errorf("columns of %s whose statistics are not of ten parts: %v, %v", table, columns, err)
		}
	}
}
