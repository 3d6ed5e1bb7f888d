package sqlstore

import (
	"time"

	"poolhouse.dev/internal/pool"
)

var clients = describe(pool.TableClients,
	sharded(alone, text("id", func(c *pool.Client) *pool.ClientID { return &c.ID })),
	indexed(text("pool_id", func(c *pool.Client) *pool.ID { return &c.PoolID })),
	text("name", func(c *pool.Client) *string { return &c.Name }),
	moment("created_at", func(c *pool.Client) *time.Time { return &c.CreatedAt }),
	moment("modified_at", func(c *pool.Client) *time.Time { return &c.ModifiedAt }),
	blob("secret", func(c *pool.Client) *[]byte { return &c.SealedSecret }),
	document("settings", func(c *pool.Client) *pool.ClientSettings { return &c.Settings }),
)
