package signup

import (
	"context"

	"poolhouse.dev/internal/code"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/outbox"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
)

// pretendToSend makes a code for name that nobody is told, counts it against the hourly
// cap, and returns its message. found says that the name is a user's, who is not to
// get one.
func (a *API) pretendToSend(ctx context.Context, p *pool.Pool, name string, contact user.CodeRequest, found bool, custom *code.Custom) (message *outbox.Pending, err error) {
	u := &user.User{PoolID: p.ID, Sub: a.Directory.Nobody(p, name), Username: name}
	if !found {
		if err := a.Decoy.Read(ctx, p, u.Sub); err != nil {
			return nil, err
		}
	}
	_, err = a.Decoy.Try(ctx, p, u.Sub, user.AttemptResend, user.PurposeSignUp, func(set *store.ChangeSet, current *user.Code) (err error) {
		message, err = a.Codes.Issue(set, code.Order{Pool: p, User: u, Current: current, Request: contact, Custom: custom, Life: user.SignUpLife, ForNobody: true})
		return err
	})
	return message, err
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

// confirmNobody refuses a code for a name that nobody has as it refuses a wrong one of a
// user: there is something to be wrong about once a code was asked for. found says that
// the name is a user's, who is not to be told.
func (a *API) confirmNobody(ctx context.Context, p *pool.Pool, name, text string, found bool) error {
	sub := a.Directory.Nobody(p, name)
	if !found {
		if err := a.Decoy.Read(ctx, p, sub); err != nil {
			return err
		}
	}
	current, err := a.Decoy.Try(ctx, p, sub, user.AttemptConfirm, user.PurposeSignUp, nil)
	if err != nil {
		return err
	}
	if err := a.Codes.Judge(current, text); err != nil {
		return err
	}
	return fault.CodeMismatch(user.CodeMismatchText)
}
