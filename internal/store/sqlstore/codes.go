package sqlstore

import (
	"time"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
)

var codes = describe(user.TableCodes,
	keyed(text("pool_id", func(c *user.Code) *pool.ID { return &c.PoolID })),
	sharded(byUser, text("sub", func(c *user.Code) *user.Sub { return &c.Sub })),
	keyed(text("purpose", func(c *user.Code) *user.Purpose { return &c.Purpose })),
	text("id", func(c *user.Code) *string { return &c.ID }),
	text("attribute", func(c *user.Code) *string { return &c.Attribute }),
	text("target", func(c *user.Code) *string { return &c.Target }),
	flag("pending", func(c *user.Code) *bool { return &c.Pending }),
	blob("hash", func(c *user.Code) *[]byte { return &c.Hash }),
	indexed(moment("expires_at", func(c *user.Code) *time.Time { return &c.ExpiresAt })),
)
