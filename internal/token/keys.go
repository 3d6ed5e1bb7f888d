package token

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/maypok86/otter/v2"
	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/vault"
)

// Bounds of what Keys remembers.
const (
	// publishedLife is how long a pool's set of keys is used before it is read
	// again: for so long another node may honour a key that is gone.
	publishedLife = 2 * time.Second
	maxPublished  = 4096
	maxSigners    = 1024
	// maxKeysOfPool is far more than the keys that a pool has: two, and two more while
	// they are being exchanged.
	maxKeysOfPool = 32
)

// Keys are the signing keys of all pools, as the store has them. A pool's set
// is remembered for two seconds; opened private keys are remembered by the
// version of their row. It is safe for concurrent use.
type Keys struct {
	config    KeysConfig
	published *otter.Cache[pool.ID, publishedSet]
	signers   *otter.Cache[signerKey, jose.Signer]

	// mu orders remembering and dropping; epoch grows with every Drop, and a
	// read that began before one remembers nothing.
	mu    sync.Mutex
	epoch uint64
}

// KeysConfig names what Keys needs.
type KeysConfig struct {
	Store store.Reader
	Vault *vault.Vault
	Now   func() time.Time
}

type publishedSet struct {
	keys  []publishedKey
	until time.Time
}

type publishedKey struct {
	row    *pool.SigningKey
	public *rsa.PublicKey
}

type signerKey struct {
	pool    pool.ID
	kid     string
	version int64
}

// NewKeys returns Keys that read from c.Store.
func NewKeys(c KeysConfig) *Keys {
	return &Keys{
		config:    c,
		published: otter.Must(&otter.Options[pool.ID, publishedSet]{MaximumSize: maxPublished}),
		signers:   otter.Must(&otter.Options[signerKey, jose.Signer]{MaximumSize: maxSigners}),
	}
}

// Drop forgets a pool's keys. Whoever commits a change of them calls it after
// the commit, so that this process acts on the change at once.
func (k *Keys) Drop(id pool.ID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.epoch++
	k.published.Invalidate(id)
}

// public returns the published key of a pool with the given id and use, or nil
// when the pool publishes no such key.
func (k *Keys) public(ctx context.Context, id pool.ID, kid, use string) (*rsa.PublicKey, error) {
	keys, err := k.load(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		if key.row.KID == kid && key.row.Use == use {
			return key.public, nil
		}
	}
	return nil, nil
}

// signer returns what signs a pool's tokens of the given use: the key that began last.
func (k *Keys) signer(ctx context.Context, id pool.ID, use string) (jose.Signer, error) {
	keys, err := k.load(ctx, id)
	if err != nil {
		return nil, err
	}
	var newest *pool.SigningKey
	now := k.config.Now()
	for _, key := range keys {
		if key.row.Use == use && key.row.Signs(now) && (newest == nil || key.row.Follows(newest)) {
			newest = key.row
		}
	}
	if newest == nil {
		return nil, fmt.Errorf("pool %s has no signing key for use %s", id, use)
	}
	at := signerKey{pool: id, kid: newest.KID, version: newest.Version}
	if s, ok := k.signers.GetIfPresent(at); ok {
		return s, nil
	}
	s, err := k.open(newest)
	if err != nil {
		return nil, fmt.Errorf("opening a signing key of pool %s: %w", id, err)
	}
	k.signers.Set(at, s)
	return s, nil
}

func (k *Keys) open(row *pool.SigningKey) (jose.Signer, error) {
	plain, err := k.config.Vault.Open(directory.KeyPlace(row), row.SealedKey)
	if err != nil {
		return nil, err
	}
	private, err := x509.ParsePKCS8PrivateKey(plain)
	if err != nil {
		return nil, errors.New("not in a form this release knows")
	}
	// No options: the header is kid and alg, without typ, as the service's is.
	return jose.NewSigner(jose.SigningKey{
		Algorithm: jose.RS256,
		Key:       jose.JSONWebKey{Key: private, KeyID: row.KID},
	}, nil)
}

// load returns the keys of a pool, none for a pool that does not exist.
func (k *Keys) load(ctx context.Context, id pool.ID) ([]publishedKey, error) {
	now := k.config.Now()
	if set, ok := k.published.GetIfPresent(id); ok && now.Before(set.until) {
		return set.keys, nil
	}
	epoch := k.current()
	page, err := k.config.Store.List(ctx, store.Query{
		Table: pool.TableKeys,
		Equal: []store.Term{{Column: "pool_id", Value: string(id)}},
		Limit: maxKeysOfPool,
	})
	if err != nil {
		return nil, fmt.Errorf("loading the signing keys of pool %s: %w", id, err)
	}
	var keys []publishedKey
	for _, r := range page.Rows {
		row := r.(*pool.SigningKey)
		if row.IsRetired(now) {
			continue
		}
		// A row that somebody else wrote into the database does not open.
		if _, err := k.config.Vault.Open(directory.KeyPlace(row), row.SealedKey); err != nil {
			return nil, fmt.Errorf("the signing key %s of pool %s was not made by this server: %w", row.KID, id, err)
		}
		key, err := publish(row)
		if err != nil {
			return nil, fmt.Errorf("loading the signing keys of pool %s: %w", id, err)
		}
		keys = append(keys, key)
	}
	k.remember(id, epoch, publishedSet{keys: keys, until: now.Add(publishedLife)})
	return keys, nil
}

func publish(row *pool.SigningKey) (publishedKey, error) {
	parsed, err := x509.ParsePKIXPublicKey(row.PublicKey)
	if err != nil {
		return publishedKey{}, fmt.Errorf("public key %s: %w", row.KID, err)
	}
	public, ok := parsed.(*rsa.PublicKey)
	if !ok {
		return publishedKey{}, fmt.Errorf("public key %s is no RSA key", row.KID)
	}
	return publishedKey{row: row, public: public}, nil
}

func (k *Keys) current() uint64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.epoch
}

func (k *Keys) remember(id pool.ID, epoch uint64, set publishedSet) {
	if len(set.keys) == 0 {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if epoch == k.epoch {
		k.published.Set(id, set)
	}
}
