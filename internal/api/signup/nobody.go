package signup

import (
	"context"

	"poolhouse.dev/internal/code"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/wire"
)

// pretendToSend answers as if a new code had been sent to name, and counts it
// against the hourly cap. found says that the name is a user's, who is not to
// get one.
func (a *API) pretendToSend(ctx context.Context, p *pool.Pool, name string, found bool) (*wire.CodeDeliveryDetailsType, error) {
	contact := a.Decoy.Contact(p, name, verifiedInOrder(p))
	sub := a.Directory.Nobody(p, name)
	if !found {
		if err := a.Decoy.Read(ctx, p, sub); err != nil {
			return nil, err
		}
	}
	if _, err := a.Decoy.Try(ctx, p, sub, user.AttemptResend, user.PurposeSignUp, nil); err != nil {
		return nil, err
	}
	if err := a.Decoy.Sent(ctx, p, sub); err != nil {
		return nil, err
	}
	return details(code.DeliveryOf(contact)), nil
}

// verifiedInOrder returns the attributes that the pool verifies by itself, in
// the order in which sign-up chooses among them.
func verifiedInOrder(p *pool.Pool) (list []string) {
	for _, attr := range []string{pool.AttrPhone, pool.AttrEmail} {
		if p.IsAutoVerified(attr) {
			list = append(list, attr)
		}
	}
	return list
}

// confirmNobody refuses a code for a name that nobody has as it refuses one
// for a user without a code.
func (a *API) confirmNobody(ctx context.Context, p *pool.Pool, name string) error {
	sub := a.Directory.Nobody(p, name)
	if err := a.Decoy.Read(ctx, p, sub); err != nil {
		return err
	}
	if _, err := a.Decoy.Try(ctx, p, sub, user.AttemptConfirm, user.PurposeSignUp, nil); err != nil {
		return err
	}
	return fault.ExpiredCode(user.ExpiredCodeText)
}
