package postgres

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"poolhouse.dev/internal/store"
)

// Bounds of trying again.
const (
	// maxTries is how often a transaction or a read is sent over a connection that
	// breaks, and maxCombinedTries how often sets travel together before each goes
	// alone.
	maxTries         = 8
	maxCombinedTries = 3
	// crowdTimeout is how long a set or a read is tried that others are in the way of. At
	// serializable isolation those may be sets that have no row in common with it,
	// whose rows are on the same page of a small index.
	crowdTimeout = 3 * time.Second
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
	p, err := newPlan(s.dialect, set)
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
	pause, patience := firstPause, patience{crowded: time.Now().Add(crowdTimeout), breaks: maxTries}
	for {
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
		if err := patience.giveUp(r.err); err != nil {
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

// patience is what is left of it for one set.
type patience struct {
	// crowded is until when others may be in the way.
	crowded time.Time
	// breaks is how many connections may break.
	breaks int
}

// giveUp returns the answer when a set that was certainly not applied is not
// worth another try, and nil when it is.
func (p *patience) giveUp(err error) error {
	var broken *brokenError
	switch {
	case isCrowded(err) && time.Now().Before(p.crowded):
		return nil
	case isCrowded(err):
		return store.ErrConflict
	case errors.As(err, &broken) && p.breaks > 0:
		p.breaks--
		return nil
	}
	return failure(err)
}

// isCrowded reports whether err says that other transactions were in the way.
func isCrowded(err error) bool { return isCode(err, codeSerialization, codeDeadlock) }
