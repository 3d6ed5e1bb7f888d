package pools

import (
	"context"

	"poolhouse.dev/internal/caller"
	"poolhouse.dev/internal/paging"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/wire"
)

// listPage is the most pools of a page.
const listPage = 60

// ListUserPools returns a page of the pools of the caller's Region, in the order
// of their ids.
func (a *API) ListUserPools(ctx context.Context, in *wire.ListUserPoolsRequest) (*wire.ListUserPoolsResponse, error) {
	region := caller.From(ctx).Region
	q := store.Query{Table: pool.TablePools}
	if region != "" {
		q = inRegion(region)
	}
	rows, next, err := a.Lists.List(ctx, paging.Page{
		Operation: "ListUserPools", Of: region, Query: q, Size: in.MaxResults, Largest: listPage, Token: in.NextToken,
	})
	if err != nil {
		return nil, err
	}
	out := &wire.ListUserPoolsResponse{UserPools: make([]wire.UserPoolDescriptionType, 0, len(rows)), NextToken: next}
	for _, r := range rows {
		if p, ok := r.(*pool.Pool); ok {
			out.UserPools = append(out.UserPools, wire.UserPoolDescriptionType{
				Id: wire.Ptr(string(p.ID)), Name: wire.Ptr(p.Name), LambdaConfig: lambdaConfig(&p.Settings.Triggers),
				CreationDate: wire.TimestampOf(p.CreatedAt), LastModifiedDate: wire.TimestampOf(p.ModifiedAt),
			})
		}
	}
	return out, nil
}
