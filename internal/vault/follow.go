package vault

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// Times of following the keyset. They are by the machine's clock, which tests that put
// theirs forward do not move.
const (
	// followEvery is the pause between two looks at the store.
	followEvery = 15 * time.Second
	// freshFor is how long a look counts. A vault whose last one is older looks again
	// before it seals: a new key is announced for longer than that, so that no node goes
	// on with a key that all others have left.
	freshFor = time.Minute
	// lookPause bounds how often keys that nobody has make a vault look.
	lookPause = time.Second
	lookTime  = 5 * time.Second
)

// MinAnnouncement is the shortest time from the making of a key to its first sealing.
const MinAnnouncement = 2 * freshFor

// errStale says that a vault does not know whether its keys are still those of the
// store.
var errStale = errors.New("the data keys could not be read for a minute")

// source is where a vault learns of changes.
type source struct {
	read func(ctx context.Context, generation uint64) (*Keyset, error)
	// seen is when the last good look began, since start.
	start time.Time
	seen  atomic.Int64
	// mu is held by who looks; tried is when that was last.
	mu    sync.Mutex
	tried time.Time
}

// Follow makes v take up changes of its keyset. read returns the keyset of the store if
// it is newer than a generation, and else nil. Follow is called before v is used, and
// Run keeps it going.
func (v *Vault) Follow(read func(ctx context.Context, generation uint64) (*Keyset, error)) {
	v.source = &source{read: read, start: time.Now()}
}

// Run looks for changes of the keyset from time to time until ctx ends; report is told
// of looks that failed.
func (v *Vault) Run(ctx context.Context, report func(error)) {
	ticker := time.NewTicker(followEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := v.Look(ctx); err != nil && ctx.Err() == nil {
			report(err)
		}
	}
}

// Look looks for a change of the keyset now. Without [Vault.Follow] there is none.
func (v *Vault) Look(ctx context.Context) error {
	if v.source == nil {
		return nil
	}
	v.source.mu.Lock()
	defer v.source.mu.Unlock()
	return v.look(ctx)
}

// look is Look for who holds the source.
func (v *Vault) look(ctx context.Context) error {
	s := v.source
	s.tried = time.Now()
	k, err := s.read(ctx, v.Keyset().Generation())
	if err == nil && k != nil {
		err = v.Adopt(k)
	}
	if err == nil {
		s.seen.Store(int64(s.tried.Sub(s.start)))
	}
	return err
}

// freshen makes sure that the keys are those of the store, as of a minute ago.
func (v *Vault) freshen() error {
	s := v.source
	if s == nil || s.fresh() {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.fresh():
		return nil
	case time.Since(s.tried) < lookPause: // it has just failed
		return errStale
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookTime)
	defer cancel()
	if err := v.look(ctx); err != nil {
		return errors.Join(errStale, err)
	}
	return nil
}

func (s *source) fresh() bool { return time.Since(s.start)-time.Duration(s.seen.Load()) < freshFor }

// lookAgain looks because of a key that is not known, and reports whether it did: values
// of keys that nobody has must not keep the store busy.
func (v *Vault) lookAgain() bool {
	s := v.source
	if s == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.tried) < lookPause {
		return true // somebody else looked meanwhile
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookTime)
	defer cancel()
	return v.look(ctx) == nil
}
