package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3/database"

	"poolhouse.dev/internal/row"
)

// Script is the schema for somebody who applies it by hand.
type Script struct {
	// Last is the number of the last migration.
	Last int
	// Begin makes the table of versions; it is empty for a script that goes on.
	Begin []string
	Steps []ScriptStep
}

// ScriptStep is a migration with what belongs to it.
type ScriptStep struct {
	Migration
	// Creates is the table that the step makes, "" for none, and Shard is where
	// its rows lie.
	Creates row.Table
	Shard   Shard
	// Record is the statement that says in the table of versions that the step was
	// applied. A program that starts makes no step that is recorded.
	Record string
}

// Script returns the steps after a schema of a number, 0 for all of them.
func (d Dialect) Script(after int) (Script, error) {
	steps, err := d.Migrations()
	if err != nil {
		return Script{}, err
	}
	if after < 0 || after > len(steps) {
		return Script{}, fmt.Errorf("there is no schema %d; this program's is %d", after, len(steps))
	}
	versions, err := database.NewStore(d.goose, VersionsTable)
	if err != nil {
		return Script{}, fmt.Errorf("preparing the table of versions: %w", err)
	}
	script := Script{Last: len(steps)}
	var said recorder
	if after == 0 {
		err = errors.Join(versions.CreateVersionTable(context.Background(), &said), versions.Insert(context.Background(), &said, database.InsertRequest{}))
		script.Begin = said.texts
	}
	for _, m := range steps[after:] {
		said = recorder{}
		err = errors.Join(err, versions.Insert(context.Background(), &said, database.InsertRequest{Version: int64(m.Number)}))
		step := ScriptStep{Migration: m, Record: strings.Join(said.texts, "\n")}
		if rest, ok := strings.CutPrefix(m.Text, "CREATE TABLE "); ok {
			name, _, _ := strings.Cut(rest, " ")
			step.Creates = row.Table(name)
			if t, ok := TableOf(step.Creates); ok {
				step.Shard = t.Shard
			}
		}
		script.Steps = append(script.Steps, step)
	}
	return script, err
}

// recorder keeps the statements that it is asked to run, with their arguments
// written in, and runs none.
type recorder struct{ texts []string }

// ExecContext implements database.DBTxConn.
func (r *recorder) ExecContext(_ context.Context, text string, args ...any) (sql.Result, error) {
	for i, arg := range args {
		place := mark(i + 1)
		if !strings.Contains(text, place) {
			place = "?"
		}
		switch arg := arg.(type) {
		case int64:
			text = strings.Replace(text, place, strconv.FormatInt(arg, 10), 1)
		case bool:
			text = strings.Replace(text, place, strconv.FormatBool(arg), 1)
		default:
			return nil, fmt.Errorf("a %T cannot be written into a script", arg)
		}
	}
	r.texts = append(r.texts, strings.ReplaceAll(text, "\n\t", "\n")+";")
	return nil, nil
}

var errNotRun = errors.New("a script is not run")

// QueryContext implements database.DBTxConn.
func (*recorder) QueryContext(context.Context, string, ...any) (*sql.Rows, error) {
	return nil, errNotRun
}

// QueryRowContext implements database.DBTxConn.
func (*recorder) QueryRowContext(context.Context, string, ...any) *sql.Row { return nil }
