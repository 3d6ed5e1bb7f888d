package signup

import (
	"context"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/trigger"
	"poolhouse.dev/internal/user"
)

// longest is how long, in bytes, a member of a link may be; the longest that this
// server makes are user names of 128 characters.
const longest = 512

// ConfirmByLink is ConfirmSignUp for the person who opened the link of a sign-up,
// which has no secret hash. Whether the name is nobody's or a user's who has no
// use for the code is not told: the fault is ExpiredCodeException for both.
// Other faults are those of ConfirmSignUp.
func (a *API) ConfirmByLink(ctx context.Context, clientID pool.ClientID, username, code string) error {
	stale := fault.ExpiredCode(user.ExpiredCodeText)
	if username == "" || len(username) > longest || len(clientID) > longest || len(code) > longest {
		return stale
	}
	p, client, err := a.Directory.Client(ctx, clientID)
	if err != nil {
		if fault.As(err) != nil {
			return stale
		}
		return err
	}
	if !p.ConfirmsByLink() {
		return stale
	}
	named, err := a.Directory.User(ctx, p, username)
	switch {
	case err != nil:
		return err
	case named == nil:
		return a.confirmNobody(ctx, p, username, code, false)
	case named.Disabled, named.Status != user.Unconfirmed:
		return stale
	}
	c := &confirmation{api: a, pool: p, sub: named.Sub, text: code}
	return c.run(ctx, trigger.Occasion{Pool: p, ClientID: client.ID})
}
