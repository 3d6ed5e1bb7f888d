package signin

import (
	"context"
	"strings"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/token"
	"poolhouse.dev/internal/trigger"
	"poolhouse.dev/internal/user"
)

// Triggers take their time, and are called outside of the user's lane.

// mayTry asks the pool's trigger whether somebody may try to sign in; u is nil for a
// name that nobody has. The metadata of the request becomes the event's
// validationData.
func (m *Machine) mayTry(ctx context.Context, r Request, username string, u *user.User) error {
	o := trigger.Occasion{Pool: r.Pool, ClientID: r.Client.ID, ClientMetadata: r.Metadata}
	return m.Triggers.PreAuthentication(ctx, o, username, u, r.Client.HidesUsers())
}

// grant makes the tokens of a session that is stored. The pool's triggers are called
// first, and nobody gets them when one fails.
func (m *Machine) grant(ctx context.Context, n *next) (*Outcome, error) {
	if err := m.Triggers.PostAuthentication(ctx, n.way.occasion(), n.user, n.device != nil); err != nil {
		return nil, err
	}
	source := trigger.TokensAtSignIn
	switch {
	case n.way.Device:
		source = trigger.TokensByDevice
	case n.way.NewPassword:
		source = trigger.TokensAtNewPassword
	}
	c, err := m.contentOf(ctx, n.way, source, n.user, n.session)
	if err != nil {
		return nil, err
	}
	tokens, err := m.sign(ctx, n.way, n.user, n.session, c, true)
	if err != nil {
		return nil, err
	}
	return &Outcome{Tokens: tokens, NewDevice: n.device}, nil
}

// content is what goes into tokens beside the user and the session.
type content struct {
	groups  []*pool.Group
	changes *trigger.ClaimChanges
}

// contentOf asks for the content of tokens, the pool's trigger included.
func (m *Machine) contentOf(ctx context.Context, w way, source string, u *user.User, s *user.Session) (c content, err error) {
	if c.groups, err = m.Directory.GroupsOf(ctx, u); err != nil {
		return c, err
	}
	c.changes, err = m.Triggers.PreTokenGeneration(ctx, w.occasion(), trigger.TokenRequest{
		Source: source, User: u, Groups: c.groups, Scopes: strings.Fields(s.Scope),
	})
	return c, err
}

// sign makes tokens.
func (m *Machine) sign(ctx context.Context, w way, u *user.User, s *user.Session, c content, refresh bool) (*token.Tokens, error) {
	tokens, err := m.Issuer.Mint(ctx, token.MintInput{
		Pool: w.Pool, Client: w.Client, User: u, Session: s, Groups: c.groups, WithRefresh: refresh, Changes: c.changes,
	})
	if err != nil {
		return nil, err
	}
	return &tokens, nil
}
