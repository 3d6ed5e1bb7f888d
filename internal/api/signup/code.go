package signup

import (
	"context"

	"poolhouse.dev/internal/code"
	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/guard"
	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/outbox"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/wire"
)

// issueCode makes a confirmation code the outstanding one and returns its message. One
// that was asked for again counts against the hourly cap.
func (a *API) issueCode(ctx context.Context, p *pool.Pool, u *user.User, contact user.CodeRequest, custom *code.Custom) (message *outbox.Pending, err error) {
	var current *user.Code
	var attempts *user.Attempts
	resent := custom.Kind() == notify.ResendCode
	issue := func(ctx context.Context, u *user.User) (err error) {
		set := store.NewChangeSet()
		if resent {
			if err := attempts.Take(a.Now()); err != nil {
				return err
			}
			set.Put(attempts)
		}
		message, err = a.Codes.Issue(set, code.Order{Pool: p, User: u, Current: current, Request: contact, Custom: custom, Life: user.SignUpLife})
		if err != nil {
			return err
		}
		return a.Store.Commit(ctx, set)
	}
	err = custom.Run(ctx, func() error {
		return a.inLane(ctx, p, u.Sub, issue, func() row.Row {
			current = &user.Code{PoolID: p.ID, Sub: u.Sub, Purpose: user.PurposeSignUp}
			return current
		}, func() row.Row {
			attempts = &user.Attempts{PoolID: p.ID, Sub: u.Sub, Kind: user.AttemptResend}
			return attempts
		})
	})
	return message, err
}

func details(d code.Delivery) *wire.CodeDeliveryDetailsType {
	return &wire.CodeDeliveryDetailsType{
		AttributeName:  wire.Ptr(d.Attribute),
		DeliveryMedium: wire.Ptr(wire.DeliveryMediumType(d.Medium)),
		Destination:    wire.Ptr(d.Destination),
	}
}

// ResendConfirmationCode sends an unconfirmed user a new code; the one before
// is void. Where the client hides users, everybody else gets an answer of the
// same form, whether they exist or not.
func (a *API) ResendConfirmationCode(ctx context.Context, in *wire.ResendConfirmationCodeRequest) (*wire.ResendConfirmationCodeResponse, error) {
	p, client, err := a.Directory.PublicClient(ctx, pool.ClientID(*in.ClientId), in.SecretHash, *in.Username)
	if err != nil {
		return nil, err
	}
	ctx = directory.Evenly(ctx, client)
	if len(p.Settings.AutoVerified) == 0 {
		return nil, fault.InvalidParameter("Cannot resend codes. Auto verification not turned on.")
	}
	u, err := a.Directory.User(ctx, p, *in.Username)
	if err != nil {
		return nil, err
	}
	pretended := a.Decoy.Contact(p, *in.Username, verifiedInOrder(p)) // for everybody: it takes its time
	contact, refusal := resendContact(p, u)
	custom := a.Codes.Custom(notify.ResendCode, client.ID, in.ClientMetadata)
	var message *outbox.Pending
	switch {
	case refusal == nil:
		a.Guard.Note(ctx, p, client.ID, u, guard.VisitOf(ctx, client, in.UserContextData), user.EventResendCode)
		message, err = a.issueCode(ctx, p, u, contact, custom)
	case client.HidesUsers():
		contact = pretended
		message, err = a.pretendToSend(ctx, p, *in.Username, contact, u != nil, custom)
	default:
		return nil, refusal
	}
	if err != nil {
		return nil, err
	}
	if err := a.Outbox.DeliverFor(ctx, client, message); err != nil {
		return nil, err
	}
	return &wire.ResendConfirmationCodeResponse{CodeDeliveryDetails: details(code.DeliveryOf(contact))}, nil
}

// resendContact returns where another code for u goes, or why none does. u is
// nil for a name that nobody has.
func resendContact(p *pool.Pool, u *user.User) (user.CodeRequest, error) {
	switch {
	case u == nil:
		return user.CodeRequest{}, fault.UserNotFound(unknownUser)
	case u.Disabled:
		return user.CodeRequest{}, fault.NotAuthorized("User is disabled.")
	case u.Status != user.Unconfirmed:
		return user.CodeRequest{}, fault.InvalidParameter("User is already confirmed.")
	}
	contact, sends := user.SignUpContact(p, u)
	if !sends {
		return contact, fault.InvalidParameter("The user has no e-mail address or phone number that a code could be sent to.")
	}
	return contact, nil
}
