package app_test

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"poolhouse.dev/internal/app"
	"poolhouse.dev/internal/store/sqlstore"
	"poolhouse.dev/internal/store/sqlstore/sqlite"
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
	for _, dialect := range []string{"postgres", "sqlite"} {
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
