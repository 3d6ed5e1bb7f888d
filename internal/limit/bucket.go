package limit

import (
	"context"
	"math"
	"time"

	"golang.org/x/time/rate"
)

// bucket refills at a rate and is full at first. It is safe for concurrent use.
type bucket interface {
	// allow takes one request out. It waits, if at all, no longer than ctx.
	allow(ctx context.Context, now time.Time) bool
}

// newBucket returns a bucket that holds one second of its rate: one that all
// nodes share under the name, if there is a ledger.
func (l *Limiter) newBucket(name string, perSecond float64) bucket {
	if l.ledger == nil {
		return newLocal(perSecond)
	}
	return newShare(l.ledger, name, perSecond)
}

// capacity is how many requests a bucket holds.
func capacity(perSecond float64) int { return int(math.Ceil(perSecond)) }

// local is a bucket of this process.
type local struct{ *rate.Limiter }

func newLocal(perSecond float64) local {
	return local{rate.NewLimiter(rate.Limit(perSecond), capacity(perSecond))}
}

func (l local) allow(_ context.Context, now time.Time) bool { return l.AllowN(now, 1) }
