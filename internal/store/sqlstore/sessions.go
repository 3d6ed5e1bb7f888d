package sqlstore

import (
	"time"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
)

var sessions = describe(user.TableSessions,
	keyed(text("pool_id", func(s *user.Session) *pool.ID { return &s.PoolID })),
	sharded(byUser, text("sub", func(s *user.Session) *user.Sub { return &s.Sub })),
	keyed(text("id", func(s *user.Session) *string { return &s.ID })),
	text("origin_jti", func(s *user.Session) *string { return &s.OriginJTI }),
	text("client_id", func(s *user.Session) *pool.ClientID { return &s.ClientID }),
	number("epoch", func(s *user.Session) *int64 { return &s.Epoch }),
	flag("revoked", func(s *user.Session) *bool { return &s.Revoked }),
	text("scope", func(s *user.Session) *string { return &s.Scope }),
	moment("auth_time", func(s *user.Session) *time.Time { return &s.AuthTime }),
	indexed(moment("expires_at", func(s *user.Session) *time.Time { return &s.ExpiresAt })),
	number("generation", func(s *user.Session) *int64 { return &s.Generation }),
	moment("rotated_at", func(s *user.Session) *time.Time { return &s.RotatedAt }),
	text("device_key", func(s *user.Session) *string { return &s.DeviceKey }),
)
