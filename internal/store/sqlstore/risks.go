package sqlstore

import (
	"time"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
)

var risks = describe(pool.TableRisks,
	sharded(byPool, text("pool_id", func(c *pool.RiskConfiguration) *pool.ID { return &c.PoolID })),
	keyed(text("client_id", func(c *pool.RiskConfiguration) *pool.ClientID { return &c.ClientID })),
	document("settings", func(c *pool.RiskConfiguration) *pool.RiskSettings { return &c.Settings }),
	moment("modified_at", func(c *pool.RiskConfiguration) *time.Time { return &c.ModifiedAt }),
)

// authEvents has a column that brings a user's events into their order, the newest
// first, since queries only go up.
var authEvents = describe(user.TableAuthEvents,
	keyed(text("pool_id", func(e *user.AuthEvent) *pool.ID { return &e.PoolID })),
	sharded(byUser, text("sub", func(e *user.AuthEvent) *user.Sub { return &e.Sub })),
	keyed(text("id", func(e *user.AuthEvent) *string { return &e.ID })),
	indexed(derived(user.ColumnNewest, func(e *user.AuthEvent) any { return e.Newest() })),
	text("type", func(e *user.AuthEvent) *user.AuthEventType { return &e.Type }),
	text("client_id", func(e *user.AuthEvent) *pool.ClientID { return &e.ClientID }),
	text("response", func(e *user.AuthEvent) *user.AuthResponse { return &e.Response }),
	document("risk", func(e *user.AuthEvent) *user.AuthRisk { return &e.Risk }),
	document("challenges", func(e *user.AuthEvent) *[]user.AuthChallenge { return &e.Challenges }),
	document("context", func(e *user.AuthEvent) *user.AuthContext { return &e.Context }),
	document("feedback", func(e *user.AuthEvent) **user.AuthFeedback { return &e.Feedback }),
	moment("created_at", func(e *user.AuthEvent) *time.Time { return &e.CreatedAt }),
	indexed(moment("expires_at", func(e *user.AuthEvent) *time.Time { return &e.ExpiresAt })),
)
