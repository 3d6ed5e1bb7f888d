package recovery

import (
	"context"

	"poolhouse.dev/internal/code"
	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/guard"
	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/outbox"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/signin"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/trigger"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/wire"
)

// ForgotPassword sends a code with which the user can set a new password; the
// code before it is void, and the old password stays good until then. Where the
// client hides users, everybody who cannot get one is answered in the same form
// as those who do, at the same cost, whether they exist or not.
func (a *API) ForgotPassword(ctx context.Context, in *wire.ForgotPasswordRequest) (*wire.ForgotPasswordResponse, error) {
	p, client, err := a.Directory.PublicClient(ctx, pool.ClientID(*in.ClientId), in.SecretHash, *in.Username)
	if err != nil {
		return nil, err
	}
	ctx = directory.Evenly(ctx, client)
	order, err := user.RecoveryOrder(p)
	if err != nil {
		return nil, err
	}
	u, err := a.Directory.User(ctx, p, *in.Username)
	if err != nil {
		return nil, err
	}
	if u == nil {
		// Somebody whom the pool does not know may be known to the directory behind it.
		r := signin.Request{Pool: p, Client: client, Metadata: in.ClientMetadata}
		if u, err = a.SignIn.Migrate(ctx, r, trigger.MigrateAtForgot, *in.Username, nil); err != nil {
			return nil, err
		}
	}
	pretended := a.Decoy.Contact(p, *in.Username, order) // for everybody: it takes its time
	contact, refusal := forgotContact(p, u, order)
	custom := a.Codes.Custom(notify.ForgotPassword, client.ID, in.ClientMetadata)
	var message *outbox.Pending
	switch {
	case refusal == nil:
		a.Guard.Note(ctx, p, client.ID, u, guard.VisitOf(ctx, client, in.UserContextData), user.EventForgotPassword)
		message, err = a.sendCode(ctx, p, u.Sub, order, &contact, custom)
	case client.HidesUsers():
		contact = pretended
		message, err = a.pretendToSend(ctx, p, *in.Username, contact, u, custom)
	default:
		return nil, refusal
	}
	if err != nil {
		return nil, err
	}
	if err := a.Outbox.DeliverFor(ctx, client, message); err != nil {
		return nil, err
	}
	return &wire.ForgotPasswordResponse{CodeDeliveryDetails: details(code.DeliveryOf(contact))}, nil
}

// forgotContact returns where a code for u goes, or why none does. u is nil for
// a name that nobody has.
func forgotContact(p *pool.Pool, u *user.User, order []string) (user.CodeRequest, error) {
	switch {
	case u == nil:
		return user.CodeRequest{}, fault.UserNotFound(unknownUser)
	case u.Disabled:
		return user.CodeRequest{}, fault.NotAuthorized("User is disabled.")
	}
	return user.DecideReset(p, u, order)
}

// sendCode makes a code the outstanding one, counts it, and returns its message; contact
// is where it goes.
func (a *API) sendCode(ctx context.Context, p *pool.Pool, sub user.Sub, order []string, contact *user.CodeRequest, custom *code.Custom) (message *outbox.Pending, err error) {
	err = a.inLane(ctx, p, sub, user.AttemptForgot, custom, func(ctx context.Context, r *reading) (err error) {
		if *contact, err = forgotContact(p, r.user, order); err != nil {
			return err
		}
		if err := r.attempts.Take(a.Now()); err != nil {
			return err
		}
		set := store.NewChangeSet()
		set.Put(r.attempts)
		if message, err = a.issue(set, r, *contact, custom); err != nil {
			return err
		}
		return a.Store.Commit(ctx, set)
	})
	return message, err
}

// pretendToSend makes and counts a code for name that nobody is told, and returns its
// message. Nothing matches it, and later answers about it are those about a code that was
// sent. u is the user of the name, who is not to get one, or nil.
func (a *API) pretendToSend(ctx context.Context, p *pool.Pool, name string, contact user.CodeRequest, u *user.User, custom *code.Custom) (message *outbox.Pending, err error) {
	sub, err := a.standIn(ctx, p, name, u)
	if err != nil {
		return nil, err
	}
	_, err = a.Decoy.Try(ctx, p, sub, user.AttemptForgot, user.PurposeReset, func(set *store.ChangeSet, current *user.Code) (err error) {
		message, err = a.Codes.Issue(set, code.Order{
			Pool: p, User: &user.User{PoolID: p.ID, Sub: sub, Username: name}, Current: current, Request: contact, Custom: custom, Life: user.ResetLife, ForNobody: true,
		})
		return err
	})
	return message, err
}

// standIn returns the id that attempts on name count for: that of u, or for a
// name that nobody has, at the cost of the read that u took, a made-up one.
func (a *API) standIn(ctx context.Context, p *pool.Pool, name string, u *user.User) (user.Sub, error) {
	if u != nil {
		return u.Sub, nil
	}
	sub := a.Directory.Nobody(p, name)
	return sub, a.Decoy.Read(ctx, p, sub)
}

func details(d code.Delivery) *wire.CodeDeliveryDetailsType {
	return &wire.CodeDeliveryDetailsType{
		AttributeName:  wire.Ptr(d.Attribute),
		DeliveryMedium: wire.Ptr(wire.DeliveryMediumType(d.Medium)),
		Destination:    wire.Ptr(d.Destination),
	}
}
