package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"poolhouse.dev/internal/store/sqlstore"
)

// querier is a connection or a pool of them.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// hasCitus reports whether the database is spread over machines by Citus.
func hasCitus(ctx context.Context, q querier) (bool, error) {
	var n int
	err := q.QueryRow(ctx, "SELECT COUNT(*) FROM pg_extension WHERE extname = 'citus'").Scan(&n)
	if isCode(err, "42P01") {
		return false, nil // a database that only speaks PostgreSQL's protocol
	}
	if err != nil {
		return false, fmt.Errorf("looking for Citus: %w", describe(err))
	}
	return n > 0, nil
}

// spreading is how Citus spreads a table.
type spreading struct {
	// method is "h" for a hash of the column.
	method, column string
	// group is the number that tables beside each other share.
	group int64
	// copies is how many machines keep each row by Citus's own replication. A row
	// with several cannot be locked.
	copies int
}

// spreadings returns how the tables of the schema are spread, by name; those that
// are not are missing.
func spreadings(ctx context.Context, q querier) (map[string]spreading, error) {
	rows, err := q.Query(ctx, `SELECT c.relname, p.partmethod::text, COALESCE(column_to_column_name(p.logicalrelid, p.partkey), ''), p.colocationid::bigint, COALESCE(g.replicationfactor, 1)
		FROM pg_dist_partition p JOIN pg_class c ON c.oid = p.logicalrelid
		JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema()
		LEFT JOIN pg_dist_colocation g ON g.colocationid = p.colocationid`)
	if err != nil {
		return nil, fmt.Errorf("reading how Citus spreads the tables: %w", describe(err))
	}
	defer rows.Close()
	found := make(map[string]spreading)
	for rows.Next() {
		var name string
		var s spreading
		if err := rows.Scan(&name, &s.method, &s.column, &s.group, &s.copies); err != nil {
			return nil, fmt.Errorf("reading how Citus spreads the tables: %w", err)
		}
		found[name] = s
	}
	return found, rows.Err()
}

// wrong returns what is wrong with how a distributed table is spread, "" for
// nothing; leader is how the table that it belongs beside is.
func (s spreading) wrong(t *sqlstore.Table, leader spreading) string {
	switch {
	case s.method != "h" || s.column != t.Shard.Column:
		return fmt.Sprintf("table %s is not distributed by a hash of %s", t.Name, t.Shard.Column)
	case s.copies > 1:
		return fmt.Sprintf("table %s has citus.shard_replication_factor %d, and rows with several copies cannot be locked", t.Name, s.copies)
	case s.group != leader.group:
		return fmt.Sprintf("table %s does not lie beside %s", t.Name, t.Shard.Beside)
	}
	return ""
}

// checkCitus refuses a database that runs Citus when a table is not distributed as it
// has to be, or its schema is that of one server.
func checkCitus(ctx context.Context, q querier, schema sqlstore.Dialect) error {
	found, err := spreadings(ctx, q)
	if err != nil {
		return err
	}
	var missing, wrong []string
	for _, t := range sqlstore.Tables() {
		s, ok := found[string(t.Name)]
		if !ok {
			missing = append(missing, string(t.Name))
		} else if text := s.wrong(t, found[string(t.Shard.Beside)]); text != "" {
			wrong = append(wrong, text)
		}
	}
	switch {
	case len(missing) > 0:
		return fmt.Errorf("the database runs Citus, and these tables are not distributed: %s; run `poolhouse schema distribute --engine citus` with the same --database", strings.Join(missing, ", "))
	case len(wrong) > 0:
		return fmt.Errorf("the database runs Citus, and %s; %s", strings.Join(wrong, ", "), mendAdvice)
	case schema != sqlstore.Distributed:
		return errors.New("the database runs Citus, and its schema is that of one server; run `poolhouse schema distribute --engine citus` with the same --database")
	}
	return nil
}

// mendAdvice is what to do about a table that is distributed in another way.
const mendAdvice = "call Citus's undistribute_table for it while no server runs, and then run `poolhouse schema distribute --engine citus`"
