package users

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/wire"
)

const (
	// listPage is the page size when none, or 0, is asked for; also the largest.
	listPage = 60
	// listTokenLife is how long a page can be continued.
	listTokenLife = time.Hour
	listTokenKind = "next:ListUsers"

	badToken = "Invalid pagination token given."
)

// listToken is where a list goes on, bound to the question that it answers.
type listToken struct {
	PoolID    string       `json:"p"`
	Filter    string       `json:"f,omitempty"`
	Only      string       `json:"o,omitempty"`
	After     store.Cursor `json:"a"`
	ExpiresAt int64        `json:"e"`
}

// ListUsers returns a page of a pool's users: those that match the filter, in
// the order of its attribute where it asks for a beginning, all of them by sub.
func (a *API) ListUsers(ctx context.Context, in *wire.ListUsersRequest) (*wire.ListUsersResponse, error) {
	p, err := a.Directory.Pool(ctx, pool.ID(*in.UserPoolId))
	if err != nil {
		return nil, err
	}
	f, err := parseFilter(wire.Deref(in.Filter))
	if err != nil {
		return nil, err
	}
	only, err := attributesToGet(p, in.AttributesToGet)
	if err != nil {
		return nil, err
	}
	want := listToken{PoolID: string(p.ID), Filter: wire.Deref(in.Filter), Only: strings.Join(only, ",")}
	q := f.query(want.PoolID)
	if q.After, err = a.resume(want, in.PaginationToken); err != nil {
		return nil, err
	}
	q.Limit = listPage
	if n := wire.Deref(in.Limit); n > 0 {
		q.Limit = int(n)
	}
	page, err := a.Store.List(ctx, q)
	if errors.Is(err, store.ErrCursor) { // of before an upgrade, or a restore into the other engine
		return nil, fault.InvalidParameter(badToken)
	}
	if err != nil {
		return nil, err
	}
	out := &wire.ListUsersResponse{Users: make([]wire.UserType, 0, len(page.Rows))}
	for _, r := range page.Rows {
		if u, ok := r.(*user.User); ok {
			out.Users = append(out.Users, userType(u, only))
		}
	}
	if page.Next != nil {
		want.After, want.ExpiresAt = page.Next, a.Now().Add(listTokenLife).Unix()
		next, err := a.Vault.SealToken(listTokenKind, want)
		if err != nil {
			return nil, err
		}
		out.PaginationToken = &next
	}
	return out, nil
}

// resume opens the token of an earlier page, which must have asked the same.
func (a *API) resume(want listToken, text *string) (store.Cursor, error) {
	if text == nil {
		return nil, nil
	}
	var got listToken
	err := a.Vault.OpenToken(listTokenKind, *text, &got)
	if err != nil || got.PoolID != want.PoolID || got.Filter != want.Filter || got.Only != want.Only || a.Now().Unix() >= got.ExpiresAt {
		return nil, fault.InvalidParameter(badToken)
	}
	return got.After, nil
}

// attributesToGet checks the names to show; nil means all.
func attributesToGet(p *pool.Pool, names []string) ([]string, error) {
	if len(names) == 0 {
		return nil, nil
	}
	for _, name := range names {
		if _, ok := p.Settings.Schema.Find(name); !ok {
			return nil, fault.InvalidParameter("One or more requested attributes do not exist.")
		}
	}
	return slices.Clone(names), nil
}
