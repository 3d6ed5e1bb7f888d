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

// SigningKey is one of the two RSA keys that sign a pool's tokens, or one that did so
// before or will do so next.
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
	// SignsFrom is when the key takes its predecessor's place; zero for a key that was
	// made with its pool. Until then it is published only.
	SignsFrom time.Time
	// RetiresAt is when no token of the key can be good any more and it is published no
	// longer; zero for a key that signs or is to.
	RetiresAt time.Time
}

// Signs reports whether the key has begun to sign. One that was made with its pool has,
// also by a clock that is late.
func (k *SigningKey) Signs(now time.Time) bool { return !k.SignsFrom.After(now) }

// Follows reports whether the key takes the place of another one.
func (k *SigningKey) Follows(other *SigningKey) bool {
	if !k.SignsFrom.Equal(other.SignsFrom) {
		return k.SignsFrom.After(other.SignsFrom)
	}
	return k.CreatedAt.After(other.CreatedAt)
}

// IsRetired reports whether the key is published no longer.
func (k *SigningKey) IsRetired(now time.Time) bool {
	return !k.RetiresAt.IsZero() && !now.Before(k.RetiresAt)
}

// RowKey implements row.Row.
func (k *SigningKey) RowKey() row.Key {
	return row.Key{Table: TableKeys, Parts: [3]string{string(k.PoolID), k.KID}}
}
