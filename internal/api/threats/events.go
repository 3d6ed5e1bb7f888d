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

const (
	// eventPage is the page size when none, or 0, is asked for; also the largest.
	eventPage      = 60
	eventTokenKind = "next:auth-events"
)

// eventToken is where a list of events goes on, bound to the user whose they are.
type eventToken struct {
	PoolID pool.ID      `json:"p"`
	Sub    user.Sub     `json:"s"`
	After  store.Cursor `json:"a"`
}

// AdminListUserAuthEvents returns a page of the events of a user, the newest first. The
// faults are those of subject, and InvalidParameterException for a token of another
// list.
func (a *API) AdminListUserAuthEvents(ctx context.Context, in *wire.AdminListUserAuthEventsRequest) (*wire.AdminListUserAuthEventsResponse, error) {
	p, u, err := a.subject(ctx, in.UserPoolId, in.Username, false)
	if err != nil {
		return nil, err
	}
	q := guard.EventsOf(u)
	if q.Limit = int(wire.Deref(in.MaxResults)); q.Limit == 0 {
		q.Limit = eventPage
	}
	if in.NextToken != nil {
		var t eventToken
		if err := a.Vault.OpenToken(eventTokenKind, *in.NextToken, &t); err != nil || t.PoolID != p.ID || t.Sub != u.Sub {
			return nil, fault.InvalidParameter("Invalid pagination token given.")
		}
		q.After = t.After
	}
	page, err := a.Store.List(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &wire.AdminListUserAuthEventsResponse{AuthEvents: make([]wire.AuthEventType, 0, len(page.Rows))}
	for _, r := range page.Rows {
		if e, ok := r.(*user.AuthEvent); ok {
			out.AuthEvents = append(out.AuthEvents, shownEvent(e))
		}
	}
	if page.Next != nil {
		next, err := a.Vault.SealToken(eventTokenKind, eventToken{p.ID, u.Sub, page.Next})
		if err != nil {
			return nil, err
		}
		out.NextToken = &next
	}
	return out, nil
}
