package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/instance"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/token"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
)

const (
	// publicURL is the servers' own; tokens that the fill mints name it.
	publicURL = "http://127.0.0.1:7665"
	password  = "Correct-Horse-7"
	// setUsers is how many users one change set of the fill inserts, and
	// fillers how many such sets are under way.
	setUsers = 200
	fillers  = 4
)

// signedIn is a user whom the load acts for.
type signedIn struct {
	name            string
	access, refresh string
}

// filler puts users into a store through its engine, as the operations would
// have left them. One sealed verifier serves all but those who sign in with
// their password, since making a million would take hours.
type filler struct {
	store    store.Store
	vault    *vault.Vault
	issuer   *token.Issuer
	pool     *pool.Pool
	client   *pool.Client
	verifier []byte
	now      time.Time
}

func newFiller(ctx context.Context, s store.Store, key vault.MasterKey, poolID, clientID string) (*filler, error) {
	m := &instance.Material{Name: instance.MaterialKeyset}
	f := &filler{store: s, pool: &pool.Pool{ID: pool.ID(poolID)}, client: &pool.Client{ID: pool.ClientID(clientID)}, now: time.Now()}
	if err := s.Read(ctx, m, f.pool, f.client); err != nil {
		return nil, err
	}
	var err error
	if f.vault, err = vault.Open(ctx, key, m.Value); err != nil {
		return nil, err
	}
	keys := token.NewKeys(token.KeysConfig{Store: s, Vault: f.vault, Now: time.Now})
	f.issuer = token.NewIssuer(token.IssuerConfig{Keys: keys, Vault: f.vault, PublicURL: publicURL, Now: time.Now})
	anybody := &user.User{PoolID: f.pool.ID, Sub: "anybody"}
	f.verifier, err = f.newVerifier(ctx, anybody)
	return f, err
}

func (f *filler) newVerifier(ctx context.Context, u *user.User) ([]byte, error) {
	return f.vault.NewVerifier(ctx, directory.VerifierPlace(u), string(f.pool.ID), u.Username, password)
}

// fill inserts n users and returns those at every step-th place, signed in;
// withPassword of them can sign in again. The subs are in order unless random,
// so that a large store is filled in minutes.
func (f *filler) fill(ctx context.Context, n, step, withPassword int, random bool) ([]signedIn, error) {
	subs := make([]string, n)
	for i := range subs {
		subs[i] = vault.NewUUID()
	}
	if !random {
		slices.Sort(subs)
	}
	active := make([]signedIn, (n+step-1)/step)
	var wg sync.WaitGroup
	errs := make([]error, fillers)
	for w := range fillers {
		wg.Go(func() {
			for from := w * setUsers; from < n && errs[w] == nil && ctx.Err() == nil; from += fillers * setUsers {
				errs[w] = f.some(ctx, subs, from, step, withPassword, active)
				if done := min(from+setUsers, n); done%100_000 == 0 {
					fmt.Fprintf(os.Stderr, "  %d of %d users\n", done, n)
				}
			}
		})
	}
	wg.Wait()
	return active, errors.Join(append(errs, ctx.Err())...)
}

// some inserts the users from one place on, in one change set.
func (f *filler) some(ctx context.Context, subs []string, from, step, withPassword int, active []signedIn) error {
	set := store.NewChangeSet()
	for i := from; i < min(from+setUsers, len(subs)); i++ {
		u := f.user(i, subs[i])
		if i%step == 0 {
			s, err := f.signIn(ctx, u, i/step < withPassword, &active[i/step])
			if err != nil {
				return err
			}
			set.Insert(s)
		}
		set.Insert(u)
		for _, alias := range user.Claims(f.pool, u) {
			set.Insert(alias)
		}
	}
	if err := f.store.Commit(ctx, set); err != nil {
		return fmt.Errorf("filling the store: %w", err)
	}
	return nil
}

func (f *filler) user(i int, sub string) *user.User {
	return &user.User{
		PoolID: f.pool.ID, Sub: user.Sub(sub), Username: username(i), Status: user.Confirmed,
		Attributes: user.Attributes{
			{Name: pool.AttrEmail, Value: email(i)},
			{Name: pool.AttrEmailVerified, Value: "true"},
			{Name: "name", Value: fmt.Sprintf("Person %07d", i)},
			{Name: "given_name", Value: "Person"},
			{Name: "family_name", Value: fmt.Sprintf("%07d", i)},
		},
		Verifier: f.verifier, PasswordSetAt: f.now, CreatedAt: f.now, ModifiedAt: f.now,
	}
}

func username(i int) string { return fmt.Sprintf("person-%07d", i) }
func email(i int) string    { return username(i) + "@example.com" }

func (f *filler) signIn(ctx context.Context, u *user.User, again bool, to *signedIn) (row.Row, error) {
	if again {
		var err error
		if u.Verifier, err = f.newVerifier(ctx, u); err != nil {
			return nil, err
		}
	}
	s := token.NewSession(f.pool, f.client, u, f.now)
	t, err := f.issuer.Mint(ctx, token.MintInput{Pool: f.pool, Client: f.client, User: u, Session: s, WithRefresh: true})
	*to = signedIn{name: u.Username, access: t.Access, refresh: t.Refresh}
	return s, err
}
