package token

import (
	"crypto/sha256"
	"unsafe"

	"github.com/maypok86/otter/v2"
	"poolhouse.dev/internal/pool"
)

// memoryBytes bounds what a memory of signatures takes, about.
const memoryBytes = 32 << 20

// signature is a proven fact: a token of this exact text was signed by key kid
// of the pool. The claims are part of that text, so they never change either;
// what they are worth today is judged at every call.
type signature struct {
	pool   pool.ID
	kid    string
	claims *Claims
}

// memory holds signatures that were verified, by the SHA-256 of the whole token
// text. Failures are not held: a caller without a key could fill it with them.
type memory struct {
	signatures *otter.Cache[[sha256.Size]byte, *signature]
}

// digest is the SHA-256 of a token's text, without a copy of it.
func digest(text string) [sha256.Size]byte {
	return sha256.Sum256(unsafe.Slice(unsafe.StringData(text), len(text)))
}

func newMemory() memory {
	return memory{otter.Must(&otter.Options[[sha256.Size]byte, *signature]{
		MaximumWeight: memoryBytes,
		Weigher: func(_ [sha256.Size]byte, s *signature) uint32 {
			return s.claims.size() + uint32(len(s.pool)+len(s.kid))
		},
	})}
}

func (m memory) recall(sum [sha256.Size]byte) (*signature, bool) {
	return m.signatures.GetIfPresent(sum)
}

func (m memory) keep(sum [sha256.Size]byte, s *signature) { m.signatures.Set(sum, s) }
