package limit

import (
	"context"
	"time"
)

// EveryPool stands, among the pools that have rates, for all that have none.
const EveryPool = "*"

// PoolRates are the rates of one pool.
type PoolRates struct {
	// Unlimited lets the pool's calls pass uncounted.
	Unlimited bool
	// Rates are in requests per second. A category that is missing is counted
	// against the server's rate.
	Rates map[Category]float64
}

// HasPools reports whether a call's pool matters to Allow.
func (l *Limiter) HasPools() bool { return len(l.byPool) > 0 }

func (l *Limiter) ratesOf(poolID string) (PoolRates, bool) {
	if poolID == "" {
		return PoolRates{}, false
	}
	own, ok := l.byPool[poolID]
	if !ok {
		own, ok = l.byPool[EveryPool]
	}
	return own, ok
}

// allowInPool charges one call to a pool's own rate.
func (l *Limiter) allowInPool(ctx context.Context, poolID string, at rule, perSecond float64, now time.Time) error {
	if at.special == answersChallenge && l.poolBucket(poolID, answersBucket, answersPerSignIn*perSecond).allow(ctx, now) {
		return nil
	}
	if !l.poolBucket(poolID, string(quotas[at.category].name), perSecond).allow(ctx, now) {
		return errCategory
	}
	return nil
}
