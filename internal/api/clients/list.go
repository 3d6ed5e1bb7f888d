package clients

import (
	"context"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/wire"
)

const (
	listTokenKind = "next:ListUserPoolClients"
	// listPage is the page size when none is asked for; also the largest.
	listPage = 60
)

// listToken is where a list goes on, bound to the pool and the kind of client.
type listToken struct {
	PoolID string       `json:"p"`
	Type   string       `json:"t,omitempty"`
	After  store.Cursor `json:"a"`
}

// ListUserPoolClients returns a page of a pool's clients, in the order of their
// ids. Clients that registered themselves do not exist, so that asking for
// those finds none.
func (a *API) ListUserPoolClients(ctx context.Context, in *wire.ListUserPoolClientsRequest) (*wire.ListUserPoolClientsResponse, error) {
	p, err := a.pool(ctx, "ListUserPoolClients", in.UserPoolId)
	if err != nil {
		return nil, err
	}
	where := listToken{PoolID: string(p.ID), Type: enumOr(in.ClientType, "")}
	q := ofPool(p.ID)
	if q.After, err = a.resume(where, in.NextToken); err != nil {
		return nil, err
	}
	if where.Type == string(wire.ClientTypeTypeDcr) {
		return &wire.ListUserPoolClientsResponse{UserPoolClients: []wire.UserPoolClientDescription{}}, nil
	}
	q.Limit = listPage
	if in.MaxResults != nil {
		q.Limit = int(*in.MaxResults)
	}
	page, err := a.Store.List(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &wire.ListUserPoolClientsResponse{UserPoolClients: make([]wire.UserPoolClientDescription, 0, len(page.Rows))}
	for _, r := range page.Rows {
		if c, ok := r.(*pool.Client); ok {
			out.UserPoolClients = append(out.UserPoolClients, wire.UserPoolClientDescription{
				ClientId: wire.Ptr(string(c.ID)), UserPoolId: wire.Ptr(string(c.PoolID)), ClientName: wire.Ptr(c.Name),
			})
		}
	}
	if page.Next != nil {
		where.After = page.Next
		next, err := a.Vault.SealToken(listTokenKind, where)
		if err != nil {
			return nil, err
		}
		out.NextToken = &next
	}
	return out, nil
}

// resume opens the token of an earlier page, which must have asked the same.
func (a *API) resume(where listToken, text *string) (store.Cursor, error) {
	if text == nil {
		return nil, nil
	}
	var t listToken
	if err := a.Vault.OpenToken(listTokenKind, *text, &t); err != nil || t.PoolID != where.PoolID || t.Type != where.Type {
		return nil, fault.InvalidParameter("Invalid pagination token given.")
	}
	return t.After, nil
}
