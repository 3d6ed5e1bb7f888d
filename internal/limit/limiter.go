package limit

import (
	"fmt"
	"maps"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

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
	// maxRegions bounds the Regions counted apart. It is above the number that
	// exist; what a holder of keys invents beyond it shares one set of buckets.
	maxRegions = 64
)

// Config holds what a Limiter depends on.
type Config struct {
	// Rates replaces the default rates, in requests per second. A category
	// that is missing keeps its default.
	Rates map[Category]float64
	// Unlimited switches every limit of this package off.
	Unlimited bool
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Limiter decides whether a request may proceed. Its buckets refill at the
// category's rate and hold one second of it, at least one request. It is safe
// for concurrent use; nothing of it survives the process.
type Limiter struct {
	unlimited bool
	now       func() time.Time
	rates     [len(quotas)]float64

	regions atomic.Pointer[map[string]*region] // copied on write
	adding  sync.Mutex                         // held to add a Region
	surplus *region

	users *buckets[userKey]
	pools *buckets[poolKey]
}

// region is the state of one Region.
type region struct {
	categories [len(quotas)]*rate.Limiter
	// answers is what challenge answers may use before they are charged to
	// UserAuthentication.
	answers *rate.Limiter
	// tagging caps TagResource within its category.
	tagging *rate.Limiter
}

// New returns a Limiter with full buckets. It refuses a rate for a name that
// is no category and one that is not above zero.
func New(cfg Config) (*Limiter, error) {
	l := &Limiter{unlimited: cfg.Unlimited, now: cfg.Now}
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
	var err error
	if l.users, err = newBuckets[userKey](userRate); err != nil {
		return nil, fmt.Errorf("user buckets: %w", err)
	}
	if l.pools, err = newBuckets[poolKey](poolRate); err != nil {
		return nil, fmt.Errorf("pool buckets: %w", err)
	}
	l.surplus = l.newRegion()
	l.regions.Store(&map[string]*region{})
	return l, nil
}

// Allow charges one call of operation in the named Region and returns nil, or
// TooManyRequestsException when the category's rate is used up. An unsigned
// call that names no Region is counted under "".
//
// Answers to challenges have an allowance of three times the rate of
// UserAuthentication; only those beyond it are charged to that category.
func (l *Limiter) Allow(operation, regionName string) error {
	if l.unlimited {
		return nil
	}
	r, at, now := l.region(regionName), ruleOf(operation), l.now()
	switch at.special {
	case answersChallenge:
		if r.answers.AllowN(now, 1) {
			return nil
		}
	case tags:
		if !r.tagging.AllowN(now, 1) {
			return errCategory
		}
	}
	if !r.categories[at.category].AllowN(now, 1) {
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
	r := l.newRegion()
	next[strings.Clone(name)] = r // the name may be a part of a whole request
	l.regions.Store(&next)
	return r
}

func (l *Limiter) newRegion() *region {
	r := &region{
		answers: bucket(answersPerSignIn * l.rates[numbers[UserAuthentication]]),
		tagging: bucket(tagRate),
	}
	for i, perSecond := range l.rates {
		r.categories[i] = bucket(perSecond)
	}
	return r
}

// bucket returns a full bucket that holds one second of its rate.
func bucket(perSecond float64) *rate.Limiter {
	return rate.NewLimiter(rate.Limit(perSecond), int(math.Ceil(perSecond)))
}
