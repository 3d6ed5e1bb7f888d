package signin

import (
	"context"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/token"
	"poolhouse.dev/internal/trigger"
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
func (m *Machine) Refresh(ctx context.Context, r Request, text string, hash *string) (*Outcome, error) {
	t, err := m.openRefresh(r, text)
	if err != nil {
		return nil, err
	}
	u, s, err := m.session(ctx, t)
	if err != nil {
		return nil, err
	}
	if err := m.Directory.VerifySecretHash(r.Client, hash, u.Username); err != nil {
		return nil, err
	}
	if err := m.judgeRefresh(r, u, s); err != nil {
		return nil, err
	}
	// A client whose tokens are exchanged cannot get here; one whose tokens were,
	// once, has to use the last of them.
	if s.Judge(t.Generation, 0, m.Now()) != user.RotationCurrent {
		return nil, fault.NotAuthorized(revokedRefresh)
	}
	w := begun(r)
	content, err := m.contentOf(ctx, w, trigger.TokensByRefresh, u, s)
	if err != nil {
		return nil, err
	}
	tokens, err := m.sign(ctx, w, u, s, content, false)
	if err != nil {
		return nil, err
	}
	return &Outcome{Tokens: tokens}, nil
}

// openRefresh reads a refresh token of the client.
func (m *Machine) openRefresh(r Request, text string) (token.Refresh, error) {
	t, err := m.Issuer.OpenRefresh(text)
	if err != nil || t.PoolID != r.Pool.ID || t.ClientID != r.Client.ID {
		return t, fault.NotAuthorized(badRefresh)
	}
	return t, nil
}

// judgeRefresh refuses a sign-in that gives no more tokens. One that is bound to a
// device gives them to that device only.
func (m *Machine) judgeRefresh(r Request, u *user.User, s *user.Session) error {
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
	case !s.RefreshableBy(r.DeviceKey) && (r.Pool.Settings.Devices != nil || s.DeviceKey == user.ForgottenDevice):
		return fault.NotAuthorized(badRefresh)
	}
	return nil
}

// Rotate is Refresh for clients that may have their refresh tokens exchanged: then a
// new one comes with the tokens, and the one given is good no more, or for a short
// time, in case the answer is lost. One that comes later was copied by somebody: the
// sign-in ends (RefreshTokenReuseException).
//
// The caller has authenticated the client.
func (m *Machine) Rotate(ctx context.Context, r Request, text string) (*Outcome, error) {
	t, err := m.openRefresh(r, text)
	if err != nil {
		return nil, err
	}
	u, s, err := m.session(ctx, t)
	if err != nil {
		return nil, err
	}
	if err := m.judgeRefresh(r, u, s); err != nil {
		return nil, err
	}
	// The trigger comes before the exchange: when it fails, the token is still good.
	w := way{Request: r}
	var c content
	if s.Judge(t.Generation, r.Client.RotationGrace(), m.Now()) != user.RotationReused {
		if c, err = m.contentOf(ctx, w, trigger.TokensByRefresh, u, s); err != nil {
			return nil, err
		}
	}
	err = m.Lanes.Do(ctx, string(t.Sub), func(ctx context.Context) (err error) {
		u, s, err = m.exchange(ctx, r, t)
		return err
	})
	if err != nil {
		return nil, err
	}
	tokens, err := m.sign(ctx, w, u, s, c, r.Client.Rotates())
	if err != nil {
		return nil, err
	}
	return &Outcome{Tokens: tokens}, nil
}

// exchange is Rotate in the user's lane.
func (m *Machine) exchange(ctx context.Context, r Request, t token.Refresh) (*user.User, *user.Session, error) {
	u, s, err := m.session(ctx, t)
	if err != nil {
		return nil, nil, err
	}
	if err := m.judgeRefresh(r, u, s); err != nil {
		return nil, nil, err
	}
	set := store.NewChangeSet()
	switch s.Judge(t.Generation, r.Client.RotationGrace(), m.Now()) {
	case user.RotationReused:
		s.Revoked = true
		set.Update(s)
		if err := m.Store.Commit(ctx, set); err != nil {
			return nil, nil, err
		}
		return nil, nil, fault.RefreshTokenReuse(reusedRefresh)
	case user.RotationCurrent:
		if !r.Client.Rotates() {
			break
		}
		s.Generation++
		s.RotatedAt = m.Now()
		set.Update(s)
		if err := m.Store.Commit(ctx, set); err != nil {
			return nil, nil, err
		}
	case user.RotationRetried:
	}
	return u, s, nil
}

func (m *Machine) session(ctx context.Context, t token.Refresh) (*user.User, *user.Session, error) {
	u := &user.User{PoolID: t.PoolID, Sub: t.Sub}
	s := &user.Session{PoolID: t.PoolID, Sub: t.Sub, ID: t.SessionID}
	return u, s, m.Store.Read(ctx, u, s)
}
