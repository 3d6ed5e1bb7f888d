package sqlstore

import (
	"time"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
)

var spent = describe(user.TableSpent,
	keyed(text("pool_id", func(s *user.SpentChallenge) *pool.ID { return &s.PoolID })),
	sharded(byUser, text("sub", func(s *user.SpentChallenge) *user.Sub { return &s.Sub })),
	keyed(text("id", func(s *user.SpentChallenge) *string { return &s.ID })),
	indexed(moment("expires_at", func(s *user.SpentChallenge) *time.Time { return &s.ExpiresAt })),
)
