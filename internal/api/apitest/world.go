package apitest

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"poolhouse.dev/internal/code"
	"poolhouse.dev/internal/decoy"
	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/guard"
	"poolhouse.dev/internal/outbox"
	"poolhouse.dev/internal/passwords"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/signin"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/faulty"
	"poolhouse.dev/internal/subject"
	"poolhouse.dev/internal/token"
	"poolhouse.dev/internal/trigger"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
)

// Ids of the world.
const (
	PoolID   pool.ID       = "eu-test-1_abcdefghi"
	OtherID  pool.ID       = "eu-test-1_123456789"
	ClientID pool.ClientID = "client1"
)

const publicURL = "https://idp.example.test"

// World is a server's part below the operations. Its pool is PoolID, its client
// ClientID, which hides who exists unless a test changes that; OtherID is a pool
// without clients.
type World struct {
	*shared
	// Store fails as Fail says; Rows is the store beneath.
	Store *faulty.Store
	Rows  store.Store
	// Messages are those that were handed over.
	Messages *Messages

	Directory *directory.Directory
	Codes     *code.Codes
	Outbox    *outbox.Outbox
	Issuer    *token.Issuer
	Tokens    *token.Authorizer
	SignIn    *signin.Machine
	Lanes     *store.Lanes
	Subjects  *subject.Subjects
	Decoy     *decoy.Decoy
	Passwords *passwords.Judge
	Triggers  *trigger.Caller
	Pool      *pool.Pool
	Client    *pool.Client
	// Functions answers for the functions of the pool, all of them; nil has none.
	Functions func(event []byte) ([]byte, error)
	// Skew is how far this node's clock is off the world's.
	Skew time.Duration
}

// shared is what all nodes of a world have in common.
type shared struct {
	t     testing.TB
	Vault *vault.Vault

	mu    sync.Mutex
	now   time.Time
	plan  func(*store.ChangeSet) faulty.Outcome
	trace []string
}

// keyring is what takes long to make; every world has the same.
var keyring = sync.OnceValue(func() (ring struct {
	vault *vault.Vault
	keys  [2]*pool.SigningKey
}) {
	ctx, master := context.Background(), vault.NewMasterKey()
	sealed, err := vault.NewSealedKeyset(ctx, master)
	if err == nil {
		ring.vault, err = vault.Open(ctx, master, sealed)
	}
	if err == nil {
		ring.keys, err = token.NewStock(ring.vault, 0).Pair(ctx, PoolID, start)
	}
	if err != nil {
		panic(err)
	}
	return ring
})

var start = time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC)

// New returns a world on an empty store; change, which may be nil, makes the
// pool what the test needs.
func New(t testing.TB, rows store.Store, change func(*pool.Settings)) *World {
	t.Helper()
	ring := keyring()
	w := &World{shared: &shared{t: t, Vault: ring.vault, now: start}, Rows: rows, Messages: &Messages{}}
	w.build()
	w.Pool = &pool.Pool{ID: PoolID, Region: "eu-test-1", CreatedAt: start, Settings: pool.DefaultSettings()}
	if change != nil {
		change(&w.Pool.Settings)
	}
	w.Client = NewClient(ClientID)
	w.Insert(w.Pool, w.Client, &pool.Pool{ID: OtherID, Region: "eu-test-1", Settings: pool.DefaultSettings()})
	for _, k := range ring.keys {
		fresh := *k
		w.Insert(&fresh)
	}
	return w
}

// Node returns another server on the same store, whose clock is off by skew.
func (w *World) Node(skew time.Duration) *World {
	n := *w
	n.Skew = skew
	n.build()
	return &n
}

