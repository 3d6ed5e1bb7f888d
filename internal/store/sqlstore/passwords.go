package sqlstore

import (
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
)

var passwordHistory = describe(user.TablePasswordHistory,
	keyed(text("pool_id", func(h *user.PasswordHistory) *pool.ID { return &h.PoolID })),
	sharded(byUser, text("sub", func(h *user.PasswordHistory) *user.Sub { return &h.Sub })),
	blob("verifiers", func(h *user.PasswordHistory) *[]byte { return &h.Verifiers }),
)
