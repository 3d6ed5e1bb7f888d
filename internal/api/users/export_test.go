package users

import "poolhouse.dev/internal/store"

// FilterQuery returns the query that a filter's text asks for in a pool.
func FilterQuery(text, poolID string) (store.Query, error) {
	f, err := parseFilter(text)
	return f.query(poolID), err
}
