package signin

import (
	"context"
	"slices"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
)

// confirmed is the challenge of the session that comes with the confirmation of a
// sign-up. It is no challenge of the service, and nothing answers it.
const confirmed = "CONFIRMED"

// SealConfirmation returns the session by which a user who has just confirmed the
// account with a code that went to attr can sign in without another one.
func (m *Machine) SealConfirmation(r Request, u *user.User, attr string) (string, error) {
	s := m.newStep(begun(r), u, confirmed)
	s.Target = attr
	return m.seal(s)
}

// AfterConfirmation begins a sign-in with the session of a confirmation: it ends in
// tokens where the pool lets users begin with a code sent to the same address, and
// goes on as any other where not.
func (m *Machine) AfterConfirmation(ctx context.Context, r Request, session, username string, c Choice) (*Outcome, error) {
	s, named, err := m.resume(ctx, r, confirmed, session, username)
	if err != nil {
		return nil, err
	}
	first := user.FirstSMS
	if s.Target == pool.AttrEmail {
		first = user.FirstEmail
	}
	if named == nil || named.Status != user.Confirmed || !slices.Contains(user.FirstFactors(r.Pool, named, false), first) {
		return m.BeginChoice(ctx, r, username, c)
	}
	if err := m.AllowUser(string(s.Sub), false); err != nil {
		return nil, err
	}
	if err := m.mayTry(ctx, r, username, named); err != nil {
		return nil, err
	}
	return m.inLane(ctx, s.Sub, func(ctx context.Context) (*next, error) {
		u, spent := s.rows()
		if err := m.Store.Read(ctx, u, spent); err != nil {
			return nil, err
		}
		if err := s.judge(u, spent); err != nil {
			return nil, err
		}
		return m.advance(ctx, begun(r), u, tries{}, store.NewChangeSet(), spent)
	})
}
