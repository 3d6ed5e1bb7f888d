package users

import (
	"testing"
	"time"

	"poolhouse.dev/internal/store"
)

// FilterQuery returns the query that a filter's text asks for in a pool.
func FilterQuery(text, poolID string) (store.Query, error) {
	f, err := parseFilter(text)
	return f.query(poolID), err
}

// ListToken returns the token of a place in a list of users.
func (a *API) ListToken(t *testing.T, poolID, filter string, after store.Cursor) string {
	t.Helper()
	token, err := a.Vault.SealToken(listTokenKind, listToken{PoolID: poolID, Filter: filter, After: after, ExpiresAt: a.Now().Add(time.Hour).Unix()})
	if err != nil {
		t.Fatal(err)
	}
	return token
}
