package caller

import (
	"context"
	"sync"
	"time"
)

// Begin returns the context of a request: it carries c, and ends with parent, with
// cancel, or after d. What a context needs in order to wake somebody is only made when
// somebody waits for its end, which most requests that read do not.
func Begin(parent context.Context, c Caller, d time.Duration) (ctx context.Context, cancel func()) {
	r := &request{parent: parent, caller: c, deadline: time.Now().Add(d)}
	if earlier, ok := parent.Deadline(); ok && earlier.Before(r.deadline) {
		r.deadline = earlier
	}
	return r, r.cancel
}

// request is a context. It is safe for concurrent use.
type request struct {
	parent   context.Context
	caller   Caller
	deadline time.Time

	mu sync.Mutex
	// canceled says that cancel was called before the deadline, and while nobody waited.
	canceled bool
	// waiting is what those who wait for the end wait for; nil until there are any.
	waiting context.Context
	stop    context.CancelFunc
}

// Deadline implements context.Context.
func (r *request) Deadline() (time.Time, bool) { return r.deadline, true }

// Done implements context.Context.
func (r *request) Done() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.wait().Done()
}

// Err implements context.Context.
func (r *request) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.waiting == nil && !r.canceled && r.parent.Err() == nil && time.Now().Before(r.deadline) {
		return nil
	}
	return r.wait().Err()
}

// Value implements context.Context.
func (r *request) Value(k any) any {
	if k == (key{}) {
		return &r.caller
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.waiting != nil {
		return r.waiting.Value(k)
	}
	return r.parent.Value(k)
}

// wait returns what ends when the request does. r.mu is held.
func (r *request) wait() context.Context {
	switch {
	case r.waiting != nil:
	case r.canceled:
		r.waiting, r.stop = context.WithCancel(r.parent)
		r.stop()
	default:
		r.waiting, r.stop = context.WithDeadline(r.parent, r.deadline)
	}
	return r.waiting
}

func (r *request) cancel() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stop != nil {
		r.stop()
	} else if time.Now().Before(r.deadline) {
		r.canceled = true
	}
}
