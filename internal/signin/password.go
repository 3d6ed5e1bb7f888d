package signin

import (
	"context"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
)

// Password signs a user in with a user name and a password. The order of
// checks is: user, enabled, the pool's trigger, lockout, password, status.
func (m *Machine) Password(ctx context.Context, r Request, username, password string) (*Outcome, error) {
	u, err := m.Directory.User(ctx, r.Pool, username)
	if err != nil {
		return nil, err
	}
	if u == nil {
		if u, err = m.migrate(ctx, r, username, password); err != nil {
			return nil, err
		}
	}
	if u == nil {
		return nil, m.unknown(ctx, r, username, password)
	}
	if u.Disabled && !r.Client.HidesUsers() {
		return nil, fault.NotAuthorized(userDisabled)
	}
	if err := m.AllowUser(string(u.Sub), false); err != nil {
		return nil, err
	}
	if err := m.mayTry(ctx, r, username, u); err != nil {
		return nil, err
	}
	return m.inLane(ctx, u.Sub, func(ctx context.Context) (*next, error) {
		return m.judge(ctx, begun(r), u.Sub, password, nil)
	})
}

// judge judges a password in the user's lane, from the user's row on. once is the
// challenge that it answers, nil for none.
func (m *Machine) judge(ctx context.Context, w way, sub user.Sub, password string, once *user.SpentChallenge) (*next, error) {
	u := &user.User{PoolID: w.Pool.ID, Sub: sub}
	attempts := &user.Attempts{PoolID: w.Pool.ID, Sub: sub, Kind: user.AttemptPassword}
	if err := m.Store.Read(ctx, u, attempts); err != nil {
		return nil, err
	}
	t, err := m.count(ctx, attempts)
	if err != nil {
		return nil, err
	}
	right, err := m.matches(ctx, w.Pool, u, password)
	if err != nil {
		return nil, err
	}
	if !right || u.Disabled {
		m.failed(ctx, w, u, user.EventPassword)
		return nil, fault.NotAuthorized(wrongPassword)
	}
	renewed, err := m.renew(ctx, w.Pool, u, password)
	if err != nil {
		return nil, err
	}
	w.Visit.Compromised = w.Event != "" && m.Guard.Knows(password)
	return m.afterPassword(ctx, w, u, renewed, t, once)
}

// renew returns the pool's own verifier of a password that was right by the hash of
// another system, nil for a user who has one.
func (m *Machine) renew(ctx context.Context, p *pool.Pool, u *user.User, password string) ([]byte, error) {
	place := directory.VerifierPlace(u)
	foreign, err := m.Vault.IsForeign(place, u.Verifier)
	if err != nil || !foreign {
		return nil, err
	}
	return m.Vault.NewVerifier(ctx, place, string(p.ID), u.Username, password)
}

// matches judges the password; a user without one never matches, at the same
// cost.
func (m *Machine) matches(ctx context.Context, p *pool.Pool, u *user.User, password string) (bool, error) {
	if u.Verifier == nil {
		return m.Vault.SimulatePassword(ctx, string(p.ID), u.Username, password)
	}
	return m.Vault.CheckPassword(ctx, directory.VerifierPlace(u), u.Verifier, string(p.ID), u.Username, password)
}

// unknown answers for a name that nobody has. Where the client hides that, it
// takes the way of a wrong password, counted on a made-up sub, so that neither
// the answer nor a lockout nor the work behind it tells the two apart.
func (m *Machine) unknown(ctx context.Context, r Request, username, password string) error {
	if !r.Client.HidesUsers() {
		return fault.UserNotFound(userUnknown)
	}
	sub := m.Directory.Nobody(r.Pool, username)
	if err := m.AllowUser(string(sub), false); err != nil {
		return err
	}
	if err := m.mayTry(ctx, r, username, nil); err != nil {
		return err
	}
	return m.Lanes.Do(ctx, string(sub), func(ctx context.Context) error {
		// The look-up of a known user reads the user once more than this one did.
		u := &user.User{PoolID: r.Pool.ID, Sub: sub, Username: username}
		if err := m.Store.Read(ctx, u); err != nil {
			return err
		}
		_, err := m.judge(ctx, begun(r), sub, password, nil)
		return err
	})
}
