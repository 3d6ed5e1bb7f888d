package inbox

import (
	"cmp"
	"context"
	"crypto/rand"
	"net/http"
	"sync"
	"time"

	"poolhouse.dev/internal/notify"
)

const defaultCapacity = 1000

// Config describes an inbox.
type Config struct {
	// Capacity is how many messages are kept; the oldest goes first. The
	// default is 1000.
	Capacity int
	// AllowedHosts reports whether the server is known by a host name, which
	// comes in lower case and without its port. Nil allows the loopback names
	// only. It must not allow every name: that would let any web site whose
	// name resolves to this machine read the codes.
	AllowedHosts func(host string) bool
	// Now dates messages that have no time of their own.
	Now func() time.Time
}

// Inbox is a [notify.Driver] for both media that keeps what it is given, and an
// http.Handler that shows it. It is safe for concurrent use.
type Inbox struct {
	capacity int
	allowed  func(string) bool
	now      func() time.Time
	// boot differs at every start, so that an open page notices that the
	// numbers of messages have begun anew.
	boot string
	mux  *http.ServeMux

	mu sync.RWMutex
	// ring holds the last messages; message n is at n % capacity.
	ring []notify.Message
	// next is the number of the next message. Numbers begin at 0.
	next int
}

// entry is a kept message with its number.
type entry struct {
	number int
	notify.Message
}

// New returns an empty inbox.
func New(cfg Config) *Inbox {
	b := &Inbox{
		capacity: cmp.Or(cfg.Capacity, defaultCapacity),
		allowed:  cfg.AllowedHosts,
		now:      cfg.Now,
		boot:     rand.Text(),
	}
	if b.allowed == nil {
		b.allowed = isLoopbackName
	}
	if b.now == nil {
		b.now = time.Now
	}
	b.mux = b.routes()
	return b
}

// Send keeps m, and refuses what a real driver would refuse, so that a mistake
// shows on the developer's machine already.
func (b *Inbox) Send(_ context.Context, m notify.Message) error {
	if err := m.Check(); err != nil {
		return err
	}
	if m.Time.IsZero() {
		m.Time = b.now()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.ring) < b.capacity {
		b.ring = append(b.ring, m)
	} else {
		b.ring[b.next%b.capacity] = m
	}
	b.next++
	return nil
}

// Immediate reports true: what is sent stays here.
func (b *Inbox) Immediate(notify.Message) bool { return true }

// Messages returns the kept messages to exactly the given destination, or all
// for "", newest first.
func (b *Inbox) Messages(to string) []notify.Message {
	entries := b.entries(to)
	messages := make([]notify.Message, len(entries))
	for i, e := range entries {
		messages[i] = e.Message
	}
	return messages
}

func (b *Inbox) entries(to string) []entry {
	b.mu.RLock()
	defer b.mu.RUnlock()
	var found []entry
	for n := b.next - 1; n >= b.next-len(b.ring); n-- {
		if m := b.ring[n%b.capacity]; to == "" || m.To == to {
			found = append(found, entry{n, m})
		}
	}
	return found
}

// message returns message number n, when it is still kept.
func (b *Inbox) message(n int) (notify.Message, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if n < 0 || n >= b.next || n < b.next-len(b.ring) {
		return notify.Message{}, false
	}
	return b.ring[n%b.capacity], true
}
