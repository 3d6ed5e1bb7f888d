package app

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"

	"poolhouse.dev/internal/store/sqlstore"
)

// dialects are the names that WriteSchema knows.
var dialects = map[string]sqlstore.Dialect{"postgres": sqlstore.Postgres, "distributed": sqlstore.Distributed, "sqlite": sqlstore.SQLite}

// schemaDocument is what `poolhouse schema print --json` prints.
type schemaDocument struct {
	Program string `json:"program"`
	Dialect string `json:"dialect"`
	// Schema is the number of the last migration.
	Schema int            `json:"schema"`
	Begin  []string       `json:"begin,omitempty"`
	Steps  []schemaStep   `json:"migrations"`
	Tables []schemaTables `json:"tables"`
}

type schemaStep struct {
	Number int    `json:"number"`
	Name   string `json:"name"`
	SQL    string `json:"sql"`
	Record string `json:"record"`
}

type schemaTables struct {
	Name       string   `json:"name"`
	PrimaryKey []string `json:"primaryKey"`
	Shard      string   `json:"shardColumn"`
	Beside     string   `json:"beside"`
}

// WriteSchema writes the statements that make the program's schema in a dialect,
// postgres, distributed or sqlite, for somebody who applies them by hand: all of them, or
// those after a schema that is there already. distributed is for a database of several
// machines that speaks PostgreSQL's protocol.
func WriteSchema(w io.Writer, dialect string, after int, asJSON bool) error {
	d, ok := dialects[dialect]
	if !ok {
		return fmt.Errorf("--dialect: there is no %q; say postgres, distributed or sqlite", dialect)
	}
	script, err := d.Script(after)
	if err != nil {
		return fmt.Errorf("--after: %w", err)
	}
	if asJSON {
		return writeSchemaJSON(w, dialect, script)
	}
	b := bufio.NewWriter(w)
	writeScript(b, dialect, after, script)
	return b.Flush()
}

func writeScript(w io.Writer, dialect string, after int, script sqlstore.Script) {
	if len(script.Steps) == 0 {
		fmt.Fprintf(w, "-- poolhouse %s has no migrations after %d.\n", version(), after)
		return
	}
	fmt.Fprintf(w, "-- The schema of poolhouse %s for %s: migrations %d to %d.\n", version(), dialect, after+1, script.Last)
	fmt.Fprint(w, "-- Each step is followed by its entry in schema_versions, the table of goose, which\n"+
		"-- makes a server skip it at the start. Run them in this order; after an interruption\n"+
		"-- go on behind the last entry, with --after.\n"+
		"-- \"spread by\" names the column of the primary key that decides, in a database of\n"+
		"-- several machines, where a row lies. Tables without it lie on one machine.\n")
	for _, text := range script.Begin {
		fmt.Fprintf(w, "\n%s\n", text)
	}
	for _, s := range script.Steps {
		fmt.Fprintf(w, "\n-- %d: %s\n", s.Number, s.Name)
		if s.Shard.Column != "" {
			fmt.Fprintf(w, "-- table %s: spread by %s%s\n", s.Creates, s.Shard.Column, besides(string(s.Creates), string(s.Shard.Beside)))
		}
		if s.Text == "" {
			fmt.Fprintf(w, "-- nothing to do in %s\n", dialect)
		}
		fmt.Fprintf(w, "%s%s\n", s.Text, s.Record)
	}
}

// besides says which table's rows of equal value are on the same machine.
func besides(table, beside string) string {
	if table == beside {
		return ""
	}
	return ", beside " + beside
}

func writeSchemaJSON(w io.Writer, dialect string, script sqlstore.Script) error {
	doc := schemaDocument{Program: version(), Dialect: dialect, Schema: script.Last, Begin: script.Begin, Steps: []schemaStep{}}
	for _, s := range script.Steps {
		doc.Steps = append(doc.Steps, schemaStep{Number: s.Number, Name: s.Name, SQL: s.Text, Record: s.Record})
	}
	for _, t := range sqlstore.Tables() {
		doc.Tables = append(doc.Tables, schemaTables{Name: string(t.Name), PrimaryKey: t.KeyColumns(), Shard: t.Shard.Column, Beside: string(t.Shard.Beside)})
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(doc)
}
