package postgres

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"poolhouse.dev/internal/store"
)

// Tries of a transaction that others are in the way of, and of a read. At
// serializable isolation sets can be in each other's way that have no row in
// common, as long as a table is small enough to be read through; a second of
// pauses is longer than any crowd of them was seen to last.
const (
	maxTries     = 16
	maxReadTries = 8
)

// Bounds of the pause between two tries.
const (
	firstPause = time.Millisecond
	maxPause   = 100 * time.Millisecond
)

// Commit implements store.Store. It heeds ctx until the set is sent; from then
// on it waits for the outcome, whatever becomes of ctx.
func (s *Store) Commit(ctx context.Context, set *store.ChangeSet) error {
	if set.Empty() {
		return nil
	}
	if !s.enter() {
		return errClosed
	}
	defer s.calls.Done()
	if err := ctx.Err(); err != nil {
		return unavailable(err)
	}
	p, err := newPlan(set)
	if err != nil {
		return err
	}
	s.metrics.commits.Add(1)
	if p.isCombinable() {
		err = s.commitCombined(ctx, p)
	} else {
		err = s.commitAlone(ctx, p)
	}
	if err != nil {
		return err
	}
	set.Applied()
	return nil
}

// commitAlone runs the set in a transaction of its own, again while others are
// in its way.
func (s *Store) commitAlone(ctx context.Context, p *plan) error {
	pause := firstPause
	for try := 1; ; try++ {
		r := s.attempt(ctx, p)
		switch r.outcome {
		case applied:
			return nil
		case refused:
			return r.err
		case doubtful:
			return s.doubt()
		case lostReply:
			return s.resend(ctx, p)
		}
		if err := giveUp(r.err, try); err != nil {
			return err
		}
		pause = s.waitToRetry(pause)
	}
}

func (s *Store) waitToRetry(pause time.Duration) time.Duration {
	s.metrics.retries.Add(1)
	time.Sleep(rand.N(pause) + pause/2)
	return min(2*pause, maxPause)
}

// giveUp returns the answer when a set that was certainly not applied is not
// worth another try, and nil when it is.
func giveUp(err error, try int) error {
	crowded := isCode(err, codeSerialization, codeDeadlock)
	var broken *brokenError
	switch {
	case crowded && try < maxTries, errors.As(err, &broken) && try < maxTries:
		return nil
	case crowded:
		return store.ErrConflict
	}
	return failure(err)
}
