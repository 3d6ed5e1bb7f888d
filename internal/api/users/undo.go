package users

import (
	"context"

	"poolhouse.dev/internal/code"
	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/watch"
)

// UndoEmailChange takes the token of the link that an address was sent when it
// stopped being a user's: the address is the user's again, verified, and every
// sign-in of the user ends. The token is good once. The faults are
// ExpiredCodeException for every link that is of no use, and AliasExistsException
// where the address names another user by now.
func (a *API) UndoEmailChange(ctx context.Context, poolID pool.ID, sub user.Sub, token string) error {
	stale := fault.ExpiredCode(user.ExpiredCodeText)
	p, err := a.Directory.Pool(ctx, poolID)
	switch {
	case fault.As(err) != nil, err == nil && !a.Watch.Undoes():
		return stale
	case err != nil:
		return err
	}
	var right, pending *user.Code
	rows := func(sub user.Sub, id pool.ID) []row.Row {
		right = &user.Code{PoolID: id, Sub: sub, Purpose: user.PurposeUndo}
		pending = &user.Code{PoolID: id, Sub: sub, Purpose: user.VerifyPurpose(pool.AttrEmail)}
		return []row.Row{right, pending}
	}
	var note *watch.Note
	err = a.Subjects.InLane(ctx, p, sub, rows, func(ctx context.Context, p *pool.Pool, u *user.User) error {
		if err := a.Codes.Judge(right, token); err != nil {
			return stale
		}
		d, err := user.DecideUndo(p, u, right, a.Now())
		if err != nil {
			return err
		}
		set := store.NewChangeSet()
		set.Update(d.User)
		set.Delete(right)
		if pending.Stored() {
			set.Delete(pending)
		}
		directory.AddClaims(set, d)
		// The address had the right, so it is none of the user's own changes that
		// could be undone in turn.
		if note, err = a.Watch.Note(ctx, set, watch.Event{Pool: p, Before: u, After: d.User, Operation: code.UndoOperation}); err != nil {
			return err
		}
		return a.commit(ctx, p, u, set)
	})
	if f := fault.As(err); f != nil && f.Is(fault.UserNotFound("")) {
		return stale
	}
	if err == nil {
		a.Watch.Tell(ctx, note)
	}
	return err
}
