package sqlstore

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
)

// migrations holds one DDL statement a file, numbered from 1 without gaps, since
// some distributed databases do not change a schema inside a transaction. A file
// that was released is never changed. The words in braces are what a Dialect
// says otherwise. A file whose name ends with a dialect, as in .sqlite.sql, is a step
// of that one alone, and may hold several statements unless the dialect is
// Distributed; for the others the number stands for nothing to do.
//
//go:embed migrations/*.sql
var migrations embed.FS

// Dialect is what the schemas of two engines differ in.
type Dialect struct {
	name  string
	goose goose.Dialect
	// words replaces the words in braces.
	words *strings.Replacer
	// shared says that several processes may migrate at once.
	shared bool
	// tables counts the tables of a name, $1.
	tables string
	// rowNumber is the name of the number that the database gives to each row of a
	// table that is not {compact}, and that every index of it ends with by itself; ""
	// where there is none.
	rowNumber string
	// searches says that what rows are searched by is in tables of their own; see search.
	searches bool
}

// Dialects of the engines. Postgres is of a server of PostgreSQL, and Distributed of
// a database of several machines that speaks its protocol.
var (
	SQLite = Dialect{
		name:   "sqlite",
		goose:  goose.DialectSQLite3,
		words:  strings.NewReplacer("{key}", "TEXT", "{bytes}", "BLOB", "{compact}", " WITHOUT ROWID"),
		tables: "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = $1",

		rowNumber: "rowid",
	}
	Postgres    = likePostgres("postgres", true)
	Distributed = likePostgres("distributed", false)
)

func likePostgres(name string, searches bool) Dialect {
	return Dialect{
		name:   name,
		goose:  goose.DialectPostgres,
		words:  strings.NewReplacer("{key}", `TEXT COLLATE "C"`, "{bytes}", "BYTEA", "{compact}", ""),
		shared: true,
		tables: "SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = $1",

		searches: searches,
	}
}

// Migration is one step of the schema.
type Migration struct {
	// Number counts from 1 without gaps. The number of a schema is that of the
	// last migration applied to it.
	Number int
	// Name says what the step does, as its file does.
	Name string
	// Text is the statement, in the words of the dialect; "" for a step of another.
	Text string
}

// Migrations returns all steps in their order.
func (d Dialect) Migrations() ([]Migration, error) {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	steps := make([]Migration, len(files))
	for i, file := range files {
		number, name, _ := strings.Cut(strings.TrimSuffix(path.Base(file), ".sql"), "_")
		if n, err := strconv.Atoi(number); err != nil || n != i+1 {
			return nil, fmt.Errorf("%s is out of sequence", file)
		}
		name, only, _ := strings.Cut(name, ".")
		if steps[i] = (Migration{Number: i + 1, Name: name}); only != "" && only != d.name {
			continue
		}
		b, err := fs.ReadFile(migrations, file)
		if err != nil {
			return nil, err
		}
		steps[i].Text = d.words.Replace(string(b))
	}
	return steps, nil
}
