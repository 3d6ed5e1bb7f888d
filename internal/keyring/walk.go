package keyring

import (
	"context"
	"errors"
	"fmt"
	"time"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/vault"
)

// pageSize bounds the rows of one step of a walk, and of one change set.
const pageSize = 200

const walkKind = "keyring walk"

// walk is a walk through all sealed columns. It goes from step to step in a token that
// the server seals, so that what it has found cannot be made up.
type walk struct {
	// Key is the key that seals, since From.
	Key       vault.KeyID `json:"k"`
	From      time.Time   `json:"f"`
	StartedAt time.Time   `json:"s"`
	// Table is the place of the table in sealedTables, and After the row in it.
	Table int          `json:"t"`
	After store.Cursor `json:"a,omitempty"`
	Done  bool         `json:"d,omitempty"`
	// Tables is how many there are: another release may have another list.
	Tables int `json:"l"`

	Rows     int64 `json:"r"`
	Resealed int64 `json:"n"`
	Broken   int64 `json:"b"`
	// Waiting are rows that need the old key until WaitUntil, and SignIns sign-ins whose
	// refresh tokens do until SignInsUntil.
	Waiting      int64     `json:"w"`
	WaitUntil    time.Time `json:"u"`
	SignIns      int64     `json:"i"`
	SignInsUntil time.Time `json:"v"`
}

// Progress is what a walk has come to.
type Progress struct {
	State
	// Token goes on with the walk, or proves that it has come to its end.
	Token string
	Done  bool
	// Table is where it is. Rows were looked at, of which Resealed were sealed anew;
	// Broken values open with no key.
	Table                  string
	Rows, Resealed, Broken int64
	// SignIns are those whose refresh tokens the old key sealed, the last of which runs
	// out at SignInsUntil.
	SignIns      int64
	SignInsUntil time.Time
}

const (
	otherWalk = "The walk belongs to another exchange of the data keys; begin anew."
	badWalk   = "The token is not that of a walk."
)

// Step takes a walk one step further, or begins one where token is "". Steps of several
// walks, on any nodes, may be taken at once. The fault, for a token that is none and while
// there is nothing to seal anew, is InvalidParameterException.
func (r *Keyring) Step(ctx context.Context, token string) (Progress, error) {
	w, err := r.takeUp(ctx, token)
	if err != nil || w.Done {
		return r.progress(w, token, err)
	}
	t := sealedTables[w.Table]
	page, err := r.Store.List(ctx, store.Query{Table: t.name, After: w.After, Limit: pageSize})
	if err != nil {
		return Progress{}, fmt.Errorf("sealing %s anew: %w", t.name, err)
	}
	if err := r.look(ctx, w, t, page.Rows); err != nil {
		return Progress{}, fmt.Errorf("sealing %s anew: %w", t.name, err)
	}
	if w.After = page.Next; page.Next == nil {
		w.Table++
		w.Done = w.Table == len(sealedTables)
	}
	return r.progress(w, "", nil)
}

// takeUp opens the walk of a token, or begins one.
func (r *Keyring) takeUp(ctx context.Context, token string) (*walk, error) {
	if token != "" {
		return r.openWalk(token)
	}
	if err := r.vault.Look(ctx); err != nil {
		return nil, err
	}
	now := r.Now()
	switch s := stateOf(r.vault.Keyset(), now); {
	case s.Other == 0:
		return nil, fault.InvalidParameter("There is one data key only; make another with rotate-data-keys first.")
	case now.Before(s.From):
		return nil, fault.InvalidParameterf("The new data key does not seal before %s.", s.From.UTC().Format(time.RFC3339))
	default:
		return &walk{Key: s.Sealing, From: s.From, StartedAt: now, Tables: len(sealedTables)}, nil
	}
}

func (r *Keyring) openWalk(token string) (*walk, error) {
	w := &walk{}
	if err := r.vault.OpenToken(walkKind, token, w); err != nil {
		return nil, fault.InvalidParameter(badWalk)
	}
	if w.Key != r.vault.SealingKey() || w.Tables != len(sealedTables) {
		return nil, fault.InvalidParameter(otherWalk)
	}
	return w, nil
}

// look judges the rows of a page, and seals anew what an old key sealed.
func (r *Keyring) look(ctx context.Context, w *walk, t table, rows []row.Row) error {
	w.Rows += int64(len(rows))
	set := store.NewChangeSet()
	var old []row.Row
	for _, found := range rows {
		if t.until != nil {
			w.wait(t, t.until(found, w), r.Now())
			continue
		}
		changed, broken, err := r.reseal(t, found)
		if err != nil {
			return err
		}
		w.Broken += broken
		if changed {
			old = append(old, found)
			set.Update(found)
		}
	}
	if set.Empty() {
		return nil
	}
	err := r.Store.Commit(ctx, set)
	if err == nil {
		w.Resealed += int64(len(old))
		return nil
	}
	if !errors.Is(err, store.ErrConflict) {
		return err
	}
	for _, found := range old { // one of them was changed meanwhile
		if err := r.resealOne(ctx, w, t, found); err != nil {
			return err
		}
	}
	return nil
}

// wait notes a row that needs the old key for a time.
func (w *walk) wait(t table, until, now time.Time) {
	switch {
	case !until.After(now):
	case t.ends:
		w.SignIns++
		w.SignInsUntil = later(w.SignInsUntil, until)
	default:
		w.Waiting++
		w.WaitUntil = later(w.WaitUntil, until)
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// reseal seals the values of a row anew, and reports whether there was something to seal
// and how many values do not open.
func (r *Keyring) reseal(t table, found row.Row) (changed bool, broken int64, err error) {
	for _, v := range t.values(found) {
		if len(*v.sealed) == 0 {
			continue
		}
		switch fresh, err := r.vault.Reseal(v.place, *v.sealed); {
		case errors.Is(err, vault.ErrSealBroken):
			broken++
		case err != nil:
			return false, broken, err
		case fresh != nil:
			*v.sealed = fresh
			changed = true
		}
	}
	return changed, broken, nil
}

// resealOne is reseal for a row that is read anew until nobody else changes it.
func (r *Keyring) resealOne(ctx context.Context, w *walk, t table, found row.Row) error {
	return store.Retry(ctx, func(ctx context.Context) error {
		if err := r.Store.Read(ctx, found); err != nil || !found.Stamped().Stored() {
			return err
		}
		changed, _, err := r.reseal(t, found)
		if err != nil || !changed {
			return err
		}
		set := store.NewChangeSet()
		set.Update(found)
		if err := r.Store.Commit(ctx, set); err != nil {
			return err
		}
		w.Resealed++
		return nil
	})
}

func (r *Keyring) progress(w *walk, token string, err error) (Progress, error) {
	if err != nil {
		return Progress{}, err
	}
	if token == "" {
		if token, err = r.vault.SealToken(walkKind, w); err != nil {
			return Progress{}, err
		}
	}
	p := Progress{
		State: stateOf(r.vault.Keyset(), r.Now()), Token: token, Done: w.Done, Rows: w.Rows, Resealed: w.Resealed, Broken: w.Broken,
		SignIns: w.SignIns, SignInsUntil: w.SignInsUntil,
	}
	if !w.Done {
		p.Table = string(sealedTables[w.Table].name)
	}
	return p, nil
}
