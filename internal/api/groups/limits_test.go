package groups_test

import (
	"context"
	"fmt"
	"testing"

	"poolhouse.dev/internal/api/apitest"
	"poolhouse.dev/internal/api/groups"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/paging"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/wire"
)

// A pool has 10,000 groups at most, and a user is in 100 of them at most.
func TestQuotas(t *testing.T) {
	w := apitest.Embedded(t, nil)
	ops := groups.New(groups.Deps{
		Store: w.Store, Directory: w.Directory, Lists: paging.Lists{Store: w.Store, Vault: w.Vault}, Lanes: w.Lanes, Now: w.Now,
		AllowPool: func(context.Context, string, string) error { return nil },
	})
	ann := w.AddUser("ann", "Passw0rd!", nil)
	name := func(n int) string { return fmt.Sprintf("group-%05d", n) }
	for n := 0; n < 9_999; {
		set := store.NewChangeSet()
		for ; n < 9_999 && len(set.Changes) < 500; n++ {
			set.Insert(&pool.Group{PoolID: apitest.PoolID, Name: name(n), ID: name(n)})
			if n < 99 {
				set.Insert(&user.Membership{PoolID: apitest.PoolID, Sub: ann.Sub, GroupName: name(n), GroupID: name(n)})
			}
		}
		if err := w.Rows.Commit(t.Context(), set); err != nil {
			t.Fatal(err)
		}
	}
	create := func(n int) error {
		_, err := ops.CreateGroup(t.Context(), &wire.CreateGroupRequest{UserPoolId: wire.Ptr(string(apitest.PoolID)), GroupName: wire.Ptr(name(n))})
		return err
	}
	join := func(n int) error {
		return ops.AdminAddUserToGroup(t.Context(), &wire.AdminAddUserToGroupRequest{
			UserPoolId: wire.Ptr(string(apitest.PoolID)), Username: wire.Ptr("ann"), GroupName: wire.Ptr(name(n)),
		})
	}
	for what, c := range map[string]struct {
		first, second error
		code          string
	}{
		"groups":      {create(20_000), create(20_001), "LimitExceededException"},
		"memberships": {join(200), join(201), "InvalidParameterException"},
	} {
		if c.first != nil {
			t.Errorf("%s: the last one is refused: %v", what, c.first)
		}
		if f := fault.As(c.second); f == nil || f.Code != c.code {
			t.Errorf("%s: one more answers %v", what, c.second)
		}
	}
	if err := join(5); err != nil { // who is in it already
		t.Error(err)
	}
	if got, err := w.Directory.GroupsOf(t.Context(), ann); err != nil || len(got) != 100 {
		t.Errorf("the user is in %d groups: %v", len(got), err)
	}
}
