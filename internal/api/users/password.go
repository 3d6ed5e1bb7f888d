package users

import (
	"bytes"
	"context"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/guard"
	"poolhouse.dev/internal/passwords"
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
// The attempt is committed before the password is looked at. The new one is judged by
// what the user had before outside of the user's lane, since that takes long.
func (a *API) ChangePassword(ctx context.Context, in *wire.ChangePasswordRequest) (*wire.ChangePasswordResponse, error) {
	c := &passwordChange{api: a, previous: wire.Deref(in.PreviousPassword), proposed: *in.ProposedPassword}
	if err := a.Subjects.Self(ctx, *in.AccessToken, nil, c.fresh, c.try); err != nil {
		return nil, err
	}
	visit := guard.VisitOf(ctx, c.proven.Client, nil)
	if err := a.Guard.Admit(ctx, c.proven.Pool, c.proven.Client.ID, pool.RiskPasswordChange, visit, c.proposed); err != nil {
		return nil, err
	}
	chosen, err := a.Passwords.Choose(ctx, c.proven.Pool, c.proven.User, c.proposed)
	if err != nil {
		return nil, err
	}
	c.chosen = chosen
	if err := a.Subjects.Self(ctx, *in.AccessToken, nil, nil, c.set); err != nil {
		return nil, err
	}
	a.Guard.Note(ctx, c.proven.Pool, c.proven.Client.ID, c.proven.User, visit, user.EventPasswordChange)
	return &wire.ChangePasswordResponse{}, nil
}

// passwordChange is one ChangePassword on its way through the user's lane.
type passwordChange struct {
	api                *API
	previous, proposed string
	// calls are counted by the hour, guesses against the lockout.
	calls, guesses *user.Attempts
	// proven is the user as the previous password was right for.
	proven token.Grant
	chosen *passwords.Choice
}

func (c *passwordChange) fresh(sub user.Sub, id pool.ID) []row.Row {
	c.calls = &user.Attempts{PoolID: id, Sub: sub, Kind: user.AttemptChangePassword}
	c.guesses = &user.Attempts{PoolID: id, Sub: sub, Kind: user.AttemptPassword}
	return []row.Row{c.calls, c.guesses}
}

// try counts the call and judges the previous password.
func (c *passwordChange) try(ctx context.Context, g *token.Grant) error {
	a := c.api
	if err := a.Passwords.Check(g.Pool, passwords.AtChange, c.proposed); err != nil {
		return err
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
	c.proven = *g
	return c.prove(ctx, g.User)
}

// prove refuses a previous password that is not the user's.
func (c *passwordChange) prove(ctx context.Context, u *user.User) error {
	if u.Verifier == nil {
		return nil
	}
	right, err := c.api.Vault.CheckPassword(ctx, directory.VerifierPlace(u), u.Verifier, string(u.PoolID), u.Username, c.previous)
	if err == nil && !right {
		err = fault.NotAuthorized("Incorrect username or password.")
	}
	return err
}

// set gives the user the new password. When another one was set since the previous
// password was proved, that must be right for it, too.
func (c *passwordChange) set(ctx context.Context, g *token.Grant) error {
	a, u := c.api, g.User
	if !bytes.Equal(u.Verifier, c.proven.User.Verifier) {
		if err := c.prove(ctx, u); err != nil {
			return err
		}
	}
	d := user.DecidePassword(g.Pool, u, c.chosen.Verifier, true, a.Now())
	set := store.NewChangeSet()
	set.Update(d.User)
	set.Drop(c.guesses)
	if err := c.chosen.Keep(ctx, set, u); err != nil {
		return err
	}
	directory.AddClaims(set, d)
	return a.commit(ctx, g.Pool, u, set)
}
