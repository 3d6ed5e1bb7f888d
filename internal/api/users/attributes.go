package users

import (
	"context"

	"poolhouse.dev/internal/code"
	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/outbox"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/token"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/watch"
	"poolhouse.dev/internal/wire"
)

// UpdateUserAttributes changes attributes of the user whose access token is
// given, all of them or none. What needs a proof is answered with where its
// code went. The change is durable before any message leaves; a message that
// cannot be handed over is CodeDeliveryFailureException, and the change stands.
func (a *API) UpdateUserAttributes(ctx context.Context, in *wire.UpdateUserAttributesRequest) (*wire.UpdateUserAttributesResponse, error) {
	changes := attributes(in.UserAttributes)
	codes := a.newContactCodes(changes)
	var done *changed
	custom := a.Codes.Custom(notify.UpdateAttribute, "", in.ClientMetadata)
	err := a.Subjects.Self(ctx, *in.AccessToken, custom, codes.fresh, func(ctx context.Context, g *token.Grant) (err error) {
		done, err = a.change(ctx, "UpdateUserAttributes", g.Pool, user.Writer{Client: g.Client}, g.User, codes, custom, changes)
		return err
	})
	if err != nil {
		return nil, err
	}
	a.Watch.Tell(ctx, done.note)
	if err := a.deliver(ctx, done.messages); err != nil {
		return nil, err
	}
	return &wire.UpdateUserAttributesResponse{CodeDeliveryDetailsList: deliveryList(done.codes)}, nil
}

// AdminUpdateUserAttributes changes attributes of any user, as an
// administrator: without a client's permissions, and with the power to say that
// an e-mail address or phone number is verified.
func (a *API) AdminUpdateUserAttributes(ctx context.Context, in *wire.AdminUpdateUserAttributesRequest) (*wire.AdminUpdateUserAttributesResponse, error) {
	done, err := a.adminChange(ctx, "AdminUpdateUserAttributes", pool.ID(*in.UserPoolId), *in.Username, attributes(in.UserAttributes), a.Codes.Custom(notify.UpdateAttribute, "", in.ClientMetadata))
	if err != nil {
		return nil, err
	}
	if err := a.deliver(ctx, done.messages); err != nil {
		return nil, code.RefusedFor(err)
	}
	return &wire.AdminUpdateUserAttributesResponse{}, nil
}

// DeleteUserAttributes removes attributes of the user whose access token is
// given. One that is not set is no error.
func (a *API) DeleteUserAttributes(ctx context.Context, in *wire.DeleteUserAttributesRequest) (*wire.DeleteUserAttributesResponse, error) {
	changes := removals(in.UserAttributeNames)
	codes := a.newContactCodes(changes)
	var done *changed
	err := a.Subjects.Self(ctx, *in.AccessToken, nil, codes.fresh, func(ctx context.Context, g *token.Grant) (err error) {
		done, err = a.change(ctx, "DeleteUserAttributes", g.Pool, user.Writer{Client: g.Client}, g.User, codes, nil, changes)
		return err
	})
	if err != nil {
		return nil, err
	}
	a.Watch.Tell(ctx, done.note)
	return &wire.DeleteUserAttributesResponse{}, nil
}

// AdminDeleteUserAttributes removes attributes of any user.
func (a *API) AdminDeleteUserAttributes(ctx context.Context, in *wire.AdminDeleteUserAttributesRequest) (*wire.AdminDeleteUserAttributesResponse, error) {
	if _, err := a.adminChange(ctx, "AdminDeleteUserAttributes", pool.ID(*in.UserPoolId), *in.Username, removals(in.UserAttributeNames), nil); err != nil {
		return nil, err
	}
	return &wire.AdminDeleteUserAttributesResponse{}, nil
}

func (a *API) adminChange(ctx context.Context, operation string, poolID pool.ID, name string, changes user.Attributes, custom *code.Custom) (*changed, error) {
	codes := a.newContactCodes(changes)
	var done *changed
	err := a.Subjects.Named(ctx, poolID, name, custom, codes.fresh, func(ctx context.Context, p *pool.Pool, u *user.User) (err error) {
		done, err = a.change(ctx, operation, p, user.Writer{}, u, codes, custom, changes)
		return err
	})
	if err != nil {
		return nil, err
	}
	a.Watch.Tell(ctx, done.note)
	return done, nil
}

