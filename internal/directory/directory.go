// Package directory finds what a request names: a pool by its id, a client by
// its id and secret hash, a user by any of their names. It answers with the
// service's own faults when there is no such thing.
//
// It reads and never writes. Pools and clients come through a short cache when
// the store has one (see store/cached); users are always read.
package directory

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"

	"poolhouse.dev/internal/caller"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
)

// Directory looks things up. It is safe for concurrent use.
type Directory struct {
	store  store.Reader
	lender store.Lender
	vault  *vault.Vault
}

// New returns a Directory that reads from s and opens client secrets with v.
func New(s store.Reader, v *vault.Vault) *Directory {
	return &Directory{store: s, lender: store.LenderOf(s), vault: v}
}

// Pool returns the pool with the given id for the caller in ctx: a signed
// caller sees the pools of its own region only. The pool is shared and must
// not be changed. The fault is ResourceNotFoundException.
func (d *Directory) Pool(ctx context.Context, id pool.ID) (*pool.Pool, error) {
	p, removal, err := d.pool(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("loading pool %s: %w", id, err)
	}
	region := caller.From(ctx).Region
	if !p.Stored() || removal.Stored() || region != "" && region != p.Region {
		return nil, fault.ResourceNotFoundf("User pool %s does not exist.", id)
	}
	return p, nil
}

func (d *Directory) pool(ctx context.Context, id pool.ID) (*pool.Pool, *pool.Removal, error) {
	known := store.Lend[*pool.Pool](d.lender, (&pool.Pool{ID: id}).RowKey())
	gone := store.Lend[*pool.Removal](d.lender, (&pool.Removal{PoolID: id}).RowKey())
	if known != nil && gone != nil {
		return known, gone, nil
	}
	p, removal := &pool.Pool{ID: id}, &pool.Removal{PoolID: id}
	return p, removal, d.store.Read(ctx, p, removal)
}

// client returns the client with the given id, stored or not.
func (d *Directory) client(ctx context.Context, id pool.ClientID) (*pool.Client, error) {
	if known := store.Lend[*pool.Client](d.lender, (&pool.Client{ID: id}).RowKey()); known != nil {
		return known, nil
	}
	c := &pool.Client{ID: id}
	if err := d.store.Read(ctx, c); err != nil {
		return nil, fmt.Errorf("loading client %s: %w", id, err)
	}
	return c, nil
}

// ClientOf returns a client of the given pool. The client is shared and must not
// be changed. The fault is ResourceNotFoundException, also for a client of
// another pool.
func (d *Directory) ClientOf(ctx context.Context, id pool.ID, clientID pool.ClientID) (*pool.Client, error) {
	c, err := d.client(ctx, clientID)
	if err != nil {
		return nil, err
	}
	if !c.Stored() || c.PoolID != id {
		return nil, noClient(clientID)
	}
	return c, nil
}

