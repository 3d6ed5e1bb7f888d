package token

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/vault"
)

// keyBits is the size of a pool's RSA keys.
const keyBits = 2048

// Stock holds a few RSA keys made ahead of time, since making one takes a
// tenth of a second and creating a pool must not wait for two. It is safe for
// concurrent use.
type Stock struct {
	vault *vault.Vault
	keys  chan *rsa.PrivateKey
}

// NewStock returns an empty stock of at most size keys; Run fills it. Keys
// that leave it are sealed by v.
func NewStock(v *vault.Vault, size int) *Stock {
	return &Stock{vault: v, keys: make(chan *rsa.PrivateKey, size)}
}

// Run fills the stock, and fills it up again whenever keys were taken, until
// ctx ends. It makes one key at a time, so that it takes one CPU at most, and
// ends within the making of one key. The error says that no key can be made;
// the end of ctx is none.
func (s *Stock) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		key, err := newKey()
		if err != nil {
			return err
		}
		select {
		case s.keys <- key:
		case <-ctx.Done():
		}
	}
	return nil
}

// Pair returns the two signing keys of a new pool, for ID tokens and for access
// tokens, ready to be inserted with it. Keys that the stock lacks are made here.
func (s *Stock) Pair(ctx context.Context, id pool.ID, now time.Time) ([2]*pool.SigningKey, error) {
	var pair [2]*pool.SigningKey
	for i, use := range []string{pool.KeyForID, pool.KeyForAccess} {
		private, err := s.take(ctx)
		if err != nil {
			return pair, fmt.Errorf("making the signing keys of pool %s: %w", id, err)
		}
		row := &pool.SigningKey{PoolID: id, KID: newKID(), Use: use, CreatedAt: now}
		if err := s.seal(row, private); err != nil {
			return pair, fmt.Errorf("making the signing keys of pool %s: %w", id, err)
		}
		pair[i] = row
	}
	return pair, nil
}

func (s *Stock) take(ctx context.Context) (*rsa.PrivateKey, error) {
	select {
	case key := <-s.keys:
		return key, nil
	default:
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return newKey()
}

func (s *Stock) seal(row *pool.SigningKey, private *rsa.PrivateKey) error {
	plain, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return fmt.Errorf("encoding the private key: %w", err)
	}
	if row.PublicKey, err = x509.MarshalPKIXPublicKey(&private.PublicKey); err != nil {
		return fmt.Errorf("encoding the public key: %w", err)
	}
	row.SealedKey, err = s.vault.Seal(directory.KeyPlace(row), plain)
	return err
}

func newKey() (*rsa.PrivateKey, error) {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, fmt.Errorf("making an RSA key: %w", err)
	}
	return key, nil
}

// newKID returns a key id as the service's are: 32 random bytes in base64. It
// holds no slash, which joins the parts of row keys.
func newKID() string {
	for {
		var id [32]byte
		rand.Read(id[:])
		if kid := base64.StdEncoding.EncodeToString(id[:]); !strings.Contains(kid, "/") {
			return kid
		}
	}
}
