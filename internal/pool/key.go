package pool

import (
	"time"

	"poolhouse.dev/internal/row"
)

// Uses of a signing key.
const (
	KeyForID     = "id"
	KeyForAccess = "access"
)

// SigningKey is one of the two RSA keys that sign a pool's tokens.
type SigningKey struct {
	row.Stamp
	PoolID ID
	// KID is the key's id in token headers and in the pool's JWKS.
	KID string
	// Use is KeyForID or KeyForAccess.
	Use string
	// SealedKey is the PKCS #8 private key, sealed for its row, use
	// and public key.
	SealedKey []byte
	// PublicKey is the PKIX public key.
	PublicKey []byte
	CreatedAt time.Time
}

// RowKey implements row.Row.
func (k *SigningKey) RowKey() row.Key {
	return row.Key{Table: TableKeys, Parts: [3]string{string(k.PoolID), k.KID}}
}
