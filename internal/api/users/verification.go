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

// checkVerifiable refuses attributes that no code can prove.
func checkVerifiable(attr string) error {
	if pool.VerifiedFlag(attr) == "" {
		return fault.InvalidParameter("Invalid attribute name. Only phone_number and email can be verified.")
	}
	return nil
}

// GetUserAttributeVerificationCode sends a new code for the user's e-mail
// address or phone number: for a pending value where there is one, else for the
// stored one. The code before it is void.
func (a *API) GetUserAttributeVerificationCode(ctx context.Context, in *wire.GetUserAttributeVerificationCodeRequest) (*wire.GetUserAttributeVerificationCodeResponse, error) {
	attr := *in.AttributeName
	var request user.CodeRequest
	var message *outbox.Pending
	rows := proofRows{purpose: user.VerifyPurpose(attr), kind: user.AttemptRequestCode}
	custom := a.Codes.Custom(notify.VerifyAttribute, "", in.ClientMetadata)
	err := a.Subjects.Self(ctx, *in.AccessToken, custom, rows.fresh, func(ctx context.Context, g *token.Grant) (err error) {
		if err := checkVerifiable(attr); err != nil {
			return err
		}
		if request, err = a.codeTarget(g.User, rows.code, attr); err != nil {
			return err
		}
		if err := rows.attempts.Take(a.Now()); err != nil {
			return err
		}
		set := store.NewChangeSet()
		set.Put(rows.attempts)
		message, err = a.Codes.Issue(set, code.Order{
			Pool: g.Pool, User: g.User, Current: rows.code, Request: request,
			Custom: custom, Life: user.VerifyLife,
		})
		if err != nil {
			return err
		}
		return a.Store.Commit(ctx, set)
	})
	if err != nil {
		return nil, err
	}
	if err := a.Outbox.Deliver(ctx, message); err != nil {
		return nil, err
	}
	details := deliveryList([]user.CodeRequest{request})
	return &wire.GetUserAttributeVerificationCodeResponse{CodeDeliveryDetails: &details[0]}, nil
}

// codeTarget says what a newly asked code proves.
func (a *API) codeTarget(u *user.User, c *user.Code, attr string) (user.CodeRequest, error) {
	if c.IsPending(a.Now()) {
		return user.CodeRequest{Attribute: attr, Target: c.Target, Pending: true}, nil
	}
	if value := u.Attributes.Get(attr); value != "" {
		return user.CodeRequest{Attribute: attr, Target: value}, nil
	}
	if attr == pool.AttrEmail {
		return user.CodeRequest{}, fault.InvalidParameter("User does not have a valid registered email address")
	}
	return user.CodeRequest{}, fault.InvalidParameter("User does not have a valid registered phone number")
}

// VerifyUserAttribute takes the code for an e-mail address or phone number. A
// right one makes a pending value the user's and marks it verified; where it
// names users, it is theirs alone from then on.
//
// The attempt is committed before the code is looked at, so that no number of
// parallel attempts is judged more often than the hourly cap allows.
func (a *API) VerifyUserAttribute(ctx context.Context, in *wire.VerifyUserAttributeRequest) (*wire.VerifyUserAttributeResponse, error) {
	attr := *in.AttributeName
	rows := proofRows{purpose: user.VerifyPurpose(attr), kind: user.AttemptVerify, undoes: attr == pool.AttrEmail && a.Watch.Undoes()}
	var note *watch.Note
	err := a.Subjects.Self(ctx, *in.AccessToken, nil, rows.fresh, func(ctx context.Context, g *token.Grant) error {
		if err := checkVerifiable(attr); err != nil {
			return err
		}
		if err := a.countAttempt(ctx, rows.attempts); err != nil {
			return err
		}
		if err := a.Codes.Judge(rows.code, *in.Code); err != nil {
			return err
		}
		d, err := user.DecideVerify(g.Pool, g.User, rows.code, a.Now())
		if err != nil {
			return err
		}
		set := store.NewChangeSet()
		set.Update(d.User)
		set.Delete(rows.code)
		directory.AddClaims(set, d)
		note, err = a.Watch.Note(ctx, set, watch.Event{
			Pool: g.Pool, Before: g.User, After: d.User, Operation: "VerifyUserAttribute", ClientID: g.Client.ID, Undo: rows.undo,
		})
		if err != nil {
			return err
		}
		return a.commit(ctx, g.Pool, d.User, set)
	})
	if err != nil {
		return nil, err
	}
	a.Watch.Tell(ctx, note)
	return &wire.VerifyUserAttributeResponse{}, nil
}

// countAttempt makes one attempt count, durably.
func (a *API) countAttempt(ctx context.Context, attempts *user.Attempts) error {
	if err := attempts.Take(a.Now()); err != nil {
		return err
	}
	set := store.NewChangeSet()
	set.Put(attempts)
	return a.Store.Commit(ctx, set)
}

// proofRows are the rows that a proof reads beside the user and the sign-in.
type proofRows struct {
	purpose  user.Purpose
	kind     user.AttemptKind
	code     *user.Code
	attempts *user.Attempts
	// undoes says that the right to undo a change is read, too, into undo.
	undoes bool
	undo   *user.Code
}

func (r *proofRows) fresh(sub user.Sub, id pool.ID) []row.Row {
	r.code = &user.Code{PoolID: id, Sub: sub, Purpose: r.purpose}
	r.attempts = &user.Attempts{PoolID: id, Sub: sub, Kind: r.kind}
	rows := []row.Row{r.code, r.attempts}
	if r.undoes {
		r.undo = &user.Code{PoolID: id, Sub: sub, Purpose: user.PurposeUndo}
		rows = append(rows, r.undo)
	}
	return rows
}
