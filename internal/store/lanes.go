package store

import (
	"context"
	"sync"

	"poolhouse.dev/internal/fault"
)

// laneLength is how many requests may wait for one key.
const laneLength = 2048

// Lanes let requests that change the same thing, most often one user, pass one
// after the other within this process, so that they do not have to meet as
// conflicts in the database. Other processes are met there, by Retry. The zero
// Lanes is ready; it holds nothing for keys that nobody uses.
type Lanes struct {
	mu    sync.Mutex
	lanes map[string]*lane
	// free are lanes without a key, for those who come next.
	free []*lane
}

// maxFree bounds the lanes that are kept without a key.
const maxFree = 256

type lane struct {
	turn  chan struct{}
	users int
}

// Do waits for the key's turn and calls Retry with try. The answer is
// TooManyRequestsException when ctx ends while waiting or too many wait already.
func (l *Lanes) Do(ctx context.Context, key string, try func(ctx context.Context) error) error {
	ln, err := l.enter(key)
	if err != nil {
		return err
	}
	defer l.leave(key, ln)
	select {
	case ln.turn <- struct{}{}:
	default: // somebody else's; to wait for the end of ctx has a price
		select {
		case ln.turn <- struct{}{}:
		case <-ctx.Done():
			return fault.TooManyRequests("Too many requests")
		}
	}
	defer func() { <-ln.turn }()
	return Retry(ctx, try)
}

func (l *Lanes) enter(key string) (*lane, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lanes == nil {
		l.lanes = make(map[string]*lane)
	}
	ln := l.lanes[key]
	if ln == nil {
		ln = l.take()
		l.lanes[key] = ln
	}
	if ln.users >= laneLength {
		return nil, fault.TooManyRequests("Too many requests")
	}
	ln.users++
	return ln, nil
}

// take returns a lane without a key. l.mu is held.
func (l *Lanes) take() *lane {
	last := len(l.free) - 1
	if last < 0 {
		return &lane{turn: make(chan struct{}, 1)}
	}
	ln := l.free[last]
	l.free = l.free[:last]
	return ln
}

func (l *Lanes) leave(key string, ln *lane) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if ln.users--; ln.users == 0 {
		delete(l.lanes, key)
		if len(l.free) < maxFree {
			l.free = append(l.free, ln)
		}
	}
}
