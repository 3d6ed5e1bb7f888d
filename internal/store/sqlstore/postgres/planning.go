package postgres

import (
	"context"
	"fmt"

	"poolhouse.dev/internal/store/sqlstore"
)

// kind is what kind of database it is that speaks PostgreSQL's protocol.
type kind struct {
	// citus says that Citus spreads its rows over machines.
	citus bool
	// plansByKey says that it has the settings of planByKey. A database that only speaks
	// the protocol may not, and then gets no statement that needs them.
	plansByKey bool
}

func kindOf(ctx context.Context, q querier) (k kind, err error) {
	if k.citus, err = hasCitus(ctx, q); err != nil {
		return k, err
	}
	k.plansByKey, err = canPlanByKey(ctx, q)
	return k, err
}

// dialect is the one that a schema is made in. spread says that rows lie on several
// machines whatever the kind.
func (k kind) dialect(spread bool) sqlstore.Dialect {
	if k.citus || spread || !k.plansByKey {
		return sqlstore.Distributed
	}
	return sqlstore.Postgres
}

// planByKey has the planner of a transaction find rows through indexes alone. A plan that
// was made while a table was small, when reading all of it looked cheaper, would be
// kept while the table grows.
const planByKey = "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true)," +
	" set_config('enable_mergejoin', 'off', true)"

func canPlanByKey(ctx context.Context, q querier) (bool, error) {
	for _, name := range []string{"enable_seqscan", "enable_hashjoin", "enable_mergejoin"} {
		var known bool
		if err := q.QueryRow(ctx, "SELECT current_setting($1, true) IS NOT NULL", name).Scan(&known); err != nil || !known {
			if err != nil {
				err = fmt.Errorf("reading the setting %s: %w", name, err)
			}
			return false, err
		}
	}
	return true, nil
}
