package keyring

import (
	"context"
	"errors"
	"fmt"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/vault"
)

// Texts for what a change of the master key lacks. None is the service's own.
const (
	noNextKey     = "This node has no next master key; put one into the file of --next-key-file or POOLHOUSE_MASTER_KEY_NEXT of every node."
	sameKey       = "The next master key is the present one; make another."
	otherNext     = "The store is sealed under another next master key, which this node does not have; give it that key, or call the change off with --cancel."
	noChange      = "The master key is not being changed; begin with rotate-master-key."
	nextNotHere   = "This node does not have the next master key; give it to every node before the old one is retired."
	presentGone   = "This node does not have the present master key any more, and without it the change cannot be called off."
	masterPending = "The master key is being changed; finish that first, with rotate-master-key --retire-old or --cancel."
)

// AddMaster seals the keyset under the next master key of this node, too, so that the
// store opens with either. Doing it again does nothing. The fault, for a node without
// such a key and a store with another one, is InvalidParameterException.
func (r *Keyring) AddMaster(ctx context.Context) error {
	return store.Retry(ctx, func(ctx context.Context) error {
		o, next, err := r.withNext(ctx)
		switch {
		case err != nil:
			return err
		case o.by != nil && o.by.Next:
			return fault.InvalidParameter(sameKey)
		case o.byNext != nil:
			return nil
		case o.next.Stored():
			return fault.InvalidParameter(otherNext)
		case next == nil:
			return fault.InvalidParameter(noNextKey)
		}
		if _, err := vault.OpenKeyset(ctx, next, o.row.Value); err == nil {
			return fault.InvalidParameter(sameKey)
		}
		if o.next.Value, err = o.keyset.Wrap(ctx, next); err != nil {
			return err
		}
		// What cannot be read back must not be relied on.
		if _, err := vault.OpenKeyset(ctx, next, o.next.Value); err != nil {
			return fmt.Errorf("reading the keyset back: %w", err)
		}
		set := store.NewChangeSet()
		set.Update(o.row) // so that a change of the data keys meets this one
		set.Put(o.next)
		return r.Store.Commit(ctx, set)
	})
}

// RetireMaster makes the next master key the only one. Doing it again does nothing, as
// long as the node's next key is the store's. The fault, for a node that does not have
// the next key and a store without one, is InvalidParameterException.
func (r *Keyring) RetireMaster(ctx context.Context) error {
	return store.Retry(ctx, func(ctx context.Context) error {
		o, _, err := r.withNext(ctx)
		switch {
		case err != nil:
			return err
		case !o.next.Stored() && o.by != nil && o.by.Next:
			return nil
		case !o.next.Stored():
			return fault.InvalidParameter(noChange)
		case o.byNext == nil:
			return fault.InvalidParameter(nextNotHere)
		}
		o.row.Value = o.next.Value
		set := store.NewChangeSet()
		set.Update(o.row)
		set.Delete(o.next)
		return r.Store.Commit(ctx, set)
	})
}

// CancelMaster forgets the next master key. The fault, for a node that has only that one,
// is InvalidParameterException.
func (r *Keyring) CancelMaster(ctx context.Context) error {
	return store.Retry(ctx, func(ctx context.Context) error {
		o, _, err := r.withNext(ctx)
		switch {
		case err != nil:
			return err
		case !o.next.Stored():
			return fault.InvalidParameter(noChange)
		case o.by == nil:
			return fault.InvalidParameter(presentGone)
		}
		set := store.NewChangeSet()
		set.Update(o.row)
		set.Delete(o.next)
		return r.Store.Commit(ctx, set)
	})
}

// withNext is load, and the next master key of this node, nil for none.
func (r *Keyring) withNext(ctx context.Context) (*opened, *Master, error) {
	masters, err := r.Masters()
	if err != nil {
		return nil, nil, err
	}
	o, err := r.load(ctx)
	if errors.Is(err, vault.ErrWrongKey) {
		return nil, nil, fault.InvalidParameter("This node has no master key of the store any more.")
	}
	if err != nil {
		return nil, nil, err
	}
	for i := range masters {
		if masters[i].Next {
			return o, &masters[i], nil
		}
	}
	return o, nil, nil
}
