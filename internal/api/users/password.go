package users

import (
	"context"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/token"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/wire"
)

// ChangePassword gives the user whose access token is given another password, with
// the present one as the proof that it is they. Without the right one the call is
// refused and counts as a failed sign-in, so that a stolen token is no way to guess;
// only a user who has no password gives none. Sign-ins go on.
//
// The attempt is committed before the password is looked at.
func (a *API) ChangePassword(ctx context.Context, in *wire.ChangePasswordRequest) (*wire.ChangePasswordResponse, error) {
	c := &passwordChange{api: a, previous: wire.Deref(in.PreviousPassword), proposed: *in.ProposedPassword}
	if err := a.Subjects.Self(ctx, *in.AccessToken, nil, c.fresh, c.try); err != nil {
		return nil, err
	}
	return &wire.ChangePasswordResponse{}, nil
}

// passwordChange is one ChangePassword on its way through the user's lane.
type passwordChange struct {
	api                *API
	previous, proposed string
	// calls are counted by the hour, guesses against the lockout.
	calls, guesses *user.Attempts
}

func (c *passwordChange) fresh(sub user.Sub, id pool.ID) []row.Row {
	c.calls = &user.Attempts{PoolID: id, Sub: sub, Kind: user.AttemptChangePassword}
	c.guesses = &user.Attempts{PoolID: id, Sub: sub, Kind: user.AttemptPassword}
	return []row.Row{c.calls, c.guesses}
}

func (c *passwordChange) try(ctx context.Context, g *token.Grant) error {
	a, u := c.api, g.User
	if err := pool.RefuseNewPassword(g.Pool); err != nil {
		return err
	}
	if reason := g.Pool.Settings.PasswordPolicy.Check(c.proposed); reason != "" {
		return fault.InvalidPassword("Password does not conform to policy: " + reason)
	}
	if err := c.calls.Take(a.Now()); err != nil {
		return err
	}
	if err := c.guesses.TakePassword(a.Now()); err != nil {
		return err
	}
	counted := store.NewChangeSet()
	counted.Put(c.calls)
	counted.Put(c.guesses)
	if err := a.Store.Commit(ctx, counted); err != nil {
		return err
	}
	place := directory.VerifierPlace(u)
	if u.Verifier != nil {
		right, err := a.Vault.CheckPassword(ctx, place, u.Verifier, string(u.PoolID), u.Username, c.previous)
		if err != nil {
			return err
		}
		if !right {
			return fault.NotAuthorized("Incorrect username or password.")
		}
	}
	verifier, err := a.Vault.NewVerifier(ctx, place, string(u.PoolID), u.Username, c.proposed)
	if err != nil {
		return err
	}
	d := user.DecidePassword(g.Pool, u, verifier, true, a.Now())
	set := store.NewChangeSet()
	set.Update(d.User)
	set.Drop(c.guesses)
	directory.AddClaims(set, d)
	return a.commit(ctx, g.Pool, u, set)
}
