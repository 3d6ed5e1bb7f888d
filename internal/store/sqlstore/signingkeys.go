package sqlstore

import (
	"time"

	"poolhouse.dev/internal/pool"
)

var signingKeys = describe(pool.TableKeys,
	sharded(byPool, text("pool_id", func(k *pool.SigningKey) *pool.ID { return &k.PoolID })),
	keyed(text("kid", func(k *pool.SigningKey) *string { return &k.KID })),
	text("purpose", func(k *pool.SigningKey) *string { return &k.Use }),
	blob("private_key", func(k *pool.SigningKey) *[]byte { return &k.SealedKey }),
	blob("public_key", func(k *pool.SigningKey) *[]byte { return &k.PublicKey }),
	moment("created_at", func(k *pool.SigningKey) *time.Time { return &k.CreatedAt }),
	moment("signs_from", func(k *pool.SigningKey) *time.Time { return &k.SignsFrom }),
	moment("retires_at", func(k *pool.SigningKey) *time.Time { return &k.RetiresAt }),
)
