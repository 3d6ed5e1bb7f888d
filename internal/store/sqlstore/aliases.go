package sqlstore

import (
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
)

var aliases = describe(user.TableAliases,
	keyed(text("pool_id", func(a *user.Alias) *pool.ID { return &a.PoolID })),
	keyed(text("kind", func(a *user.Alias) *user.AliasKind { return &a.Kind })),
	sharded(alone, text("alias_key", func(a *user.Alias) *string { return &a.Key })),
	text("sub", func(a *user.Alias) *user.Sub { return &a.Sub }),
	number("key_version", func(a *user.Alias) *int { return &a.KeyVersion }),
)
