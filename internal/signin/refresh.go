package signin

import (
	"context"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/token"
	"poolhouse.dev/internal/user"
)

// Texts of refused refresh tokens, from the service.
const (
	badRefresh     = "Invalid Refresh Token"
	expiredRefresh = "Refresh Token has expired"
	revokedRefresh = "Refresh Token has been revoked"
	// reusedRefresh is not the service's own text, which is not known.
	reusedRefresh = "Refresh Token has been used already"
)

// Refresh gives new ID and access tokens for a refresh token of the client,
// with the user's attributes as they are now. hash is the request's secret
// hash, over the user's real user name.
func (m *Machine) Refresh(ctx context.Context, p *pool.Pool, c *pool.Client, text string, hash *string) (*Outcome, error) {
	r, err := m.Issuer.OpenRefresh(text)
	if err != nil || r.PoolID != p.ID || r.ClientID != c.ID {
		return nil, fault.NotAuthorized(badRefresh)
	}
	u, s, err := m.session(ctx, r)
	if err != nil {
		return nil, err
	}
	if err := m.Directory.VerifySecretHash(c, hash, u.Username); err != nil {
		return nil, err
	}
	if err := m.judgeRefresh(p, u, s); err != nil {
		return nil, err
	}
	// A client whose tokens are exchanged cannot get here; one whose tokens were,
	// once, has to use the last of them.
	if s.Judge(r.Generation, 0, m.Now()) != user.RotationCurrent {
		return nil, fault.NotAuthorized(revokedRefresh)
	}
	return m.mint(ctx, p, c, u, s, false)
}

// judgeRefresh refuses a sign-in that gives no more tokens.
func (m *Machine) judgeRefresh(p *pool.Pool, u *user.User, s *user.Session) error {
	if err := pool.RefuseTokens(p); err != nil {
		return err
	}
	switch {
	case !u.Stored():
		return fault.UserNotFound(userUnknown)
	case u.Disabled:
		return fault.NotAuthorized(userDisabled)
	case !s.Alive(u):
		return fault.NotAuthorized(revokedRefresh)
	case !m.Now().Before(s.ExpiresAt):
		return fault.NotAuthorized(expiredRefresh)
	case u.Status == user.ResetRequired:
		return fault.PasswordResetRequired()
	}
	return nil
}

// Rotate is Refresh for clients that may have their refresh tokens exchanged: then a
// new one comes with the tokens, and the one given is good no more, or for a short
// time, in case the answer is lost. One that comes later was copied by somebody: the
// sign-in ends (RefreshTokenReuseException).
//
// The caller has authenticated the client.
func (m *Machine) Rotate(ctx context.Context, p *pool.Pool, c *pool.Client, text string) (*Outcome, error) {
	r, err := m.Issuer.OpenRefresh(text)
	if err != nil || r.PoolID != p.ID || r.ClientID != c.ID {
		return nil, fault.NotAuthorized(badRefresh)
	}
	var out *Outcome
	err = m.Lanes.Do(ctx, string(r.Sub), func(ctx context.Context) (err error) {
		out, err = m.exchange(ctx, p, c, r)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// exchange is Rotate in the user's lane.
func (m *Machine) exchange(ctx context.Context, p *pool.Pool, c *pool.Client, r token.Refresh) (*Outcome, error) {
	u, s, err := m.session(ctx, r)
	if err != nil {
		return nil, err
	}
	if err := m.judgeRefresh(p, u, s); err != nil {
		return nil, err
	}
	set := store.NewChangeSet()
	rotates := c.Rotates()
	switch s.Judge(r.Generation, c.RotationGrace(), m.Now()) {
	case user.RotationReused:
		s.Revoked = true
		set.Update(s)
		if err := m.Store.Commit(ctx, set); err != nil {
			return nil, err
		}
		return nil, fault.RefreshTokenReuse(reusedRefresh)
	case user.RotationCurrent:
		if !rotates {
			break
		}
		s.Generation++
		s.RotatedAt = m.Now()
		set.Update(s)
		if err := m.Store.Commit(ctx, set); err != nil {
			return nil, err
		}
	case user.RotationRetried:
	}
	return m.mint(ctx, p, c, u, s, rotates)
}

func (m *Machine) session(ctx context.Context, r token.Refresh) (*user.User, *user.Session, error) {
	u := &user.User{PoolID: r.PoolID, Sub: r.Sub}
	s := &user.Session{PoolID: r.PoolID, Sub: r.Sub, ID: r.SessionID}
	return u, s, m.Store.Read(ctx, u, s)
}
