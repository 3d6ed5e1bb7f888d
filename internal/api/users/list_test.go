package users_test

import (
	"testing"

	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/wire"
)

// A token whose place is of another order than the engine's, as from before a restore
// into it, is refused, and not an error of the server.
func TestListTokenOfAnotherOrder(t *testing.T) {
	w := newWorld(t, nil)
	poolID, filter := string(w.Pool.ID), `status = "Enabled"`
	list := func(after store.Cursor) (int, string) {
		out, err := w.ops.ListUsers(t.Context(), &wire.ListUsersRequest{
			UserPoolId: &poolID, Filter: &filter, PaginationToken: wire.Ptr(w.ops.ListToken(t, poolID, filter, after)),
		})
		if err != nil {
			return 0, answer(err)
		}
		return len(out.Users), ""
	}
	if n, refused := list(store.Cursor{"0"}); n != 1 || refused != "" {
		t.Errorf("a place before all: %d users, %s", n, refused)
	}
	for _, place := range []store.Cursor{{string(w.ann.Sub)}, {"0", string(w.ann.Sub)}} {
		_, refused := list(place)
		wantAnswer(t, refused, "InvalidParameterException: Invalid pagination token given.")
	}
}
