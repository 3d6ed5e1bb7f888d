package webacl

import (
	"hash/maphash"
	"net/netip"
	"slices"
	"sync"
	"time"
)

const (
	// steps are the parts of a window that are counted apart.
	steps = 10
	// shards and keysPerShard bound the addresses that one statement counts.
	shards       = 64
	keysPerShard = 2048

	minLimit      = 10
	maxLimit      = 2_000_000_000
	defaultWindow = 300
)

var windows = []int{60, 120, 300, 600}

func (l *loader) rateBased(in *rateBased, depth int) condition {
	if in.Limit < minLimit || in.Limit > maxLimit {
		l.refuse("Limit: want %d to %d, not %d", minLimit, maxLimit, in.Limit)
	}
	window := in.EvaluationWindowSec
	if window == 0 {
		window = defaultWindow
	}
	if !slices.Contains(windows, window) {
		l.refuse("EvaluationWindowSec: want one of %v, not %d", windows, window)
	}
	keyOf := senderOf
	switch in.AggregateKeyType {
	case "IP":
	case "CONSTANT":
		keyOf = func(netip.Addr) netip.Prefix { return netip.Prefix{} }
		if in.ScopeDownStatement == nil {
			l.refuse("ScopeDownStatement: AggregateKeyType CONSTANT wants one")
		}
	default:
		l.refuse("AggregateKeyType: want IP or CONSTANT, not %q", in.AggregateKeyType)
	}
	counted := condition(func(*inspected) bool { return true })
	if in.ScopeDownStatement != nil {
		if in.ScopeDownStatement.RateBased != nil {
			l.refuse("ScopeDownStatement: a rate cannot be within another")
		}
		l.at("ScopeDownStatement", func() { counted = l.statement(in.ScopeDownStatement, depth+1) })
	}
	rates := newRates(time.Duration(window) * time.Second)
	return func(r *inspected) bool { return counted(r) && rates.add(keyOf(r.Addr), r.now) > in.Limit }
}

// senderOf returns what is counted as one sender: an IPv4 address, and of IPv6 the
// network of 64 bits that one subscriber has.
func senderOf(addr netip.Addr) netip.Prefix {
	addr = addr.Unmap().WithZone("")
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	p, _ := addr.Prefix(bits)
	return p
}

// rates counts requests by their senders over a window that slides. It is safe for
// concurrent use; a lock covers a small part of the senders.
type rates struct {
	step   time.Duration
	seed   maphash.Seed
	shards [shards]struct {
		mu   sync.Mutex
		seen map[netip.Prefix]*tally
	}
}

// tally is one sender's requests in each step of the window.
type tally struct {
	last   int64 // the newest step, by its number since 1970
	counts [steps]int
}

func newRates(window time.Duration) *rates {
	r := &rates{step: window / steps, seed: maphash.MakeSeed()}
	for i := range r.shards {
		r.shards[i].seen = map[netip.Prefix]*tally{}
	}
	return r
}

// add counts a request and returns how many there were in the window, with it.
func (r *rates) add(key netip.Prefix, now time.Time) int {
	at := now.UnixNano() / int64(r.step)
	s := &r.shards[maphash.Comparable(r.seed, key)%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.seen[key]
	if !ok {
		if len(s.seen) >= keysPerShard {
			makeRoom(s.seen, at)
		}
		t = &tally{last: at}
		s.seen[key] = t
	}
	t.slide(at)
	t.counts[t.last%steps]++
	sum := 0
	for _, n := range t.counts {
		sum += n
	}
	return sum
}

// slide forgets what has left the window. A clock that goes back changes nothing.
func (t *tally) slide(at int64) {
	if at-t.last >= steps {
		t.counts = [steps]int{}
		t.last = at
	}
	for t.last < at {
		t.last++
		t.counts[t.last%steps] = 0
	}
}

// makeRoom forgets the senders whose window has passed, or else half of all: who
// floods from more addresses than are counted is no reason to run out of memory.
func makeRoom(seen map[netip.Prefix]*tally, at int64) {
	for key, t := range seen {
		if at-t.last >= steps {
			delete(seen, key)
		}
	}
	for key := range seen {
		if len(seen) < keysPerShard/2 {
			break
		}
		delete(seen, key)
	}
}
