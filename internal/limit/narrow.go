package limit

import (
	"context"
	"strings"

	"github.com/maypok86/otter/v2"
)

const (
	// userRate caps the reads, and apart from them the writes, of one user.
	userRate = 10
	// poolRate caps one operation on one pool, in the categories that say so.
	poolRate = 5
	// maxBuckets bounds each of the two sets, at about 15 MB when full. The
	// cache keeps those in frequent use, which are the ones that matter: a
	// bucket left alone for a second is full again, the same as a new one.
	maxBuckets = 1 << 16
)

// userKey names a bucket of one user.
type userKey struct {
	sub   string
	write bool
}

// poolKey names a bucket of one pool: that of an operation, or that of a category
// for which the pool has a rate of its own.
type poolKey struct{ pool, name string }

// AllowUser charges one read or write of the profile of the user with the
// given sub, from whichever operation, and returns nil or
// TooManyRequestsException above ten of the kind in a second. A sub is unique
// over all pools, so no pool is asked for. Each process counts for itself.
func (l *Limiter) AllowUser(sub string, write bool) error {
	if l.unlimited {
		return nil
	}
	b, ok := l.users.find(userKey{sub, write})
	if !ok {
		b = l.users.add(userKey{strings.Clone(sub), write}, newLocal(userRate))
	}
	if b.allow(context.Background(), l.now()) {
		return nil
	}
	return errNarrow
}

// AllowPool charges one call of operation on the pool with the given id, on
// top of Allow, and returns nil or TooManyRequestsException above five in a
// second. It always returns nil for operations whose category has no such cap.
// Call it for pools that exist, so that invented ids fill no memory.
func (l *Limiter) AllowPool(ctx context.Context, operation, poolID string) error {
	if l.unlimited || !quotas[ruleOf(operation).category].perPool {
		return nil
	}
	if l.poolBucket(poolID, operation, poolRate).allow(ctx, l.now()) {
		return nil
	}
	return errNarrow
}

// poolBucket returns the bucket of a pool that has the given name.
func (l *Limiter) poolBucket(poolID, name string, perSecond float64) bucket {
	b, ok := l.pools.find(poolKey{poolID, name})
	if !ok {
		key := poolKey{strings.Clone(poolID), strings.Clone(name)}
		b = l.pools.add(key, l.newBucket("pool/"+key.pool+"/"+key.name, perSecond))
	}
	return b
}

// buckets is a bounded set of buckets.
type buckets[K comparable] struct{ cache *otter.Cache[K, bucket] }

func newBuckets[K comparable]() (*buckets[K], error) {
	cache, err := otter.New(&otter.Options[K, bucket]{MaximumSize: maxBuckets})
	if err != nil {
		return nil, err
	}
	return &buckets[K]{cache}, nil
}

func (b *buckets[K]) find(key K) (bucket, bool) { return b.cache.GetIfPresent(key) }

// add returns the bucket of key, fresh unless another caller was faster. The set
// keeps key's strings, so they must not be parts of a larger text.
func (b *buckets[K]) add(key K, fresh bucket) bucket {
	found, _ := b.cache.SetIfAbsent(key, fresh)
	return found
}
