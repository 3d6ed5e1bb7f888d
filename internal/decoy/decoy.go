// Package decoy answers for names that nobody has, where a client hides who
// exists: with the reads, the counting and the commits that a user costs, and
// with a made-up delivery that looks like a real one.
//
// What an operation tells is the operation's own; what is here only costs and
// looks the same. Start with [Decoy].
package decoy

import (
	"context"
	"encoding/hex"
	"slices"
	"time"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
)

// Deps is what a Decoy works with.
type Deps struct {
	Store     store.Store
	Directory *directory.Directory
	Vault     *vault.Vault
	Lanes     *store.Lanes
	Now       func() time.Time
}

// Decoy stands in for users. It is safe for concurrent use.
type Decoy struct{ Deps }

// New returns a Decoy.
func New(d Deps) *Decoy { return &Decoy{d} }

// Read is the read by which the look-up of a name that somebody has is longer.
func (d *Decoy) Read(ctx context.Context, p *pool.Pool, sub user.Sub) error {
	return d.Store.Read(ctx, &user.User{PoolID: p.ID, Sub: sub})
}

// Try counts one attempt of the kind for a made-up user, and returns the row of
// the purpose's code as it was read. more, unless nil, adds to the set that the
// attempt is committed with. The fault is LimitExceededException, or that of more.
func (d *Decoy) Try(ctx context.Context, p *pool.Pool, sub user.Sub, kind user.AttemptKind, purpose user.Purpose, more func(*store.ChangeSet, *user.Code) error) (found *user.Code, err error) {
	err = d.Lanes.Do(ctx, string(sub), func(ctx context.Context) error {
		attempts := &user.Attempts{PoolID: p.ID, Sub: sub, Kind: kind}
		found = &user.Code{PoolID: p.ID, Sub: sub, Purpose: purpose}
		if err := d.Store.Read(ctx, &user.User{PoolID: p.ID, Sub: sub}, found, attempts); err != nil {
			return err
		}
		if err := attempts.Take(d.Now()); err != nil {
			return err
		}
		set := store.NewChangeSet()
		set.Put(attempts)
		if more != nil {
			if err := more(set, found); err != nil {
				return err
			}
		}
		return d.Store.Commit(ctx, set)
	})
	return found, err
}

// Contact makes up where the codes of a user of this name would go: the same
// every time and for every spelling. options are the attributes that codes may
// go to, the preferred one first, at least one. A name that is itself such an
// address or number is where its user's codes would go most likely.
func (d *Decoy) Contact(p *pool.Pool, name string, options []string) user.CodeRequest {
	key, _ := user.AliasKey(name, p.CaseSensitive())
	switch {
	case pool.LooksLikeEmail(name) && slices.Contains(options, pool.AttrEmail):
		return user.CodeRequest{Attribute: pool.AttrEmail, Target: key}
	case pool.LooksLikePhone(name) && slices.Contains(options, pool.AttrPhone):
		return user.CodeRequest{Attribute: pool.AttrPhone, Target: name}
	case options[0] == pool.AttrPhone:
		return user.CodeRequest{Attribute: pool.AttrPhone, Target: "+" + d.madeUp(p, key, 11, '0', 10)}
	}
	letters := d.madeUp(p, key, 2, 'a', 26)
	return user.CodeRequest{Attribute: pool.AttrEmail, Target: letters[:1] + "@" + letters[1:] + ".invalid"}
}

// madeUp returns n of the kinds many characters from first on.
func (d *Decoy) madeUp(p *pool.Pool, key string, n int, first, kinds byte) string {
	secret := hex.EncodeToString(d.Vault.Pseudonym("simulated-delivery", string(p.ID), key))
	text := make([]byte, n)
	for i := range text {
		text[i] = first + secret[i]%kinds
	}
	return string(text)
}
