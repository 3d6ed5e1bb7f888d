package sqlstore

import (
	"time"

	"poolhouse.dev/internal/pool"
)

var removals = describe(pool.TableRemovals,
	sharded(byPool, text("pool_id", func(r *pool.Removal) *pool.ID { return &r.PoolID })),
	moment("created_at", func(r *pool.Removal) *time.Time { return &r.CreatedAt }),
)
