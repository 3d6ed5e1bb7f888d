package users_test

import (
	"fmt"
	"testing"

	"poolhouse.dev/internal/api/apitest"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/wire"
)

// The whole history of a user goes with them, however long it is, and nobody else's.
func TestHistoryGoesWithTheUser(t *testing.T) {
	w := newWorld(t, nil)
	bob := w.AddUser("bob", "", nil)
	var events []row.Row
	for i := range 450 {
		events = append(events, &user.AuthEvent{PoolID: apitest.PoolID, Sub: w.ann.Sub, ID: fmt.Sprint(i), CreatedAt: w.Now()})
	}
	w.Insert(events...)
	w.Insert(&user.AuthEvent{PoolID: apitest.PoolID, Sub: bob.Sub, ID: "b", CreatedAt: w.Now()})
	if err := w.ops.AdminDeleteUser(t.Context(), &wire.AdminDeleteUserRequest{UserPoolId: wire.Ptr(string(apitest.PoolID)), Username: wire.Ptr("ann")}); err != nil {
		t.Fatal(err)
	}
	n, err := w.Rows.Count(t.Context(), store.Query{Table: user.TableAuthEvents})
	if err != nil || n != 1 {
		t.Errorf("%d events are left: %v", n, err)
	}
}
