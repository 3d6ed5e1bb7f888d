// Package paging answers lists page by page. The token of the next page is sealed, and
// bound to the question that it goes on with.
package paging

import (
	"context"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/vault"
)

const tokenKind = "next:list"

// Lists answers lists. It is safe for concurrent use.
type Lists struct {
	Store store.Reader
	Vault *vault.Vault
}

// Page asks for one page of a list.
type Page struct {
	// Operation and Of name the list: the operation, and what it is a list of.
	Operation, Of string
	// Query is what the list has, without a limit.
	Query store.Query
	// Size is how many rows are asked for; nil and 0 are Largest.
	Size    *int32
	Largest int
	// Token is that of the page; nil for the first.
	Token *string
}

type position struct {
	Operation string       `json:"o"`
	Of        string       `json:"of"`
	After     store.Cursor `json:"a"`
}

// List returns the rows of a page and the token of the next one, nil after the last.
// The fault, for a token that is none of the list, is InvalidParameterException.
func (l Lists) List(ctx context.Context, p Page) ([]row.Row, *string, error) {
	where := position{Operation: p.Operation, Of: p.Of}
	if p.Token != nil {
		var t position
		if err := l.Vault.OpenToken(tokenKind, *p.Token, &t); err != nil || t.Operation != where.Operation || t.Of != where.Of {
			return nil, nil, fault.InvalidParameter("Invalid pagination token given.")
		}
		p.Query.After = t.After
	}
	p.Query.Limit = p.Largest
	if p.Size != nil && *p.Size > 0 {
		p.Query.Limit = int(*p.Size)
	}
	page, err := l.Store.List(ctx, p.Query)
	if err != nil || page.Next == nil {
		return page.Rows, nil, err
	}
	where.After = page.Next
	next, err := l.Vault.SealToken(tokenKind, where)
	return page.Rows, &next, err
}
