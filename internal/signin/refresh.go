package signin

import (
	"context"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/token"
	"poolhouse.dev/internal/user"
)

// Texts of refused refresh tokens, from the service.
const (
	badRefresh     = "Invalid Refresh Token"
	expiredRefresh = "Refresh Token has expired"
	revokedRefresh = "Refresh Token has been revoked"
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
	if err := pool.RefuseTokens(p); err != nil {
		return nil, err
	}
	switch {
	case !u.Stored():
		return nil, fault.UserNotFound(userUnknown)
	case u.Disabled:
		return nil, fault.NotAuthorized(userDisabled)
	case !s.Alive(u):
		return nil, fault.NotAuthorized(revokedRefresh)
	case !m.Now().Before(s.ExpiresAt):
		return nil, fault.NotAuthorized(expiredRefresh)
	case u.Status == user.ResetRequired:
		return nil, fault.PasswordResetRequired()
	}
	return m.mint(ctx, p, c, u, s, false)
}

func (m *Machine) session(ctx context.Context, r token.Refresh) (*user.User, *user.Session, error) {
	u := &user.User{PoolID: r.PoolID, Sub: r.Sub}
	s := &user.Session{PoolID: r.PoolID, Sub: r.Sub, ID: r.SessionID}
	return u, s, m.Store.Read(ctx, u, s)
}
