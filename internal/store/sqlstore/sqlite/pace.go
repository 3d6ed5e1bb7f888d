package sqlite

import (
	"sync"
	"sync/atomic"
	"time"
)

// slowAfter is how long a commit may take before those who wait for it look at how
// much time they have left.
const slowAfter = 100 * time.Millisecond

// pace tells those who wait for the writer when it is slow, so that while it is not
// none of them needs a timer. begin and end belong to the writer.
type pace struct {
	// told is closed when a commit has become slow; then the next one has another.
	told  atomic.Pointer[chan struct{}]
	timer *time.Timer

	mu sync.Mutex
	// busy says that a commit is under way, and isSlow that told is closed.
	busy, isSlow bool
}

func newPace() *pace {
	p := new(pace)
	p.renew()
	p.timer = time.AfterFunc(time.Hour, p.tell)
	p.timer.Stop()
	return p
}

// slow returns a channel that is closed when the commit under way, or a later one, is
// slow.
func (p *pace) slow() <-chan struct{} { return *p.told.Load() }

func (p *pace) begin() {
	p.mu.Lock()
	p.busy = true
	p.mu.Unlock()
	p.timer.Reset(slowAfter)
}

func (p *pace) end() {
	p.timer.Stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.busy = false; p.isSlow {
		p.isSlow = false
		p.renew()
	}
}

// tell may come for a commit that has just ended. Then those who wait for the next one
// look at their time for nothing.
func (p *pace) tell() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.busy && !p.isSlow {
		p.isSlow = true
		close(*p.told.Load())
	}
}

func (p *pace) renew() {
	c := make(chan struct{})
	p.told.Store(&c)
}
