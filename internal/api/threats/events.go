package threats

import (
	"context"

	"poolhouse.dev/internal/guard"
	"poolhouse.dev/internal/paging"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/wire"
)

// largestPage is the most events of a page, and how many there are when nothing is asked for.
const largestPage = 60

// AdminListUserAuthEvents returns a page of the events of a user, the newest first. The
// faults are those of subject, and InvalidParameterException for a token of another
// list.
func (a *API) AdminListUserAuthEvents(ctx context.Context, in *wire.AdminListUserAuthEventsRequest) (*wire.AdminListUserAuthEventsResponse, error) {
	_, u, err := a.subject(ctx, in.UserPoolId, in.Username, false)
	if err != nil {
		return nil, err
	}
	rows, next, err := a.Lists.List(ctx, paging.Page{
		Operation: "AdminListUserAuthEvents", Of: u.RowKey().String(), Query: guard.EventsOf(u), Size: in.MaxResults, Largest: largestPage, Token: in.NextToken,
	})
	if err != nil {
		return nil, err
	}
	out := &wire.AdminListUserAuthEventsResponse{AuthEvents: make([]wire.AuthEventType, 0, len(rows)), NextToken: next}
	for _, r := range rows {
		out.AuthEvents = append(out.AuthEvents, shownEvent(r.(*user.AuthEvent)))
	}
	return out, nil
}
