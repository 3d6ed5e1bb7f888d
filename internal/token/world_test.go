package token_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/token"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
)

const publicURL = "https://idp.example.test"

var start = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// keyring is what costs time to make: a vault and the keys of two pools.
type keyring struct {
	vault  *vault.Vault
	one    [2]*pool.SigningKey
	other  [2]*pool.SigningKey
	forger *rsa.PrivateKey
}

const poolOne, poolOther pool.ID = "eu-test-1_oneoneone", "eu-test-1_otherothr"

var sharedKeys = sync.OnceValue(func() keyring {
	must := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	ctx := context.Background()
	master := vault.NewMasterKey()
	sealed, err := vault.NewSealedKeyset(ctx, master)
	must(err)
	v, err := vault.Open(ctx, master, sealed)
	must(err)
	k := keyring{vault: v}
	stock := token.NewStock(v, 0)
	k.one, err = stock.Pair(ctx, poolOne, start)
	must(err)
	k.other, err = stock.Pair(ctx, poolOther, start)
	must(err)
	k.forger, err = rsa.GenerateKey(rand.Reader, 2048)
	must(err)
	return k
})

// world is a server's part of this package over a store in memory, with one
// user who is signed in.
type world struct {
	t     testing.TB
	rows  *rows
	now   time.Time
	ring  keyring
	keys  *token.Keys
	issue *token.Issuer
	auth  *token.Authorizer

	pool    *pool.Pool
	client  *pool.Client
	user    *user.User
	session *user.Session
}

func newWorld(t testing.TB) *world {
	w := &world{t: t, rows: &rows{all: map[row.Key]row.Row{}}, now: start, ring: sharedKeys()}
	w.keys = token.NewKeys(token.KeysConfig{Store: w.rows, Vault: w.ring.vault, Now: w.clock})
	w.issue = token.NewIssuer(token.IssuerConfig{Keys: w.keys, Vault: w.ring.vault, PublicURL: publicURL, Now: w.clock})
	w.auth = w.authorizer(w.clock)

	w.pool = &pool.Pool{ID: poolOne, Region: "eu-test-1", Settings: pool.Settings{Schema: pool.StandardSchema()}}
	w.client = &pool.Client{ID: "client1", PoolID: poolOne, Settings: pool.ClientSettings{TokenRevocation: true, SchemaSize: 20}}
	w.user = &user.User{PoolID: poolOne, Sub: "34c84488-e0e1-70ae-d2ee-991ad1a898c8", Username: "ann", Status: user.Confirmed}
	w.session = w.signIn("8d2a3c1e-0000-4000-8000-000000000001")
	w.rows.put(w.pool, w.client, w.user, w.session,
		&pool.Pool{ID: poolOther, Region: "eu-test-1"},
		&pool.Client{ID: "client2", PoolID: poolOther})
	for _, k := range slices.Concat(w.ring.one[:], w.ring.other[:]) {
		fresh := *k
		w.rows.put(&fresh)
	}
	return w
}

func (w *world) clock() time.Time { return w.now }

func (w *world) authorizer(now func() time.Time) *token.Authorizer {
	return token.NewAuthorizer(token.AuthorizerConfig{
		Store: w.rows, Directory: directory.New(w.rows, w.ring.vault), Keys: w.keys, PublicURL: publicURL, Now: now,
	})
}

// lent is an authorizer over a store that lends its rows.
func (w *world) lent() *token.Authorizer {
	return token.NewAuthorizer(token.AuthorizerConfig{
		Store: lending{w.rows}, Directory: directory.New(w.rows, w.ring.vault), Keys: w.keys, PublicURL: publicURL, Now: w.clock,
	})
}

func (w *world) signIn(id string) *user.Session {
	return &user.Session{
		PoolID: poolOne, Sub: w.user.Sub, ID: id, OriginJTI: "origin-" + id, ClientID: w.client.ID,
		Epoch: w.user.SignOutEpoch, Scope: token.ScopeSignIn, AuthTime: w.now, ExpiresAt: w.now.Add(30 * 24 * time.Hour),
	}
}

func (w *world) mint() token.Tokens {
	w.t.Helper()
	tokens, err := w.issue.Mint(w.t.Context(), token.MintInput{
		Pool: w.pool, Client: w.client, User: w.user, Session: w.session, WithRefresh: true,
	})
	if err != nil {
		w.t.Fatalf("Mint: %v", err)
	}
	return tokens
}

