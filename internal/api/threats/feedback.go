package threats

import (
	"context"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/guard"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/wire"
)

// Who gives feedback. What the service calls them is not known.
const (
	providerAdmin = "Admin"
	providerUser  = "User"
)

// AdminUpdateAuthEventFeedback notes what an administrator says of an event. Later
// sign-ins are judged by it. The faults are those of subject, and
// ResourceNotFoundException for the event.
func (a *API) AdminUpdateAuthEventFeedback(ctx context.Context, in *wire.AdminUpdateAuthEventFeedbackRequest) (*wire.AdminUpdateAuthEventFeedbackResponse, error) {
	_, u, err := a.subject(ctx, in.UserPoolId, in.Username, true)
	if err != nil {
		return nil, err
	}
	if err := a.say(ctx, u, *in.EventId, string(*in.FeedbackValue), providerAdmin); err != nil {
		return nil, err
	}
	return &wire.AdminUpdateAuthEventFeedbackResponse{}, nil
}

// UpdateAuthEventFeedback notes what the holder of a notice's token says of its event.
// The token is judged before it shows whether there is such a user. The faults are
// those of pool, NotAuthorizedException for the token, and UserNotFoundException and
// ResourceNotFoundException for one whose user or event is gone.
func (a *API) UpdateAuthEventFeedback(ctx context.Context, in *wire.UpdateAuthEventFeedbackRequest) (*wire.UpdateAuthEventFeedbackResponse, error) {
	p, err := a.pool(ctx, in.UserPoolId)
	if err != nil {
		return nil, err
	}
	f, ok := guard.OpenFeedback(a.Vault, *in.FeedbackToken, p.ID, string(*in.FeedbackValue), a.Now())
	if !ok || f.EventID != *in.EventId {
		return nil, fault.NotAuthorized(textFeedback)
	}
	u, err := a.Directory.ExistingUser(ctx, p, *in.Username)
	switch {
	case err != nil:
		return nil, err
	case u.Sub != f.Sub:
		return nil, fault.NotAuthorized(textFeedback)
	}
	if err := a.AllowUser(string(u.Sub), true); err != nil {
		return nil, err
	}
	if err := a.say(ctx, u, f.EventID, string(*in.FeedbackValue), providerUser); err != nil {
		return nil, err
	}
	return &wire.UpdateAuthEventFeedbackResponse{}, nil
}

// FeedbackByLink is UpdateAuthEventFeedback for the links of notices, which name
// nobody. Its faults are those of pool, and NotAuthorizedException for every link that
// is of no use.
func (a *API) FeedbackByLink(ctx context.Context, id pool.ID, value, token string) error {
	p, err := a.pool(ctx, wire.Ptr(string(id)))
	if err != nil {
		return err
	}
	f, ok := guard.OpenFeedback(a.Vault, token, p.ID, value, a.Now())
	if !ok || value != user.FeedbackValid && value != user.FeedbackInvalid {
		return fault.NotAuthorized(textFeedback)
	}
	if err := a.AllowUser(string(f.Sub), true); err != nil {
		return err
	}
	err = a.say(ctx, &user.User{PoolID: p.ID, Sub: f.Sub}, f.EventID, value, providerUser)
	if gone := fault.As(err); gone != nil && gone.Is(fault.ResourceNotFoundf("")) {
		return fault.NotAuthorized(textFeedback)
	}
	return err
}

// say notes what somebody says of a user's event, in the place of what was said
// before.
func (a *API) say(ctx context.Context, u *user.User, eventID, value, provider string) error {
	return store.Retry(ctx, func(ctx context.Context) error {
		e := &user.AuthEvent{PoolID: u.PoolID, Sub: u.Sub, ID: eventID}
		if err := a.Store.Read(ctx, e); err != nil {
			return err
		}
		if !e.Stored() {
			return fault.ResourceNotFoundf(textNoEvent)
		}
		e.Feedback = &user.AuthFeedback{Value: value, Provider: provider, At: a.Now()}
		set := store.NewChangeSet()
		set.Update(e)
		return a.Store.Commit(ctx, set)
	})
}
