package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
)

// planByKey has the planner of a transaction find rows through indexes alone. A plan that
// was made while a table was small, when reading all of it looked cheaper, would be
// kept while the table grows.
const planByKey = "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true)," +
	" set_config('enable_mergejoin', 'off', true)"

// canPlanByKey reports whether the database has the settings of planByKey. Those that only
// speak PostgreSQL's protocol may not, and then get no statement that needs them.
func canPlanByKey(ctx context.Context, pool *pgxpool.Pool) (bool, error) {
	for _, name := range []string{"enable_seqscan", "enable_hashjoin", "enable_mergejoin"} {
		var known bool
		if err := pool.QueryRow(ctx, "SELECT current_setting($1, true) IS NOT NULL", name).Scan(&known); err != nil || !known {
			if err != nil {
				err = fmt.Errorf("reading the setting %s: %w", name, err)
			}
			return false, err
		}
	}
	return true, nil
}
