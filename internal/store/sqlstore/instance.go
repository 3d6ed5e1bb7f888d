package sqlstore

import (
	"time"

	"poolhouse.dev/internal/instance"
)

var material = describe(instance.TableMaterial,
	sharded(alone, text("name", func(m *instance.Material) *string { return &m.Name })),
	blob("value", func(m *instance.Material) *[]byte { return &m.Value }),
)

var accessKeys = describe(instance.TableAccessKeys,
	sharded(alone, text("id", func(k *instance.AccessKey) *string { return &k.ID })),
	blob("secret", func(k *instance.AccessKey) *[]byte { return &k.SealedSecret }),
	moment("created_at", func(k *instance.AccessKey) *time.Time { return &k.CreatedAt }),
)