// Client returns a client and its pool by the client's id alone, as unsigned
// calls name it.
func (d *Directory) Client(ctx context.Context, id pool.ClientID) (*pool.Pool, *pool.Client, error) {
	c, err := d.client(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	if !c.Stored() {
		return nil, nil, noClient(id)
	}
	p, err := d.Pool(ctx, c.PoolID)
	if err != nil {
		return nil, nil, err
	}
	return p, c, nil
}

func noClient(id pool.ClientID) error {
	return fault.ResourceNotFoundf("User pool client %s does not exist.", id)
}

// PublicClient is Client with the check of the secret hash over username.
// hash is nil when the request had none.
func (d *Directory) PublicClient(ctx context.Context, id pool.ClientID, hash *string, username string) (*pool.Pool, *pool.Client, error) {
	p, c, err := d.Client(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	return p, c, d.VerifySecretHash(c, hash, username)
}

// Evenly returns a context with which users are read for the client: where it hides who
// exists, the reading of one who does costs what that of one who does not costs.
func Evenly(ctx context.Context, c *pool.Client) context.Context {
	if c.HidesUsers() {
		return store.Evenly(ctx)
	}
	return ctx
}

// VerifySecretHash checks Base64(HMAC-SHA256(secret, username + client id)) in
// constant time. The fault is NotAuthorizedException: a confidential client
// must send a hash and a public one must not.
func (d *Directory) VerifySecretHash(c *pool.Client, hash *string, username string) error {
	if !c.IsConfidential() {
		if hash != nil {
			return fault.NotAuthorizedf("Client %s is not configured for secret but secret was received", c.ID)
		}
		return nil
	}
	if hash == nil {
		return fault.NotAuthorizedf("Client %s is configured with secret but SECRET_HASH was not received", c.ID)
	}
	secret, err := d.Secret(c)
	if err != nil {
		return err
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(username + string(c.ID)))
	want := base64.StdEncoding.EncodeToString(mac.Sum(nil))
	if subtle.ConstantTimeCompare([]byte(want), []byte(*hash)) != 1 {
		return fault.NotAuthorizedf("Unable to verify secret hash for client %s", c.ID)
	}
	return nil
}

// Secret opens the client's secret; nil for a public client.
func (d *Directory) Secret(c *pool.Client) ([]byte, error) {
	if !c.IsConfidential() {
		return nil, nil
	}
	secret, err := d.vault.Open(SecretPlace(c), c.SealedSecret)
	if err != nil {
		return nil, fmt.Errorf("opening the secret of client %s: %w", c.ID, err)
	}
	return secret, nil
}

// SecretPlace is where a client's secret is sealed for.
func SecretPlace(c *pool.Client) vault.Place { return PlaceOf(c, "secret") }

// VerifierPlace is where a user's password verifier is sealed for.
func VerifierPlace(u *user.User) vault.Place { return PlaceOf(u, "verifier") }

// KeyPlace is where the private key of a signing key is sealed for. It names the
// public key and the use, so that opening the private one proves that both are
// those it was made with.
func KeyPlace(k *pool.SigningKey) vault.Place {
	public := sha256.Sum256(k.PublicKey)
	return PlaceOf(k, "private_key "+k.Use+" "+hex.EncodeToString(public[:]))
}

// PlaceOf is where a sealed column of a row belongs. A sealed value that was
// moved to another row, table or column does not open.
func PlaceOf(r row.Row, column string) vault.Place {
	key := r.RowKey()
	return vault.Place{Table: string(key.Table), Key: key.String(), Column: column}
}

// User returns the user of p that name stands for: the user name, an active
// alias, or the sub. It returns nil and no error when there is no such user.
func (d *Directory) User(ctx context.Context, p *pool.Pool, name string) (*user.User, error) {
	aliases := user.LookupAliases(p, name)
	if len(aliases) == 0 {
		return nil, nil
	}
	rows := make([]row.Row, len(aliases))
	for i, a := range aliases {
		rows[i] = a
	}
	if err := d.store.Read(ctx, rows...); err != nil {
		return nil, fmt.Errorf("looking up a user name: %w", err)
	}
	for _, a := range aliases {
		if !a.Stored() {
			continue
		}
		u := &user.User{PoolID: p.ID, Sub: a.Sub}
		if err := d.store.Read(ctx, u); err != nil {
			return nil, fmt.Errorf("loading the user of an alias: %w", err)
		}
		if u.Stored() && user.ClaimsAlias(p, u, a.RowKey()) {
			if store.IsEven(ctx) {
				d.Nobody(p, name) // which takes its time for a name that nobody has
			}
			return u, nil
		}
	}
	return nil, nil
}

// Nobody returns the sub that stands in for a user whom the pool does not have,
// where answers must not tell that. It is the same for every spelling of the
// name, so that what is counted for nobody is counted as for somebody; and as long as a
// user's, so that rows are.
func (d *Directory) Nobody(p *pool.Pool, name string) user.Sub {
	key, _ := user.AliasKey(name, p.CaseSensitive())
	return user.Sub("nobody-" + hex.EncodeToString(d.vault.Pseudonym("unknown-user", string(p.ID), key)))[:subLength]
}

// subLength is that of a UUID, which users have as their sub.
const subLength = 36

// ExistingUser is User with UserNotFoundException for nobody.
func (d *Directory) ExistingUser(ctx context.Context, p *pool.Pool, name string) (*user.User, error) {
	u, err := d.User(ctx, p, name)
	if err == nil && u == nil {
		err = fault.UserNotFound("User does not exist.")
	}
	return u, err
}

// DeviceGroup returns the group that all devices of a pool's users belong to, which
// their proofs are made with.
func (d *Directory) DeviceGroup(p *pool.Pool) string {
	return "-" + hex.EncodeToString(d.vault.Pseudonym("device-group", string(p.ID)))[:8]
}

// Passkeys returns the passkeys of a user, the oldest first.
func (d *Directory) Passkeys(ctx context.Context, u *user.User) ([]*user.Passkey, error) {
	page, err := d.store.List(ctx, store.Query{Table: user.TablePasskeys, Limit: user.MaxPasskeys, Equal: []store.Term{
		{Column: "pool_id", Value: string(u.PoolID)}, {Column: "sub", Value: string(u.Sub)},
	}})
	if err != nil {
		return nil, fmt.Errorf("listing passkeys of a user: %w", err)
	}
	list := make([]*user.Passkey, len(page.Rows))
	for i, r := range page.Rows {
		list[i] = r.(*user.Passkey)
	}
	slices.SortFunc(list, func(a, b *user.Passkey) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return list, nil
}
