package pgtest

import (
	"context"
	_ "embed"
	"testing"

	"github.com/jackc/pgx/v5"
)

//go:embed citus.sql
var citus string

// StandInForCitus puts into a database what the extension Citus has for those who
// distribute tables, so that a program finds Citus there: the catalogue and the
// functions, with Citus's refusals of tables that it could not spread. Rows stay
// where they are. Nothing of how Citus plans, routes or commits is imitated.
func StandInForCitus(t testing.TB, address string) {
	t.Helper()
	Run(t, address, citus)
}

// Run sends texts of one or several statements to a database.
func Run(t testing.TB, address string, texts ...string) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		t.Fatalf("connecting to PostgreSQL: %v", err)
	}
	defer conn.Close(ctx)
	for _, text := range texts {
		if _, err := conn.Exec(ctx, text, pgx.QueryExecModeSimpleProtocol); err != nil {
			t.Fatalf("running %q: %v", text, err)
		}
	}
}
