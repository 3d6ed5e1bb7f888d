package recovery

import (
	"context"

	"poolhouse.dev/internal/code"
	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/outbox"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/wire"
)

// AdminResetUserPassword voids a user's password and sends the code with which
// the user sets another. Until then neither the old password nor a token of the
// user's is good. A message that cannot be delivered leaves it so; another code
// can be asked for.
func (a *API) AdminResetUserPassword(ctx context.Context, in *wire.AdminResetUserPasswordRequest) (*wire.AdminResetUserPasswordResponse, error) {
	p, err := a.Directory.Pool(ctx, pool.ID(*in.UserPoolId))
	if err != nil {
		return nil, err
	}
	named, err := a.Directory.ExistingUser(ctx, p, *in.Username)
	if err != nil {
		return nil, err
	}
	if err := a.AllowUser(string(named.Sub), true); err != nil {
		return nil, err
	}
	order, err := user.RecoveryOrder(p)
	if err != nil {
		return nil, err
	}
	custom := a.Codes.Custom(notify.ForgotPassword, "", in.ClientMetadata)
	var message *outbox.Pending
	err = a.inLane(ctx, p, named.Sub, user.AttemptForgot, custom, func(ctx context.Context, r *reading) error {
		contact, err := user.DecideAdminReset(p, r.user, order)
		if err != nil {
			return err
		}
		set := store.NewChangeSet()
		if message, err = a.issue(set, r, contact, custom); err != nil {
			return code.RefusedFor(err)
		}
		after := r.user.Clone()
		after.Status = user.ResetRequired
		after.ModifiedAt = a.Now()
		set.Update(after)
		return a.Store.Commit(ctx, set)
	})
	if err != nil {
		return nil, err
	}
	if err := a.Outbox.Deliver(ctx, message); err != nil {
		return nil, code.RefusedFor(err)
	}
	return &wire.AdminResetUserPasswordResponse{}, nil
}
