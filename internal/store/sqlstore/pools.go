package sqlstore

import (
	"time"

	"poolhouse.dev/internal/pool"
)

var pools = describe(pool.TablePools,
	sharded(byPool, text("id", func(p *pool.Pool) *pool.ID { return &p.ID })),
	indexed(text("region", func(p *pool.Pool) *string { return &p.Region })),
	text("account", func(p *pool.Pool) *string { return &p.Account }),
	text("name", func(p *pool.Pool) *string { return &p.Name }),
	moment("created_at", func(p *pool.Pool) *time.Time { return &p.CreatedAt }),
	moment("modified_at", func(p *pool.Pool) *time.Time { return &p.ModifiedAt }),
	document("settings", func(p *pool.Pool) *pool.Settings { return &p.Settings }),
)
