package pools

import (
	"context"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/wire"
)

// deleteBatch is how many clients, and how many keys, leave together with their
// pool. What remains is no longer reachable and is swept away later.
const deleteBatch = 100

// DeleteUserPool deletes a pool. From the commit on the pool and all that it
// holds do not exist for any call; its users are removed in the background.
func (a *API) DeleteUserPool(ctx context.Context, in *wire.DeleteUserPoolRequest) error {
	return store.Retry(ctx, func(ctx context.Context) error {
		p, err := a.Directory.Pool(ctx, pool.ID(wire.Deref(in.UserPoolId)))
		if err != nil {
			return err
		}
		if p.Settings.DeletionProtection {
			return fault.InvalidParameter("The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.")
		}
		set := store.NewChangeSet()
		set.Insert(&pool.Removal{PoolID: p.ID, CreatedAt: a.Now()})
		// At the version that was read: a protection that was put on meanwhile counts.
		set.Delete(p.Clone())
		if err := a.addBelongings(ctx, set, p.ID); err != nil {
			return err
		}
		err = a.Store.Commit(ctx, set)
		if key, taken := store.Duplicate(err); taken && key.Table == pool.TableRemovals {
			return fault.ResourceNotFoundf("User pool %s does not exist.", p.ID)
		}
		return err
	})
}

func (a *API) addBelongings(ctx context.Context, set *store.ChangeSet, id pool.ID) error {
	clients, err := a.Store.List(ctx, ofPool(pool.TableClients, id, deleteBatch))
	if err != nil {
		return err
	}
	keys, err := a.Store.List(ctx, ofPool(pool.TableKeys, id, deleteBatch))
	if err != nil {
		return err
	}
	set.Drop(clients.Rows...)
	set.Drop(keys.Rows...)
	return nil
}
