package directory

import (
	"context"
	"fmt"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
)

// MoveAlias adds to the set what gives alias, the row of an e-mail address or
// phone number, to the user whose sub it carries: a free one is inserted, and one
// that another user holds moves, with that user's attribute marked unverified
// in the same set.
func (d *Directory) MoveAlias(ctx context.Context, set *store.ChangeSet, p *pool.Pool, alias *user.Alias) error {
	held := *alias
	if err := d.store.Read(ctx, &held); err != nil {
		return fmt.Errorf("looking for the holder of a name: %w", err)
	}
	if !held.Stored() {
		set.Put(alias)
		return nil
	}
	holder := &user.User{PoolID: p.ID, Sub: held.Sub}
	if err := d.store.Read(ctx, holder); err != nil {
		return fmt.Errorf("loading the holder of a name: %w", err)
	}
	if holder.Stored() && user.ClaimsAlias(p, holder, held.RowKey()) {
		after := holder.Clone()
		attr := user.AttributeOfAlias(p, holder, held.Kind, held.Key)
		after.Attributes.Set(pool.VerifiedFlag(attr), "false")
		set.Update(after)
	}
	moved := held
	moved.Sub = alias.Sub
	set.Update(&moved)
	return nil
}

// AddClaims adds to the set the names that change hands. The user's row is part
// of the set at the version that was read, so that what it gives up was still
// its own.
func AddClaims(set *store.ChangeSet, d *user.Update) {
	for _, alias := range d.Released {
		set.Drop(alias)
	}
	for _, alias := range d.Taken {
		set.Insert(alias)
	}
}
