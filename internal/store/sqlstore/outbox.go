package sqlstore

import (
	"time"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
)

var outbox = describe(user.TableOutbox,
	keyed(text("pool_id", func(o *user.Outgoing) *pool.ID { return &o.PoolID })),
	sharded(byUser, text("sub", func(o *user.Outgoing) *user.Sub { return &o.Sub })),
	keyed(text("id", func(o *user.Outgoing) *string { return &o.ID })),
	text("purpose", func(o *user.Outgoing) *user.Purpose { return &o.Purpose }),
	text("code_id", func(o *user.Outgoing) *string { return &o.CodeID }),
	blob("message", func(o *user.Outgoing) *[]byte { return &o.Sealed }),
	indexed(moment("leased_until", func(o *user.Outgoing) *time.Time { return &o.LeasedUntil })),
	number("tries", func(o *user.Outgoing) *int { return &o.Tries }),
	moment("created_at", func(o *user.Outgoing) *time.Time { return &o.CreatedAt }),
	indexed(moment("expires_at", func(o *user.Outgoing) *time.Time { return &o.ExpiresAt })),
)
