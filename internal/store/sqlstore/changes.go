package sqlstore

import (
	"time"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
)

var changes = describe(user.TableChanges,
	keyed(text("pool_id", func(c *user.Change) *pool.ID { return &c.PoolID })),
	sharded(byUser, text("sub", func(c *user.Change) *user.Sub { return &c.Sub })),
	keyed(text("id", func(c *user.Change) *string { return &c.ID })),
	moment("changed_at", func(c *user.Change) *time.Time { return &c.At }),
	text("operation", func(c *user.Change) *string { return &c.Operation }),
	text("client_id", func(c *user.Change) *pool.ClientID { return &c.ClientID }),
	text("access_key_id", func(c *user.Change) *string { return &c.AccessKeyID }),
	document("hashes", func(c *user.Change) *[]user.ChangedValue { return &c.Values }),
	indexed(moment("expires_at", func(c *user.Change) *time.Time { return &c.ExpiresAt })),
)
