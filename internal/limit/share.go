package limit

import (
	"context"
	"math"
	"sync/atomic"
	"time"
)

// Ledger keeps buckets that the nodes of an installation share.
type Ledger interface {
	// Lease takes up to n requests out of a bucket, which holds up to capacity,
	// refills by perSecond and is full at first, and returns how many it took.
	// Where it took none, wait is how long it takes until there is one. All nodes
	// see the same time, whatever their clocks say.
	Lease(ctx context.Context, name string, perSecond float64, capacity, n int) (taken int, wait time.Duration, err error)
}

const (
	// leaseParts is how many leases one second of a rate is taken in, while it is
	// in use. A bucket that had less than was asked for is left alone for as long:
	// it gathers what comes in, and nobody asks for single requests.
	leaseParts = 20
	pauseTime  = time.Second / leaseParts
	// leaseLife is how long a lease is good for. What is left of it then is lost,
	// or requests saved up by many nodes could come at once.
	leaseLife = 100 * time.Millisecond
	// leaseTime bounds one lease. A node that gets none in that time, or an error,
	// counts for itself for a while.
	leaseTime = 500 * time.Millisecond
	aloneTime = time.Second
)

// share is this process's share of a bucket. Requests take from a lease without
// any lock; only those that find it used up wait for the next, of which there is
// one at a time, and none while the bucket is known to be empty.
type share struct {
	ledger    Ledger
	name      string
	perSecond float64
	alone     local // counts while the ledger cannot

	current atomic.Pointer[lease]
	// empty is while the bucket is known to be, isAlone while this process counts for
	// itself.
	empty, isAlone atomic.Pointer[span]
	waiting        atomic.Int64
	// turn is held by who leases.
	turn chan struct{}
}

// lease is a number of requests that belong to this process for a while.
type lease struct {
	left  atomic.Int64
	until time.Time
}

// span is a time that is not over, unless the clock was set back.
type span struct{ from, until time.Time }

func (s *span) holds(now time.Time) bool {
	return s != nil && now.Before(s.until) && s.from.Sub(now) <= setBack
}

func newShare(l Ledger, name string, perSecond float64) *share {
	s := &share{ledger: l, name: name, perSecond: perSecond, alone: newLocal(perSecond), turn: make(chan struct{}, 1)}
	s.current.Store(&lease{})
	return s
}

func (s *share) allow(ctx context.Context, now time.Time) bool {
	if s.take(now) {
		return true
	}
	if answer, known := s.known(now); known {
		return answer
	}
	s.waiting.Add(1)
	defer s.waiting.Add(-1)
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return false
	}
	if s.take(now) {
		return true
	}
	if answer, known := s.known(now); known {
		return answer
	}
	return s.renew(ctx, now)
}

// take takes one request from the lease.
func (s *share) take(now time.Time) bool {
	l := s.current.Load()
	return l.left.Load() > 0 && now.Before(l.until) && l.left.Add(-1) >= 0
}

// known answers without the ledger where that is possible: while the bucket is
// empty, and while this process counts for itself.
func (s *share) known(now time.Time) (answer, known bool) {
	if s.isAlone.Load().holds(now) {
		return s.alone.AllowN(now, 1), true
	}
	return false, s.empty.Load().holds(now)
}

// renew leases for all who wait and for what comes next, and takes one request.
func (s *share) renew(ctx context.Context, now time.Time) bool {
	ctx, cancel := context.WithTimeout(ctx, leaseTime)
	defer cancel()
	n := min(int(s.waiting.Load())+int(math.Ceil(s.perSecond/leaseParts))-1, capacity(s.perSecond))
	taken, wait, err := s.ledger.Lease(ctx, s.name, s.perSecond, capacity(s.perSecond), n)
	switch {
	case err != nil:
		s.isAlone.Store(&span{now, now.Add(aloneTime)})
		return s.alone.AllowN(now, 1)
	case taken < n:
		s.empty.Store(&span{now, now.Add(max(wait, pauseTime))})
	}
	if taken == 0 {
		return false
	}
	next := &lease{until: now.Add(leaseLife)}
	next.left.Store(int64(taken) - 1)
	s.current.Store(next)
	return true
}
