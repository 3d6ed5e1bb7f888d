package userimport

import (
	"context"
	"fmt"
	"slices"
	"time"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
)

// Result is what became of a line.
type Result string

// Results.
const (
	// Imported is a user who was made.
	Imported Result = "imported"
	// Exists is a user who was there already, by sub or name, and was left alone.
	Exists Result = "exists"
	// Refused is a line that cannot be made a user.
	Refused Result = "refused"
)

// Outcome is the result of a line and, but for Imported, the reason.
type Outcome struct {
	Result Result `json:"result"`
	Reason string `json:"reason,omitempty"`
}

// MaxLines bounds the lines of one call, so that one change set stays small.
const MaxLines = 50

// Deps is what an Importer works with.
type Deps struct {
	Store store.Store
	Vault *vault.Vault
	Now   func() time.Time
}

// Importer makes users of lines. It is safe for concurrent use.
type Importer struct{ Deps }

// New returns an Importer.
func New(d Deps) *Importer { return &Importer{d} }

// Import makes the users of at most MaxLines lines, in one change set, and returns what
// became of each. After an error nothing is known to be made; a second call with the
// same lines tells the users that exist.
func (i *Importer) Import(ctx context.Context, p *pool.Pool, lines [][]byte) ([]Outcome, error) {
	outcomes, newcomers := make([]Outcome, len(lines)), make([]*newcomer, len(lines))
	for n, text := range lines {
		made, err := read(p, text, i.Now())
		if err != nil {
			outcomes[n] = Outcome{Refused, err.Error()}
			continue
		}
		if made.hash != nil {
			u := made.draft.User
			if u.Verifier, err = i.Vault.SealForeign(directory.VerifierPlace(u), *made.hash); err != nil {
				return nil, err
			}
		}
		newcomers[n] = made
	}
	var done []Outcome
	err := store.Retry(ctx, func(ctx context.Context) error {
		done = slices.Clone(outcomes)
		err := i.commit(ctx, p, newcomers, done)
		if _, taken := store.Duplicate(err); taken {
			// Somebody took a name since it was looked for: look again.
			return store.ErrConflict
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("importing users: %w", err)
	}
	return done, nil
}

// commit stores those newcomers whose names are free and whose groups are there, and
// fills in the outcomes of all.
func (i *Importer) commit(ctx context.Context, p *pool.Pool, newcomers []*newcomer, outcomes []Outcome) error {
	found, err := i.look(ctx, p, newcomers)
	if err != nil {
		return err
	}
	set := store.NewChangeSet()
	for n, made := range newcomers {
		if made == nil {
			continue
		}
		if outcomes[n] = found.judge(p, made); outcomes[n].Result == Imported {
			found.add(set, made)
		}
	}
	if set.Empty() {
		return nil
	}
	return i.Store.Commit(ctx, set)
}

// look reads, in one round trip, all that the newcomers could meet.
func (i *Importer) look(ctx context.Context, p *pool.Pool, newcomers []*newcomer) (*found, error) {
	f := &found{taken: map[row.Key]bool{}, groups: map[string]*pool.Group{}, now: i.Now()}
	probes := map[row.Key]row.Row{}
	for _, made := range newcomers {
		if made == nil {
			continue
		}
		u := made.draft.User
		probes[u.RowKey()] = &user.User{PoolID: u.PoolID, Sub: u.Sub}
		for _, claim := range slices.Concat(made.draft.Claims, user.LookupAliases(p, made.name)) {
			probes[claim.RowKey()] = &user.Alias{PoolID: claim.PoolID, Kind: claim.Kind, Key: claim.Key}
		}
		for _, name := range made.groups {
			if f.groups[name] == nil {
				f.groups[name] = &pool.Group{PoolID: p.ID, Name: name}
				probes[f.groups[name].RowKey()] = f.groups[name]
			}
		}
	}
	rows := make([]row.Row, 0, len(probes))
	for _, r := range probes {
		rows = append(rows, r)
	}
	if len(rows) == 0 {
		return f, nil
	}
	if err := i.Store.Read(ctx, rows...); err != nil {
		return nil, err
	}
	for key, r := range probes {
		if r.Stamped().Stored() {
			f.taken[key] = true
		}
	}
	return f, nil
}

// found is what newcomers meet: what is stored, and who came before them.
type found struct {
	taken  map[row.Key]bool
	groups map[string]*pool.Group
	// expected are the groups that the set holds on to.
	expected []string
	now      time.Time
}

// judge says what becomes of a newcomer.
func (f *found) judge(p *pool.Pool, made *newcomer) Outcome {
	u := made.draft.User
	own := user.NewAlias(p, user.AliasName, string(u.Sub), u.Sub)
	if f.taken[u.RowKey()] || f.taken[own.RowKey()] {
		return Outcome{Exists, "a user with this sub exists already"}
	}
	for _, alias := range user.LookupAliases(p, made.name) {
		if f.taken[alias.RowKey()] {
			return Outcome{Exists, "a user with this name exists already"}
		}
	}
	for _, claim := range made.draft.Claims {
		if f.taken[claim.RowKey()] {
			return Outcome{Refused, user.TakenText(user.AttributeOfAlias(p, u, claim.Kind, claim.Key))}
		}
	}
	for _, name := range made.groups {
		if !f.groups[name].Stored() {
			return Outcome{Refused, fmt.Sprintf("groups: the pool has no group %q", name)}
		}
	}
	return Outcome{Result: Imported}
}

// add adds a newcomer to the set, whole.
func (f *found) add(set *store.ChangeSet, made *newcomer) {
	u := made.draft.User
	set.Insert(u)
	f.taken[u.RowKey()] = true
	for _, claim := range made.draft.Claims {
		set.Insert(claim)
		f.taken[claim.RowKey()] = true
	}
	for _, name := range made.groups {
		g := f.groups[name]
		set.Insert(&user.Membership{PoolID: u.PoolID, Sub: u.Sub, GroupName: g.Name, GroupID: g.ID, CreatedAt: f.now})
		if !slices.Contains(f.expected, name) {
			// A group that goes meanwhile is a conflict.
			set.Expect(g)
			f.expected = append(f.expected, name)
		}
	}
}
