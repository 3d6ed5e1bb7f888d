package clients

import (
	"context"

	"poolhouse.dev/internal/paging"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/wire"
)

// listPage is the page size when none is asked for; also the largest.
const listPage = 60

// ListUserPoolClients returns a page of a pool's clients, in the order of their
// ids. Clients that registered themselves do not exist, so that asking for
// those finds none.
func (a *API) ListUserPoolClients(ctx context.Context, in *wire.ListUserPoolClientsRequest) (*wire.ListUserPoolClientsResponse, error) {
	p, err := a.pool(ctx, "ListUserPoolClients", in.UserPoolId)
	if err != nil {
		return nil, err
	}
	kind := enumOr(in.ClientType, "")
	// A token is of none of their pages, and is refused like any other that does not fit.
	if kind == string(wire.ClientTypeTypeDcr) && in.NextToken == nil {
		return &wire.ListUserPoolClientsResponse{UserPoolClients: []wire.UserPoolClientDescription{}}, nil
	}
	rows, next, err := a.Lists.List(ctx, paging.Page{
		Operation: "ListUserPoolClients", Of: string(p.ID) + " " + kind, Query: ofPool(p.ID), Size: in.MaxResults, Largest: listPage, Token: in.NextToken,
	})
	if err != nil {
		return nil, err
	}
	out := &wire.ListUserPoolClientsResponse{UserPoolClients: make([]wire.UserPoolClientDescription, 0, len(rows)), NextToken: next}
	for _, r := range rows {
		if c, ok := r.(*pool.Client); ok {
			out.UserPoolClients = append(out.UserPoolClients, wire.UserPoolClientDescription{
				ClientId: wire.Ptr(string(c.ID)), UserPoolId: wire.Ptr(string(c.PoolID)), ClientName: wire.Ptr(c.Name),
			})
		}
	}
	return out, nil
}
