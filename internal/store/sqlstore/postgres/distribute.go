package postgres

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"poolhouse.dev/internal/store/sqlstore"
)

// Distributed says what Distribute did with a table.
type Distributed struct {
	// Table is spread by Column, beside another table or, where Beside is Table,
	// beside none.
	Table, Column, Beside string
	// Already says that it was before.
	Already bool
}

// Distribute brings the schema of a database that runs Citus up to date and lets
// Citus spread every table that is not spread yet. It may be called as often as
// one likes; tables that are spread as they have to be are left alone. report
// hears of each table when it is done. The connection must be to the coordinator.
func Distribute(ctx context.Context, cfg Config, report func(Distributed)) error {
	settings, err := poolConfig(cfg)
	if err != nil {
		return err
	}
	pool, err := pgxpool.NewWithConfig(ctx, settings)
	if err != nil {
		return fmt.Errorf("opening the connection pool: %w", err)
	}
	defer pool.Close()
	if err := checkDistributable(ctx, pool); err != nil {
		return err
	}
	d, err := migrate(ctx, stdlib.OpenDBFromPool(pool), sqlstore.Distributed, cfg.Program)
	if err != nil {
		return err
	}
	if err := indexAgain(ctx, pool, d); err != nil {
		return err
	}
	// First those that others lie beside.
	for _, leads := range []bool{true, false} {
		for _, t := range sqlstore.Tables() {
			if (t.Shard.Beside == t.Name) != leads {
				continue
			}
			done, err := distribute(ctx, pool, t)
			if err != nil {
				return err
			}
			report(done)
		}
	}
	return nil
}

// checkDistributable says what the database lacks.
func checkDistributable(ctx context.Context, pool *pgxpool.Pool) error {
	if err := pool.Ping(ctx); err != nil {
		return fmt.Errorf("connecting to PostgreSQL: %w", err)
	}
	citus, err := hasCitus(ctx, pool)
	switch {
	case err != nil:
		return err
	case !citus:
		return errors.New("the database does not run Citus; install it, run CREATE EXTENSION citus in this database, and add its workers with citus_add_node")
	}
	var copies, prepared string
	if err := pool.QueryRow(ctx, "SELECT COALESCE(current_setting('citus.shard_replication_factor', true), '1'), current_setting('max_prepared_transactions')").Scan(&copies, &prepared); err != nil {
		return fmt.Errorf("reading the settings of Citus: %w", told(err))
	}
	if copies != "1" {
		return fmt.Errorf("citus.shard_replication_factor is %s, and rows with several copies cannot be locked; set it to 1 and let each worker have a standby instead", copies)
	}
	if prepared == "0" {
		return errTwoPhases("the coordinator")
	}
	return checkWorkers(ctx, pool)
}

func errTwoPhases(where string) error {
	return fmt.Errorf("max_prepared_transactions is 0 on %s, but a change on several machines is committed in two phases, which needs it; set it to twice max_connections there and restart that server", where)
}

// checkWorkers asks the workers whether they can commit in two phases.
func checkWorkers(ctx context.Context, pool *pgxpool.Pool) error {
	rows, err := pool.Query(ctx, "SELECT nodename, nodeport, success, result FROM run_command_on_workers('SHOW max_prepared_transactions')")
	if err != nil {
		return fmt.Errorf("asking the workers for max_prepared_transactions: %w", told(err))
	}
	defer rows.Close()
	for rows.Next() {
		var name, result string
		var port int
		var ok bool
		if err := rows.Scan(&name, &port, &ok, &result); err != nil {
			return fmt.Errorf("asking the workers for max_prepared_transactions: %w", err)
		}
		where := "worker " + name + ":" + strconv.Itoa(port)
		switch {
		case !ok:
			return fmt.Errorf("%s does not answer; see that the coordinator can reach it, or remove it with citus_remove_node", where)
		case strings.TrimSpace(result) == "0":
			return errTwoPhases(where)
		}
	}
	return rows.Err()
}

// indexAgain turns a schema that was made on one server into that of several.
func indexAgain(ctx context.Context, pool *pgxpool.Pool, d sqlstore.Dialect) error {
	texts, err := d.IndexAgain()
	if err != nil {
		return err
	}
	for _, text := range texts {
		if _, err := pool.Exec(ctx, text); err != nil {
			return fmt.Errorf("making the indexes for several machines: %w", told(err))
		}
	}
	return nil
}

// distribute spreads one table, unless it is.
func distribute(ctx context.Context, pool *pgxpool.Pool, t *sqlstore.Table) (Distributed, error) {
	done := Distributed{Table: string(t.Name), Column: t.Shard.Column, Beside: string(t.Shard.Beside)}
	found, err := spreadings(ctx, pool)
	if err != nil {
		return done, err
	}
	if s, ok := found[done.Table]; ok {
		if text := s.wrong(t, found[done.Beside]); text != "" {
			return done, fmt.Errorf("%s; %s", text, mendAdvice)
		}
		done.Already = true
		return done, clearCoordinator(ctx, pool, done.Table)
	}
	beside := done.Beside
	if beside == done.Table {
		beside = "none"
	}
	if _, err := pool.Exec(ctx, "SELECT create_distributed_table($1::text::regclass, $2::text, colocate_with => $3::text)", done.Table, done.Column, beside); err != nil {
		return done, fmt.Errorf("distributing table %s: %w", done.Table, told(err))
	}
	return done, clearCoordinator(ctx, pool, done.Table)
}

// clearCoordinator removes what a table held before it was distributed. Citus has
// copied it; the original stays behind on the coordinator, seen by nobody.
func clearCoordinator(ctx context.Context, pool *pgxpool.Pool, table string) error {
	var size int64
	err := pool.QueryRow(ctx, "SELECT pg_relation_size($1::text::regclass)", table).Scan(&size)
	if err == nil && size > 0 {
		_, err = pool.Exec(ctx, "SELECT truncate_local_data_after_distributing_table($1::text::regclass)", table)
	}
	if err != nil {
		return fmt.Errorf("removing what table %s left on the coordinator: %w", table, told(err))
	}
	return nil
}

// told returns err with the server's own words, which name tables and settings
// where nothing but the schema is asked for.
func told(err error) error {
	var pe *pgconn.PgError
	if !errors.As(err, &pe) {
		return err
	}
	return fmt.Errorf("PostgreSQL says %q (SQLSTATE %s)", pe.Message, pe.Code)
}
