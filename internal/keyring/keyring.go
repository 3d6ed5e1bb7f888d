package keyring

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"poolhouse.dev/internal/instance"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/vault"
)

// Master is a master key that a node has.
type Master struct {
	vault.KEK
	// Setting is what names it, for errors.
	Setting string
	// Next says that it is to take the place of another.
	Next bool
}

// Deps is what a Keyring works with.
type Deps struct {
	Store store.Store
	// Masters returns the master keys of this node as they are now; they may have been
	// put in place after its start.
	Masters func() ([]Master, error)
	Now     func() time.Time
}

// Keyring is the keyset of a store. It is safe for concurrent use.
type Keyring struct {
	Deps
	vault *vault.Vault
	// openedBy is the setting of the master key that opened the store at the start.
	openedBy Master
}

// Open opens the keyset of a store, which is stored already, and puts it to work in a
// vault that follows its changes. The error has [vault.ErrWrongKey] in its chain when the
// node has no master key of the store.
func Open(ctx context.Context, d Deps) (*Keyring, *vault.Vault, error) {
	r := &Keyring{Deps: d}
	o, err := r.load(ctx)
	if err != nil {
		return nil, nil, err
	}
	if r.vault, err = vault.New(o.keyset, d.Now); err != nil {
		return nil, nil, err
	}
	if r.openedBy = *cmp.Or(o.by, o.byNext); o.next.Stored() {
		r.openedBy.Next = false // the change goes on, and either will do
	}
	r.vault.Follow(r.newer)
	return r, r.vault, nil
}

// Outlived reports whether only the next master key of this node opens the store, so that
// it should take the place of the one that does not.
func (r *Keyring) Outlived() bool { return r.openedBy.Next }

// opened is a keyset as it was found.
type opened struct {
	keyset *vault.Keyset
	// row and next are the rows that it is in; next is not stored but while the master
	// key is being changed. generation is the row that tells of its changes.
	row, next, generation *instance.Material
	// by opened row, and byNext next; nil for what no key of this node opens.
	by, byNext *Master
}

// load reads the keyset and opens it with the keys of this node.
func (r *Keyring) load(ctx context.Context) (*opened, error) {
	o := &opened{
		row: &instance.Material{Name: instance.MaterialKeyset}, next: &instance.Material{Name: instance.MaterialNextKeyset},
		generation: &instance.Material{Name: instance.MaterialGeneration},
	}
	// next comes first: when it is gone, row has taken its value already.
	if err := r.Store.Read(ctx, o.next, o.row, o.generation); err != nil {
		return nil, fmt.Errorf("reading the data keys: %w", err)
	}
	masters, err := r.Masters()
	if err != nil {
		return nil, err
	}
	var failures []error
	find := func(m *instance.Material) (by *Master) {
		if !m.Stored() {
			return nil
		}
		for i := range masters {
			k, err := vault.OpenKeyset(ctx, masters[i], m.Value)
			if err == nil {
				o.keyset = k
				return &masters[i]
			}
			failures = append(failures, fmt.Errorf("%s: %w", masters[i].Setting, err))
		}
		return nil
	}
	o.byNext = find(o.next)
	o.by = find(o.row)
	if o.keyset == nil {
		return nil, cause(failures)
	}
	return o, nil
}

// cause is why nothing was opened: a key that could not be asked says more than keys that
// do not fit.
func cause(failures []error) error {
	for _, err := range failures {
		if !errors.Is(err, vault.ErrWrongKey) {
			return err
		}
	}
	if len(failures) == 0 {
		return vault.ErrWrongKey
	}
	return failures[0]
}

// newer returns the keyset if it is newer than a generation, and else nil. It asks for
// the master key only then.
func (r *Keyring) newer(ctx context.Context, than uint64) (*vault.Keyset, error) {
	m := &instance.Material{Name: instance.MaterialGeneration}
	if err := r.Store.Read(ctx, m); err != nil {
		return nil, fmt.Errorf("reading the generation of the data keys: %w", err)
	}
	if !m.Stored() {
		return nil, nil
	}
	if n, err := strconv.ParseUint(string(m.Value), 10, 64); err == nil && n <= than {
		return nil, nil
	}
	o, err := r.load(ctx)
	if err != nil {
		return nil, fmt.Errorf("the data keys were changed and this node cannot read them: %w", err)
	}
	return o.keyset, nil
}
