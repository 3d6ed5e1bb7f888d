package app_test

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"poolhouse.dev/internal/app"
	"poolhouse.dev/internal/config"
	"poolhouse.dev/internal/store/sqlstore"
	"poolhouse.dev/internal/store/sqlstore/sqlite"
	"poolhouse.dev/internal/store/storetest/pgtest"
	"poolhouse.dev/internal/vault"
)

func printSchema(t *testing.T, dialect string, after int, asJSON bool) string {
	t.Helper()
	var out bytes.Buffer
	if err := app.WriteSchema(&out, dialect, after, asJSON); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Every table's definition is preceded by how it is spread, and every migration
// followed by its entry.
func TestPrintedSchemaIsWhole(t *testing.T) {
	for _, dialect := range []string{"postgres", "distributed", "sqlite"} {
		text := printSchema(t, dialect, 0, false)
		for _, table := range sqlstore.Tables() {
			comment := "-- table " + string(table.Name) + ": spread by " + table.Shard.Column
			if table.Shard.Beside != table.Name {
				comment += ", beside " + string(table.Shard.Beside)
			}
			if want := comment + "\nCREATE TABLE " + string(table.Name) + " ("; !strings.Contains(text, want) {
				t.Errorf("%s: %q is missing", dialect, want)
			}
		}
		var doc struct {
			Schema     int
			Migrations []struct{ SQL, Record string }
			Tables     []struct{ Name, ShardColumn string }
		}
		if err := json.Unmarshal([]byte(printSchema(t, dialect, 0, true)), &doc); err != nil {
			t.Fatal(err)
		}
		if len(doc.Migrations) != doc.Schema || len(doc.Tables) != len(sqlstore.Tables()) {
			t.Errorf("%s: %d migrations of schema %d, %d tables", dialect, len(doc.Migrations), doc.Schema, len(doc.Tables))
		}
		for i, m := range doc.Migrations {
			if !strings.Contains(text, m.SQL+m.Record+"\n") {
				t.Errorf("%s: migration %d and its entry are not in the script", dialect, i+1)
			}
		}
		if last := printSchema(t, dialect, doc.Schema, false); strings.Contains(last, "CREATE") {
			t.Errorf("%s: there are statements after the last migration:\n%s", dialect, last)
		}
	}
}

func TestPrintedSchemaOfNowhere(t *testing.T) {
	for name, err := range map[string]error{
		"--dialect": app.WriteSchema(&bytes.Buffer{}, "oracle", 0, false),
		"--after":   app.WriteSchema(&bytes.Buffer{}, "sqlite", 9999, false),
	} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v does not name %s", err, name)
		}
	}
}

// A store that somebody made from the script is opened as it is.
func TestPrintedSchemaMakesAStore(t *testing.T) {
	folder := t.TempDir()
	db, err := sql.Open("sqlite", filepath.Join(folder, sqlite.FileName))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), printSchema(t, "sqlite", 0, false)); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: folder})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// A server refuses tables that Citus has not distributed, and starts once the
// command has told of each.
func TestDistribute(t *testing.T) {
	address := pgtest.NewCluster(t, "max_prepared_transactions=64").Database(t)
	pgtest.StandInForCitus(t, address)
	c := config.Default(config.ModeDev)
	c.Listen, c.Data, c.Database = "127.0.0.1:0", t.TempDir(), config.NewDatabaseURL(address)
	c.MasterKey = config.NewSecret(vault.NewMasterKey().Text())
	c, err := c.Complete()
	if err != nil {
		t.Fatal(err)
	}
	start := func() error {
		s, err := app.Start(t.Context(), c, app.Options{Log: io.Discard})
		if err == nil {
			err = s.Close()
		}
		return err
	}
	if err := start(); err == nil || !strings.Contains(err.Error(), "poolhouse schema distribute") {
		t.Errorf("starting: %v, want the command", err)
	}
	for _, state := range []string{"distributed", "was distributed"} {
		var out bytes.Buffer
		if err := app.Distribute(t.Context(), c.Database, &out); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if len(lines) != len(sqlstore.Tables()) {
			t.Errorf("%d lines for %d tables:\n%s", len(lines), len(sqlstore.Tables()), &out)
		}
		for _, line := range lines {
			if fields := strings.Join(strings.Fields(line)[1:], " "); !strings.HasPrefix(fields, state+" by ") {
				t.Errorf("%q does not say %s", line, state)
			}
		}
	}
	if err := start(); err != nil {
		t.Errorf("starting on distributed tables: %v", err)
	}
}
