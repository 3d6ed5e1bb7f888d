package sqlstore

import (
	"time"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
)

var softwareTokens = describe(user.TableSoftwareTokens,
	keyed(text("pool_id", func(t *user.SoftwareToken) *pool.ID { return &t.PoolID })),
	sharded(byUser, text("sub", func(t *user.SoftwareToken) *user.Sub { return &t.Sub })),
	blob("secret", func(t *user.SoftwareToken) *[]byte { return &t.Secret }),
	blob("pending", func(t *user.SoftwareToken) *[]byte { return &t.Pending }),
	text("name", func(t *user.SoftwareToken) *string { return &t.Name }),
	number("last_step", func(t *user.SoftwareToken) *int64 { return &t.LastStep }),
)

var devices = describe(user.TableDevices,
	keyed(text("pool_id", func(d *user.Device) *pool.ID { return &d.PoolID })),
	sharded(byUser, text("sub", func(d *user.Device) *user.Sub { return &d.Sub })),
	keyed(text("device_key", func(d *user.Device) *string { return &d.Key })),
	text("group_key", func(d *user.Device) *string { return &d.GroupKey }),
	text("name", func(d *user.Device) *string { return &d.Name }),
	blob("verifier", func(d *user.Device) *[]byte { return &d.Verifier }),
	flag("remembered", func(d *user.Device) *bool { return &d.Remembered }),
	text("last_ip", func(d *user.Device) *string { return &d.LastIP }),
	moment("created_at", func(d *user.Device) *time.Time { return &d.CreatedAt }),
	moment("modified_at", func(d *user.Device) *time.Time { return &d.ModifiedAt }),
	moment("used_at", func(d *user.Device) *time.Time { return &d.UsedAt }),
)

var passkeys = describe(user.TablePasskeys,
	keyed(text("pool_id", func(k *user.Passkey) *pool.ID { return &k.PoolID })),
	sharded(byUser, text("sub", func(k *user.Passkey) *user.Sub { return &k.Sub })),
	keyed(text("id", func(k *user.Passkey) *string { return &k.ID })),
	text("name", func(k *user.Passkey) *string { return &k.Name }),
	blob("credential", func(k *user.Passkey) *[]byte { return &k.Credential }),
	number("sign_count", func(k *user.Passkey) *int64 { return &k.SignCount }),
	moment("created_at", func(k *user.Passkey) *time.Time { return &k.CreatedAt }),
)

var challenges = describe(user.TableChallenges,
	keyed(text("pool_id", func(c *user.Challenge) *pool.ID { return &c.PoolID })),
	sharded(byUser, text("sub", func(c *user.Challenge) *user.Sub { return &c.Sub })),
	keyed(text("id", func(c *user.Challenge) *string { return &c.ID })),
	blob("state", func(c *user.Challenge) *[]byte { return &c.State }),
	indexed(moment("expires_at", func(c *user.Challenge) *time.Time { return &c.ExpiresAt })),
)
