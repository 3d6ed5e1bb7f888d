package signin

import (
	"context"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/totp"
	"poolhouse.dev/internal/user"
)

// SoftwareTokenMFA is the challenge for a code of the user's software token.
const SoftwareTokenMFA = user.FactorTOTP

// Texts of refused codes of a software token, from the service.
const (
	wrongTOTP = "Invalid code received for user"
	usedTOTP  = "Your software token has already been used once."
)

// repeatTOTP answers SOFTWARE_TOKEN_MFA.
func (m *Machine) repeatTOTP(ctx context.Context, r Request, session string, responses map[string]string) (*Outcome, error) {
	s, _, err := m.resume(ctx, r, SoftwareTokenMFA, session, responses["USERNAME"])
	if err != nil {
		return nil, err
	}
	return m.inLane(ctx, s.Sub, func(ctx context.Context) (*next, error) {
		return m.judgeTOTP(ctx, r, s, responses["SOFTWARE_TOKEN_MFA_CODE"])
	})
}

// judgeTOTP is repeatTOTP in the user's lane. Each code counts once, by the change of
// the token's row that is committed with the answer.
func (m *Machine) judgeTOTP(ctx context.Context, r Request, s step, text string) (*next, error) {
	u, spent := s.rows()
	device := &user.SoftwareToken{PoolID: s.PoolID, Sub: s.Sub}
	attempts := &user.Attempts{PoolID: s.PoolID, Sub: s.Sub, Kind: user.AttemptPassword}
	if err := m.Store.Read(ctx, u, spent, device, attempts); err != nil {
		return nil, err
	}
	if err := s.judge(u, spent); err != nil {
		return nil, err
	}
	if !u.Factors.HasToken || device.Secret == nil {
		return nil, fault.NotAuthorized(badSession)
	}
	secret, err := m.Vault.Open(directory.PlaceOf(device, "secret"), device.Secret)
	if err != nil {
		return nil, err
	}
	t, err := m.count(ctx, attempts)
	if err != nil {
		return nil, err
	}
	at, ok := totp.Match(secret, text, m.Now())
	switch {
	case !ok:
		m.failed(ctx, s.way(r), u, user.EventMFA)
		return nil, fault.CodeMismatch(wrongTOTP)
	case at <= device.LastStep:
		return nil, fault.ExpiredCode(usedTOTP)
	}
	device.LastStep = at
	set := store.NewChangeSet()
	set.Update(device)
	w := s.way(r)
	w.passed(SoftwareTokenMFA)
	n, err := m.advance(ctx, w, u, t, set, spent)
	if n != nil {
		n.answered = user.EventMFA
	}
	return n, err
}