// private opens the private key of a pool's signing key.
func (w *world) private(k *pool.SigningKey) *rsa.PrivateKey {
	w.t.Helper()
	plain, err := w.ring.vault.Open(directory.KeyPlace(k), k.SealedKey)
	if err != nil {
		w.t.Fatalf("opening a private key: %v", err)
	}
	key, err := x509.ParsePKCS8PrivateKey(plain)
	if err != nil {
		w.t.Fatalf("parsing a private key: %v", err)
	}
	return key.(*rsa.PrivateKey)
}

// object is a JSON object.
type object map[string]any

func (o object) with(name string, value any) object {
	c := maps.Clone(o)
	c[name] = value
	return c
}

func (o object) without(name string) object {
	c := maps.Clone(o)
	delete(c, name)
	return c
}

// header and claims are those of a good access token.
func (w *world) header() object { return object{"alg": "RS256", "kid": w.ring.one[1].KID} }

func (w *world) claims() object {
	return object{
		"sub": string(w.user.Sub), "iss": publicURL + "/" + string(poolOne), "client_id": "client1",
		"origin_jti": w.session.OriginJTI, "event_id": w.session.ID, "token_use": "access",
		"scope": token.ScopeSignIn, "auth_time": w.now.Unix(), "exp": w.now.Unix() + 3600,
		"iat": w.now.Unix(), "jti": "a7a3c1d0-0000-4000-8000-000000000002", "username": "ann",
	}
}

// craft signs any header and claims, which may be objects or raw text.
func (w *world) craft(key *rsa.PrivateKey, header, claims any) string {
	w.t.Helper()
	text := part(w.t, header) + "." + part(w.t, claims)
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		w.t.Fatalf("signing: %v", err)
	}
	return text + "." + encode(sig)
}

// genuine signs with the pool's own key for access tokens.
func (w *world) genuine(header, claims any) string {
	return w.craft(w.private(w.ring.one[1]), header, claims)
}

func part(t testing.TB, v any) string {
	t.Helper()
	if raw, ok := v.(string); ok {
		return encode([]byte(raw))
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatalf("encoding: %v", err)
	}
	return encode(b)
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// read decodes one part of a token.
func read(t testing.TB, text string, n int) object {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(strings.Split(text, ".")[n])
	if err != nil {
		t.Fatalf("part %d: %v", n, err)
	}
	var o object
	if err := json.Unmarshal(b, &o); err != nil {
		t.Fatalf("part %d: %v", n, err)
	}
	return o
}

// rows is a store in memory that keeps what it was asked.
type rows struct {
	mu     sync.Mutex
	all    map[row.Key]row.Row
	reads  [][]row.Key
	lists  int
	fail   error
	onList func() // runs after the rows were found
}

func (s *rows) put(all ...row.Row) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range all {
		r.Stamped().Version++
		s.all[r.RowKey()] = r
	}
}

func (s *rows) remove(r row.Row) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, r.RowKey())
}

func (s *rows) Read(_ context.Context, all ...row.Row) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var keys []row.Key
	for _, r := range all {
		keys = append(keys, r.RowKey())
		*r.Stamped() = row.Stamp{}
		switch stored := s.all[r.RowKey()].(type) {
		case *pool.Pool:
			*r.(*pool.Pool) = *stored
		case *pool.Removal:
			*r.(*pool.Removal) = *stored
		case *pool.Client:
			*r.(*pool.Client) = *stored
		case *user.User:
			*r.(*user.User) = *stored
		case *user.Session:
			*r.(*user.Session) = *stored
		}
	}
	s.reads = append(s.reads, keys)
	return s.fail
}

// lending is rows that lends the users and sign-ins that it has.
type lending struct{ *rows }

func (s lending) Lend(key row.Key) row.Row {
	s.mu.Lock()
	defer s.mu.Unlock()
	if key.Table == user.TableUsers || key.Table == user.TableSessions {
		return s.all[key]
	}
	return nil
}

func (s *rows) List(_ context.Context, q store.Query) (store.Page, error) {
	s.mu.Lock()
	s.lists++
	var page store.Page
	for _, r := range s.all {
		k, ok := r.(*pool.SigningKey)
		if ok && q.Table == pool.TableKeys && string(k.PoolID) == q.Equal[0].Value {
			c := *k
			page.Rows = append(page.Rows, &c)
		}
	}
	slices.SortFunc(page.Rows, func(a, b row.Row) int { return a.RowKey().Compare(b.RowKey()) })
	fail, then := s.fail, s.onList
	s.mu.Unlock()
	if then != nil {
		then()
	}
	return page, fail
}

func (s *rows) Count(context.Context, store.Query) (int64, error) { return 0, s.fail }
