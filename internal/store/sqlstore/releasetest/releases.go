// Package releasetest plays other releases of poolhouse for tests of upgrades: what
// an earlier one knew of the schema, and what a later one will have added.
//
// Start with [Of].
package releasetest

import (
	"fmt"
	"strings"

	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store/sqlstore"
)

// Releases are programs of three releases, in the order of their making.
type Releases struct {
	// Earlier knows the oldest schema that has every table and column of this
	// program, so that the statements of this program stand for its own.
	Earlier sqlstore.Program
	// Present is this program.
	Present sqlstore.Program
	// Later knows more steps.
	Later sqlstore.Program
}

// Of returns the releases in a dialect. more are the steps of the later one.
func Of(d sqlstore.Dialect, more ...string) (Releases, error) {
	known, err := d.Migrations()
	if err != nil {
		return Releases{}, err
	}
	all := known[:len(known):len(known)]
	for _, text := range more {
		all = append(all, sqlstore.Migration{Number: len(all) + 1, Name: "later", Text: text})
	}
	return Releases{
		Earlier: sqlstore.Program{Version: "v1.0.0", Migrations: known[:needed(known)]},
		Present: sqlstore.Program{Version: "v1.1.0", Migrations: known},
		Later:   sqlstore.Program{Version: "v1.2.0", Migrations: all},
	}, nil
}

// needed returns the number of the last step that makes a table or column which
// this program uses.
func needed(steps []sqlstore.Migration) (last int) {
	for _, m := range steps {
		words := strings.Fields(m.Text)
		if len(words) == 0 {
			continue // a step of another dialect
		}
		name := words[2]
		_, described := sqlstore.TableOf(row.Table(name))
		makes := words[0] == "ALTER" || words[0] == "CREATE" && words[1] == "TABLE"
		if makes && (described || name == "users_search") {
			last = m.Number
		}
	}
	return last
}

// Expansions are steps of every kind that takes nothing away, on tables that are
// busy.
var Expansions = []string{
	"ALTER TABLE users ADD COLUMN later_text TEXT NOT NULL DEFAULT '';\n",
	"ALTER TABLE users ADD COLUMN later_folded TEXT;\n",
	"ALTER TABLE sessions ADD COLUMN later_number BIGINT NOT NULL DEFAULT 0;\n",
	"CREATE TABLE later (\n\tid TEXT PRIMARY KEY\n);\n",
	"CREATE INDEX users_by_later ON users (pool_id, later_folded, sub) WHERE later_folded IS NOT NULL;\n",
}

// Between is the release that Contraction says is the oldest to work with what it
// leaves: it knows one step more than this program.
const Between = "v1.1.9"

// Contraction returns the steps of a release that takes something away, after a
// schema of a number: what a release between uses, whom the schema supports from
// then on, and the removal of what that release no longer uses.
func Contraction(after int) []string {
	return []string{
		"ALTER TABLE users ADD COLUMN later_text TEXT NOT NULL DEFAULT '';\n",
		fmt.Sprintf("UPDATE schema_support SET oldest = %d, program = '%s' WHERE name = 'schema';\n", after+1, Between),
		"ALTER TABLE users DROP COLUMN later_text;\n",
	}
}
