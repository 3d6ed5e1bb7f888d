package postgres_test

import (
	"net/url"
	"strings"
	"testing"

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
