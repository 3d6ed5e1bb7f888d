package pools

import (
	"context"

	"poolhouse.dev/internal/caller"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/wire"
)

const listTokenKind = "next:ListUserPools"

// listToken is where a list goes on, bound to the Region that it lists.
type listToken struct {
	Region string       `json:"r,omitempty"`
	After  store.Cursor `json:"a"`
}

// ListUserPools returns a page of the pools of the caller's Region, in the order
// of their ids.
func (a *API) ListUserPools(ctx context.Context, in *wire.ListUserPoolsRequest) (*wire.ListUserPoolsResponse, error) {
	region := caller.From(ctx).Region
	q := store.Query{Table: pool.TablePools}
	if region != "" {
		q = inRegion(region)
	}
	q.Limit = int(wire.Deref(in.MaxResults))
	if in.NextToken != nil {
		var t listToken
		if err := a.Vault.OpenToken(listTokenKind, *in.NextToken, &t); err != nil || t.Region != region {
			return nil, fault.InvalidParameter("Invalid pagination token given.")
		}
		q.After = t.After
	}
	page, err := a.Store.List(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &wire.ListUserPoolsResponse{UserPools: make([]wire.UserPoolDescriptionType, 0, len(page.Rows))}
	for _, r := range page.Rows {
		if p, ok := r.(*pool.Pool); ok {
			out.UserPools = append(out.UserPools, wire.UserPoolDescriptionType{
				Id: wire.Ptr(string(p.ID)), Name: wire.Ptr(p.Name), LambdaConfig: lambdaConfig(&p.Settings.Triggers),
				CreationDate: wire.TimestampOf(p.CreatedAt), LastModifiedDate: wire.TimestampOf(p.ModifiedAt),
			})
		}
	}
	if page.Next != nil {
		next, err := a.Vault.SealToken(listTokenKind, listToken{Region: region, After: page.Next})
		if err != nil {
			return nil, err
		}
		out.NextToken = &next
	}
	return out, nil
}