// build makes the parts of one server.
func (w *World) build() {
	w.Store = faulty.New(faulty.Config{Inner: w.Rows, Commit: w.onCommit, Read: w.onRead})
	w.Lanes = &store.Lanes{}
	w.Directory = directory.New(w.Store, w.Vault)
	w.Decoy = decoy.New(decoy.Deps{Store: w.Store, Directory: w.Directory, Vault: w.Vault, Lanes: w.Lanes, Now: w.Now})
	w.Passwords = passwords.New(passwords.Config{Store: w.Store, Vault: w.Vault})
	w.Outbox = outbox.New(outbox.Config{
		Store: w.Store, Vault: w.Vault, Driver: w.Messages, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)), Now: w.Now,
	})
	w.Triggers = trigger.New(trigger.Config{Function: w, Logger: slog.New(slog.DiscardHandler)})
	w.Codes = code.New(w.Vault, w.Outbox, w.Triggers, "https://id.example", w.Now)
	keys := token.NewKeys(token.KeysConfig{Store: w.Store, Vault: w.Vault, Now: w.Now})
	w.Issuer = token.NewIssuer(token.IssuerConfig{Keys: keys, Vault: w.Vault, PublicURL: publicURL, Now: w.Now})
	w.Tokens = token.NewAuthorizer(token.AuthorizerConfig{Store: w.Store, Directory: w.Directory, Keys: keys, PublicURL: publicURL, Now: w.Now})
	w.Subjects = subject.New(subject.Deps{Store: w.Store, Directory: w.Directory, Tokens: w.Tokens, Lanes: w.Lanes, AllowUser: Unlimited})
	w.SignIn = signin.New(signin.Deps{
		Store: w.Store, Directory: w.Directory, Vault: w.Vault, Issuer: w.Issuer, Lanes: w.Lanes, Triggers: w.Triggers,
		Guard: guard.New(guard.Deps{Store: w.Store, Vault: w.Vault, Outbox: w.Outbox, Logger: slog.New(slog.DiscardHandler), Now: w.Now}),
		Codes: w.Codes, Outbox: w.Outbox, Decoy: w.Decoy, Passwords: w.Passwords, AllowUser: Unlimited, Now: w.Now,
	})
}

// Request is a step of a sign-in to the world's client.
func (w *World) Request() signin.Request { return signin.Request{Pool: w.Pool, Client: w.Client} }

// Invoke implements trigger.Function.
func (w *World) Invoke(ctx context.Context, arn string, event []byte) (trigger.Result, error) {
	if w.Functions == nil {
		return trigger.Routes{}.Invoke(ctx, arn, event)
	}
	payload, err := w.Functions(event)
	return trigger.Result{Payload: payload}, err
}

// Unlimited limits no user.
func Unlimited(string, bool) error { return nil }

// Now is the node's clock.
func (w *World) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now.Add(w.Skew)
}

// Forward puts the clocks of all nodes forward.
func (w *World) Forward(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// NewClient returns a public client of the pool, not stored yet, that allows
// sign-in by password and hides who exists.
func NewClient(id pool.ClientID) *pool.Client {
	return &pool.Client{ID: id, PoolID: PoolID, Settings: pool.ClientSettings{
		AuthFlows: []string{"ALLOW_" + pool.FlowUserPassword, "ALLOW_" + pool.FlowAdminPassword, "ALLOW_" + pool.FlowRefresh},
		HideUsers: "ENABLED", TokenRevocation: true, AuthSessionMinutes: 3, SchemaSize: len(pool.StandardSchema()),
	}}
}

// Insert stores rows, past all faults.
func (w *World) Insert(rows ...row.Row) {
	w.t.Helper()
	set := store.NewChangeSet()
	set.Insert(rows...)
	w.commit(set)
}

// Update stores changed rows, past all faults.
func (w *World) Update(rows ...row.Row) {
	w.t.Helper()
	set := store.NewChangeSet()
	set.Update(rows...)
	w.commit(set)
}

// Remove drops rows, past all faults.
func (w *World) Remove(rows ...row.Row) {
	w.t.Helper()
	set := store.NewChangeSet()
	set.Drop(rows...)
	w.commit(set)
}

func (w *World) commit(set *store.ChangeSet) {
	w.t.Helper()
	if err := w.Rows.Commit(w.t.Context(), set); err != nil {
		w.t.Fatal(err)
	}
}

// Read reads a row, past all faults, and returns it.
func Read[R row.Row](w *World, r R) R {
	w.t.Helper()
	if err := w.Rows.Read(w.t.Context(), r); err != nil {
		w.t.Fatal(err)
	}
	return r
}

// AddUser stores a user whom change makes what the test needs, with the names
// that are theirs. password is "" for a user without one.
func (w *World) AddUser(name, password string, change func(*user.User)) *user.User {
	w.t.Helper()
	u := &user.User{
		PoolID: PoolID, Sub: user.Sub(vault.NewSub()), Username: name, Status: user.Confirmed,
		PasswordSetAt: start, CreatedAt: start, ModifiedAt: start,
	}
	if change != nil {
		change(u)
	}
	if password != "" {
		var err error
		if u.Verifier, err = w.Vault.NewVerifier(w.t.Context(), directory.VerifierPlace(u), string(PoolID), u.Username, password); err != nil {
			w.t.Fatal(err)
		}
	}
	w.Insert(u)
	for _, alias := range user.Claims(w.Pool, u) {
		w.Insert(alias)
	}
	return u
}

// User reads a user anew.
func (w *World) User(u *user.User) *user.User {
	w.t.Helper()
	return Read(w, &user.User{PoolID: u.PoolID, Sub: u.Sub})
}
