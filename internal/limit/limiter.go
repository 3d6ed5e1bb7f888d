package limit

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"poolhouse.dev/internal/fault"
)

// The answers, in the words Amazon uses for a category and for the narrower
// caps. Faults are immutable, so a refusal allocates nothing either.
var (
	errCategory = fault.TooManyRequests("Rate exceeded")
	errNarrow   = fault.TooManyRequests("Too many requests")
)

const (
	// answersPerSignIn is the allowance of challenge answers, in multiples of
	// the rate of UserAuthentication.
	answersPerSignIn = 3
	// tagRate is the cap on TagResource by itself.
	tagRate = 5
	// answersBucket names the bucket of that allowance.
	answersBucket = "ChallengeAnswers"
	// maxRegions bounds the Regions counted apart. It is above the number that
	// exist; what a holder of keys invents beyond it shares one set of buckets.
	maxRegions = 64
)

// Config holds what a Limiter depends on.
type Config struct {
	// Rates replaces the default rates, in requests per second. A category
	// that is missing keeps its default.
	Rates map[Category]float64
	// Unlimited switches every limit of this package off, but for rates of pools.
	Unlimited bool
	// Pools are the rates of single pools by their ids; EveryPool stands for each
	// pool that has none. A category that a pool has a rate for is counted for the
	// pool alone, and no longer against the server's rate.
	Pools map[string]PoolRates
	// Ledger, if not nil, has the counts that the nodes of an installation share.
	Ledger Ledger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Limiter decides whether a request may proceed. Its buckets refill at the
// category's rate and hold one second of it, at least one request. It is safe
// for concurrent use; nothing of it survives the process but what the Ledger has.
type Limiter struct {
	unlimited bool
	now       func() time.Time
	ledger    Ledger
	rates     [len(quotas)]float64
	byPool    map[string]PoolRates

	regions atomic.Pointer[map[string]*region] // copied on write
	adding  sync.Mutex                         // held to add a Region
	surplus *region

	users *buckets[userKey]
	pools *buckets[poolKey]
}

// region is the state of one Region.
type region struct {
	categories [len(quotas)]bucket
	// answers is what challenge answers may use before they are charged to
	// UserAuthentication.
	answers bucket
	// tagging caps TagResource within its category.
	tagging bucket
}

// New returns a Limiter with full buckets. It refuses a rate for a name that
// is no category and one that is not above zero.
func New(cfg Config) (*Limiter, error) {
	l := &Limiter{unlimited: cfg.Unlimited, now: cfg.Now, ledger: cfg.Ledger, byPool: cfg.Pools}
	if l.now == nil {
		l.now = time.Now
	}
	for i, q := range quotas {
		l.rates[i] = q.rate
	}
	for category, r := range cfg.Rates {
		if err := checkRate(category, r); err != nil {
			return nil, fmt.Errorf("request rates: %w", err)
		}
		l.rates[numbers[category]] = r
	}
	for id, own := range cfg.Pools {
		for category, r := range own.Rates {
			if err := checkRate(category, r); err != nil {
				return nil, fmt.Errorf("request rates of pool %s: %w", id, err)
			}
		}
	}
	var err error
	if l.users, err = newBuckets[userKey](); err != nil {
		return nil, fmt.Errorf("user buckets: %w", err)
	}
	if l.pools, err = newBuckets[poolKey](); err != nil {
		return nil, fmt.Errorf("pool buckets: %w", err)
	}
	l.surplus = l.newRegion("")
	l.regions.Store(&map[string]*region{})
	return l, nil
}

// Scope says where a call counts.
type Scope struct {
	// Region is "" for an unsigned call that names none.
	Region string
	// Pool is the id of the pool that the call is for, if it is known and exists.
	Pool string
}

// Allow charges one call of operation and returns nil, or
// TooManyRequestsException when the category's rate is used up: that of the pool,
// if it has one, or else that of the Region.
//
// Answers to challenges have an allowance of three times the rate of
// UserAuthentication; only those beyond it are charged to that category.
func (l *Limiter) Allow(ctx context.Context, operation string, s Scope) error {
	at, now := ruleOf(operation), l.now()
	if own, ok := l.ratesOf(s.Pool); ok {
		if own.Unlimited {
			return nil
		}
		if perSecond, ok := own.Rates[quotas[at.category].name]; ok {
			return l.allowInPool(ctx, s.Pool, at, perSecond, now)
		}
	}
	if l.unlimited {
		return nil
	}
	r := l.region(s.Region)
	switch at.special {
	case answersChallenge:
		if r.answers.allow(ctx, now) {
			return nil
		}
	case tags:
		if !r.tagging.allow(ctx, now) {
			return errCategory
		}
	}
	if !r.categories[at.category].allow(ctx, now) {
		return errCategory
	}
	return nil
}

// region returns the buckets of the Region with the given name.
func (l *Limiter) region(name string) *region {
	if r, ok := (*l.regions.Load())[name]; ok {
		return r
	}
	l.adding.Lock()
	defer l.adding.Unlock()
	known := *l.regions.Load()
	if r, ok := known[name]; ok {
		return r
	}
	if len(known) >= maxRegions {
		return l.surplus
	}
	next := maps.Clone(known)
	name = strings.Clone(name) // it may be a part of a whole request
	r := l.newRegion(name)
	next[name] = r
	l.regions.Store(&next)
	return r
}

func (l *Limiter) newRegion(name string) *region {
	place := "region/" + name + "/"
	r := &region{
		answers: l.newBucket(place+answersBucket, answersPerSignIn*l.rates[numbers[UserAuthentication]]),
		tagging: l.newBucket(place+"TagResource", tagRate),
	}
	for i, perSecond := range l.rates {
		r.categories[i] = l.newBucket(place+string(quotas[i].name), perSecond)
	}
	return r
}