// changed is a committed change: the codes that it asked for and the messages
// that carry them.
type changed struct {
	codes    []user.CodeRequest
	messages []*outbox.Pending
	// note is for whoever watches changes.
	note *watch.Note
}

// change decides and commits one change of attributes, together with the names
// that change hands, the codes that it voids and the ones that it asks for.
func (a *API) change(ctx context.Context, operation string, p *pool.Pool, w user.Writer, u *user.User, codes contactCodes, custom *code.Custom, changes user.Attributes) (*changed, error) {
	d, err := user.DecideUpdate(p, w, u, changes, a.Now())
	if err != nil {
		return nil, err
	}
	if err := a.probe(ctx, p, u, d.Probe); err != nil {
		return nil, err
	}
	set := store.NewChangeSet()
	set.Update(d.User)
	directory.AddClaims(set, d)
	done := &changed{codes: d.Send}
	for _, r := range d.Send {
		m, err := a.Codes.Issue(set, code.Order{
			Pool: p, User: d.User, Current: codes[r.Attribute], Request: r,
			Custom: custom, Life: user.VerifyLife,
		})
		if err != nil {
			return nil, err
		}
		done.messages = append(done.messages, m)
	}
	for _, attr := range d.Void {
		if c := codes[attr]; c.Stored() && d.Voids(c) {
			set.Delete(c)
		}
	}
	e := watch.Event{Pool: p, Before: u, After: d.User, Operation: operation, Undo: codes[undoRow]}
	if w.Client != nil {
		e.ClientID = w.Client.ID
	}
	if done.note, err = a.Watch.Note(ctx, set, e); err != nil {
		return nil, err
	}
	return done, a.commit(ctx, p, u, set)
}

// probe refuses names that are another user's already although the change does
// not take them yet. The proof of the value checks again, by taking them.
func (a *API) probe(ctx context.Context, p *pool.Pool, u *user.User, names []*user.Alias) error {
	for _, alias := range names {
		row := *alias
		if err := a.Store.Read(ctx, &row); err != nil {
			return err
		}
		if row.Stored() && row.Sub != u.Sub {
			return fault.AliasExists(user.TakenText(user.AttributeOfAlias(p, u, row.Kind, row.Key)))
		}
	}
	return nil
}

// deliver sends the messages of a committed change. Every one is tried; the
// first failure is the answer.
func (a *API) deliver(ctx context.Context, messages []*outbox.Pending) error {
	var failed error
	for _, m := range messages {
		if err := a.Outbox.Deliver(ctx, m); err != nil && failed == nil {
			failed = err
		}
	}
	return failed
}

// contactCodes are the code rows of the e-mail address and phone number that a
// change touches, by attribute, and the right to undo a change of the address where
// there are such rights.
type contactCodes map[string]*user.Code

// undoRow is where contactCodes have the row of that right.
const undoRow = string(user.PurposeUndo)

func (a *API) newContactCodes(changes user.Attributes) contactCodes {
	if !changes.Has(pool.AttrEmail) && !changes.Has(pool.AttrPhone) {
		return nil
	}
	codes := contactCodes{}
	for _, attr := range []string{pool.AttrEmail, pool.AttrPhone} {
		if changes.Has(attr) {
			codes[attr] = &user.Code{}
		}
	}
	if changes.Has(pool.AttrEmail) && a.Watch.Undoes() {
		codes[undoRow] = &user.Code{}
	}
	return codes
}

// fresh returns new rows to read for the user; a retry reads them anew.
func (c contactCodes) fresh(sub user.Sub, id pool.ID) []row.Row {
	var rows []row.Row
	for _, attr := range []string{pool.AttrEmail, pool.AttrPhone} {
		if c[attr] != nil {
			c[attr] = &user.Code{PoolID: id, Sub: sub, Purpose: user.VerifyPurpose(attr)}
			rows = append(rows, c[attr])
		}
	}
	if c[undoRow] != nil {
		c[undoRow] = &user.Code{PoolID: id, Sub: sub, Purpose: user.PurposeUndo}
		rows = append(rows, c[undoRow])
	}
	return rows
}
