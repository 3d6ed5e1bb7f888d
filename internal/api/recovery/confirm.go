package recovery

import (
	"context"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/guard"
	"poolhouse.dev/internal/passwords"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/trigger"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/wire"
)

// ConfirmForgotPassword sets a new password for whoever has the code that
// ForgotPassword or AdminResetUserPassword sent. The user is confirmed, failed
// passwords are forgotten, and what is verified stays as it was.
//
// The attempt is committed before the code is looked at; the password is judged
// after it, and a code that was right for a bad password stays good.
func (a *API) ConfirmForgotPassword(ctx context.Context, in *wire.ConfirmForgotPasswordRequest) (*wire.ConfirmForgotPasswordResponse, error) {
	p, client, err := a.Directory.PublicClient(ctx, pool.ClientID(*in.ClientId), in.SecretHash, *in.Username)
	if err != nil {
		return nil, err
	}
	ctx = directory.Evenly(ctx, client)
	u, err := a.Directory.User(ctx, p, *in.Username)
	if err != nil {
		return nil, err
	}
	if refusal := confirmable(u); refusal != nil {
		if client.HidesUsers() {
			refusal = a.refuseAsWrong(ctx, p, *in.Username, *in.ConfirmationCode, u)
		}
		return nil, refusal
	}
	proven, err := a.prove(ctx, p, u.Sub, *in.ConfirmationCode)
	if err != nil {
		return nil, err
	}
	if err := a.Passwords.Check(p, passwords.AtChange, *in.Password); err != nil {
		return nil, err
	}
	visit := guard.VisitOf(ctx, client, in.UserContextData)
	if err := a.Guard.Admit(ctx, p, client.ID, pool.RiskPasswordChange, visit, *in.Password); err != nil {
		return nil, err
	}
	// The slow part comes outside the user's lane.
	chosen, err := a.Passwords.Choose(ctx, p, u, *in.Password)
	if err != nil {
		return nil, err
	}
	after, err := a.setPassword(ctx, p, u.Sub, proven, chosen)
	if err != nil {
		return nil, err
	}
	a.Guard.Note(ctx, p, client.ID, after, visit, user.EventPasswordChange)
	occasion := trigger.Occasion{Pool: p, ClientID: client.ID, ClientMetadata: in.ClientMetadata}
	if err := a.Triggers.PostConfirmation(ctx, occasion, trigger.ConfirmForgotPassword, after); err != nil {
		return nil, err
	}
	return &wire.ConfirmForgotPasswordResponse{}, nil
}

// confirmable refuses who cannot have been sent a code. u is nil for a name that
// nobody has.
func confirmable(u *user.User) error {
	switch {
	case u == nil:
		return fault.UserNotFound(unknownUser)
	case u.Disabled:
		return fault.NotAuthorized("User is disabled.")
	case u.Status == user.Unconfirmed:
		return fault.UserNotConfirmed()
	}
	return nil
}

// prove counts an attempt and judges the code. It returns the id of the code
// that was right.
func (a *API) prove(ctx context.Context, p *pool.Pool, sub user.Sub, text string) (id string, err error) {
	err = a.inLane(ctx, p, sub, user.AttemptReset, nil, func(ctx context.Context, r *reading) error {
		if err := r.attempts.Take(a.Now()); err != nil {
			return err
		}
		counted := store.NewChangeSet()
		counted.Put(r.attempts)
		if err := a.Store.Commit(ctx, counted); err != nil {
			return err
		}
		id = r.code.ID
		return a.Codes.Judge(r.code, text)
	})
	return id, err
}

// setPassword uses up the code that was proven. Another request that used it, or
// a newer code, came first when it is not the current one any more. The user is
// returned as it is afterwards.
func (a *API) setPassword(ctx context.Context, p *pool.Pool, sub user.Sub, proven string, chosen *passwords.Choice) (after *user.User, err error) {
	err = a.inLane(ctx, p, sub, user.AttemptPassword, nil, func(ctx context.Context, r *reading) error {
		if !r.code.Usable(a.Now()) || r.code.ID != proven {
			return fault.ExpiredCode(user.ExpiredCodeText)
		}
		if err := confirmable(r.user); err != nil {
			return err
		}
		d := user.DecidePassword(p, r.user, chosen.Verifier, true, a.Now())
		set := store.NewChangeSet()
		set.Update(d.User)
		if err := chosen.Keep(ctx, set, r.user); err != nil {
			return err
		}
		set.Delete(r.code)
		set.Drop(r.attempts)
		directory.AddClaims(set, d)
		after = d.User
		return a.Store.Commit(ctx, set)
	})
	return after, err
}

// refuseAsWrong refuses any code for a name whose user cannot use one as it
// refuses a wrong one: there is something to be wrong about once a code was
// asked for. u is the user of the name, or nil.
func (a *API) refuseAsWrong(ctx context.Context, p *pool.Pool, name, text string, u *user.User) error {
	sub, err := a.standIn(ctx, p, name, u)
	if err != nil {
		return err
	}
	c, err := a.Decoy.Try(ctx, p, sub, user.AttemptReset, user.PurposeReset, nil)
	if err != nil {
		return err
	}
	if err := a.Codes.Judge(c, text); err != nil {
		return err
	}
	return fault.CodeMismatch(user.CodeMismatchText)
}
