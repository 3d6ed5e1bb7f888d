package signin

import (
	"context"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/trigger"
	"poolhouse.dev/internal/user"
)

// Triggers take their time, and are called outside of the user's lane.

// mayTry asks the pool's trigger whether somebody may try to sign in; u is nil for a
// name that nobody has. metadata is that of the request, and becomes the event's
// validationData.
func (m *Machine) mayTry(ctx context.Context, p *pool.Pool, c *pool.Client, username string, u *user.User, metadata map[string]string) error {
	o := trigger.Occasion{Pool: p, ClientID: c.ID, ClientMetadata: metadata}
	return m.Triggers.PreAuthentication(ctx, o, username, u, c.HidesUsers())
}

// told tells the pool's trigger of a sign-in, before anybody has its tokens; nobody
// gets them when it fails. metadata is that of the answer to a challenge.
func (m *Machine) told(ctx context.Context, p *pool.Pool, c *pool.Client, out *Outcome, metadata map[string]string) (*Outcome, error) {
	if out.Tokens == nil {
		return out, nil
	}
	o := trigger.Occasion{Pool: p, ClientID: c.ID, ClientMetadata: metadata}
	if err := m.Triggers.PostAuthentication(ctx, o, out.user); err != nil {
		return nil, err
	}
	return out, nil
}
