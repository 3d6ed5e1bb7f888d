package limit

import (
	"strings"
	"time"

	"github.com/maypok86/otter/v2"
	"golang.org/x/time/rate"
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

// poolKey names a bucket of one operation on one pool.
type poolKey struct {
	pool      string
	operation string
}

// AllowUser charges one read or write of the profile of the user with the
// given sub, from whichever operation, and returns nil or
// TooManyRequestsException above ten of the kind in a second. A sub is unique
// over all pools, so no pool is asked for.
func (l *Limiter) AllowUser(sub string, write bool) error {
	if l.unlimited {
		return nil
	}
	b, ok := l.users.find(userKey{sub, write})
	if !ok {
		b = l.users.add(userKey{strings.Clone(sub), write})
	}
	return allowNarrow(b, l.now())
}

// AllowPool charges one call of operation on the pool with the given id, on
// top of Allow, and returns nil or TooManyRequestsException above five in a
// second. It always returns nil for operations whose category has no such cap.
// Call it for pools that exist, so that invented ids fill no memory.
func (l *Limiter) AllowPool(operation, poolID string) error {
	if l.unlimited || !quotas[ruleOf(operation).category].perPool {
		return nil
	}
	b, ok := l.pools.find(poolKey{poolID, operation})
	if !ok {
		b = l.pools.add(poolKey{strings.Clone(poolID), strings.Clone(operation)})
	}
	return allowNarrow(b, l.now())
}

func allowNarrow(b *rate.Limiter, now time.Time) error {
	if b.AllowN(now, 1) {
		return nil
	}
	return errNarrow
}

// buckets is a bounded set of buckets of one rate.
type buckets[K comparable] struct {
	perSecond float64
	cache     *otter.Cache[K, *rate.Limiter]
}

func newBuckets[K comparable](perSecond float64) (*buckets[K], error) {
	cache, err := otter.New(&otter.Options[K, *rate.Limiter]{MaximumSize: maxBuckets})
	if err != nil {
		return nil, err
	}
	return &buckets[K]{perSecond, cache}, nil
}

func (b *buckets[K]) find(key K) (*rate.Limiter, bool) { return b.cache.GetIfPresent(key) }

// add returns the bucket of key, a new one unless another caller was faster.
// The set keeps key's strings, so they must not be parts of a larger text.
func (b *buckets[K]) add(key K) *rate.Limiter {
	found, _ := b.cache.SetIfAbsent(key, bucket(b.perSecond))
	return found
}
