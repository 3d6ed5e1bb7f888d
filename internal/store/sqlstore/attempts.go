package sqlstore

import (
	"time"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
)

var attempts = describe(user.TableAttempts,
	keyed(text("pool_id", func(a *user.Attempts) *pool.ID { return &a.PoolID })),
	sharded(byUser, text("sub", func(a *user.Attempts) *user.Sub { return &a.Sub })),
	keyed(text("kind", func(a *user.Attempts) *user.AttemptKind { return &a.Kind })),
	number("tries", func(a *user.Attempts) *int { return &a.Count }),
	moment("since", func(a *user.Attempts) *time.Time { return &a.Since }),
	moment("locked_until", func(a *user.Attempts) *time.Time { return &a.LockedUntil }),
	indexed(moment("expires_at", func(a *user.Attempts) *time.Time { return &a.ExpiresAt })),
)
