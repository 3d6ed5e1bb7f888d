package pools_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/wire"
)

func (w *world) delete(t *testing.T, id *string) error {
	t.Helper()
	return w.DeleteUserPool(signed(t), &wire.DeleteUserPoolRequest{UserPoolId: id})
}

// left returns how many rows of a pool a table has.
func (w *world) left(t *testing.T, table row.Table, id *string) int64 {
	t.Helper()
	n, err := w.store.Count(t.Context(), store.Query{Table: table, Equal: []store.Term{{Column: "pool_id", Value: *id}}})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestDeleteUserPool(t *testing.T) {
	w := newWorld(t)
	id, other := w.create(t, "").Id, w.create(t, "").Id
	set := store.NewChangeSet()
	for _, p := range []*string{id, other} {
		set.Insert(&pool.Client{ID: pool.ClientID("of-" + *p), PoolID: pool.ID(*p)})
	}
	if err := w.store.Commit(t.Context(), set); err != nil {
		t.Fatal(err)
	}
	checkFault(t, w.delete(t, id), "")
	gone := "ResourceNotFoundException: User pool " + *id + " does not exist."
	checkFault(t, w.delete(t, id), gone)
	_, err := w.DescribeUserPool(signed(t), &wire.DescribeUserPoolRequest{UserPoolId: id})
	checkFault(t, err, gone)

	removal := &pool.Removal{PoolID: pool.ID(*id)}
	if err := w.store.Read(t.Context(), removal); err != nil || !removal.Stored() {
		t.Errorf("the removal is not stored; %v", err)
	}
	type counts struct{ Clients, Keys int64 }
	for p, want := range map[*string]counts{id: {0, 0}, other: {1, 2}} {
		if diff := cmp.Diff(want, counts{w.left(t, pool.TableClients, p), w.left(t, pool.TableKeys, p)}); diff != "" {
			t.Errorf("rows left (-want +got):\n%s", diff)
		}
	}
}

// A pool of very many clients goes at once as well; the last of them are left
// for the background.
func TestDeleteUserPoolWithManyClients(t *testing.T) {
	w := newWorld(t)
	id := w.create(t, "").Id
	set := store.NewChangeSet()
	for i := range 150 {
		set.Insert(&pool.Client{ID: pool.ClientID(fmt.Sprint("c", i)), PoolID: pool.ID(*id)})
	}
	if err := w.store.Commit(t.Context(), set); err != nil {
		t.Fatal(err)
	}
	checkFault(t, w.delete(t, id), "")
	if n := w.left(t, pool.TableClients, id); n != 50 {
		t.Errorf("%d clients left, want 50", n)
	}
}

func TestDeletionProtection(t *testing.T) {
	w := newWorld(t)
	id := w.create(t, `,"DeletionProtection":"ACTIVE"`).Id
	checkFault(t, w.delete(t, id), invalid+"The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.")
	checkFault(t, w.update(t, id, `,"DeletionProtection":"INACTIVE"`), "")
	checkFault(t, w.delete(t, id), "")
}

// A process that remembers the pool without its protection deletes nothing.
func TestDeletionProtectionOfAnotherProcess(t *testing.T) {
	w := newWorld(t)
	id := w.create(t, "").Id
	node := w.node(w.remembering())
	if _, err := node.DescribeUserPool(signed(t), &wire.DescribeUserPoolRequest{UserPoolId: id}); err != nil {
		t.Fatal(err)
	}
	checkFault(t, w.update(t, id, `,"DeletionProtection":"ACTIVE"`), "")
	err := node.DeleteUserPool(signed(t), &wire.DeleteUserPoolRequest{UserPoolId: id})
	checkFault(t, err, invalid+"The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.")
}

func TestConcurrentDeletes(t *testing.T) {
	w := newWorld(t)
	id := w.create(t, "").Id
	results := make([]error, 8)
	var wg sync.WaitGroup
	for i := range results {
		wg.Go(func() { results[i] = w.DeleteUserPool(signed(t), &wire.DeleteUserPoolRequest{UserPoolId: id}) })
	}
	wg.Wait()
	won := 0
	for _, err := range results {
		if err == nil {
			won++
			continue
		}
		if f := fault.As(err); f == nil || f.Code != "ResourceNotFoundException" {
			t.Errorf("a delete that came too late: %v", err)
		}
	}
	if won != 1 {
		t.Errorf("%d deletes won, want 1", won)
	}
}
