package limit_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"poolhouse.dev/internal/limit"
)

// book is a ledger in memory that takes a while to answer.
type book struct {
	delay time.Duration
	mu    sync.Mutex
	rows  map[string]*limit.Level
	asked atomic.Int64
	fail  atomic.Bool
	// behind is how far the ledger's clock was set back, in nanoseconds.
	behind atomic.Int64
}

func (b *book) Lease(ctx context.Context, name string, perSecond float64, capacity, n int) (int, time.Duration, error) {
	b.asked.Add(1)
	select {
	case <-time.After(b.delay):
	case <-ctx.Done():
		return 0, 0, ctx.Err()
	}
	if b.fail.Load() {
		return 0, 0, errors.New("out of reach")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	row := b.rows[name]
	if row == nil {
		row = &limit.Level{Bucket: name}
		b.rows[name] = row
	}
	taken, wait := row.Take(time.Now().Add(-time.Duration(b.behind.Load())), perSecond, capacity, n)
	row.Version++
	return taken, wait, nil
}

func newBook(delay time.Duration) *book { return &book{delay: delay, rows: map[string]*limit.Level{}} }

// Three nodes with 32 callers each pass, in sum, what one would: never more, and
// hardly less.
func TestNodesShareARate(t *testing.T) {
	for _, perSecond := range []float64{2, 25, 1000} {
		t.Run(fmt.Sprint(perSecond), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const seconds = 20
				ledger := newBook(2 * time.Millisecond)
				end := time.Now().Add(seconds * time.Second)
				var passed atomic.Int64
				var callers sync.WaitGroup
				for range 3 {
					l := limiter(t, limit.Config{Ledger: ledger, Rates: map[limit.Category]float64{limit.UserRead: perSecond}})
					for range 32 {
						callers.Go(func() {
							for time.Now().Before(end) {
								if l.Allow(t.Context(), "GetUser", limit.Scope{Region: region}) == nil {
									passed.Add(1)
								}
								time.Sleep(time.Millisecond)
							}
						})
					}
				}
				callers.Wait()
				most := int64(perSecond * (seconds + 1) * 1.001) // calls end a little after the time does
				if got := passed.Load(); got > most || float64(got) < 0.9*float64(most) {
					t.Errorf("%d calls passed, want %d or little less", got, most)
				}
				// While calls are refused nobody is asked, and while they pass hardly.
				if got, most := ledger.asked.Load(), int64(3*seconds*(min(perSecond, 20)+2)+100); got > most {
					t.Errorf("the ledger was asked %d times, want at most %d", got, most)
				}
			})
		})
	}
}

// A quiet node's first call passes, whatever its neighbour used, once there is
// something to use.
func TestNodesBeginWithWhatIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ledger := newBook(0)
		nodes := [2]*limit.Limiter{limiter(t, limit.Config{Ledger: ledger}), limiter(t, limit.Config{Ledger: ledger})}
		list := func(n int) func() error {
			return func() error { return nodes[n].Allow(t.Context(), "ListUsers", limit.Scope{Region: region}) }
		}
		if got := allowed(100, list(0)); got != 30 {
			t.Errorf("%d calls pass the first node, want 30", got)
		}
		if got := allowed(10, list(1)); got != 0 {
			t.Errorf("%d calls pass the second node, want 0", got)
		}
		time.Sleep(time.Second)
		if got := allowed(100, list(1)); got != 30 {
			t.Errorf("%d calls pass the second node a second later, want 30", got)
		}
	})
}

// A node that cannot reach the ledger counts for itself, and does not ask for
// every call.
func TestNodeAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ledger := newBook(time.Minute)
		l := limiter(t, limit.Config{Ledger: ledger})
		get := func() error { return l.Allow(t.Context(), "ListUsers", limit.Scope{Region: region}) }
		began := time.Now()
		// The first one waited so long that another may follow the thirty.
		if got := allowed(100, get); got != 31 {
			t.Errorf("%d calls pass, want 31", got)
		}
		if took := time.Since(began); took > time.Second || ledger.asked.Load() != 1 {
			t.Errorf("took %v, and asked %d times", took, ledger.asked.Load())
		}
		ledger.delay = 0
		time.Sleep(2 * time.Second)
		if got := allowed(100, get); got != 30 || len(ledger.rows) != 1 {
			t.Errorf("%d calls pass when the ledger is back, want 30; rows %d", got, len(ledger.rows))
		}
		ledger.fail.Store(true)
		time.Sleep(2 * time.Second)
		if got := allowed(100, get); got != 30 {
			t.Errorf("%d calls pass when the ledger fails, want 30", got)
		}
	})
}

// A call does not wait for a lease beyond its own end.
func TestLeaseEndsWithTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limiter(t, limit.Config{Ledger: newBook(time.Minute)})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		began := time.Now()
		var calls sync.WaitGroup
		for range 5 {
			calls.Go(func() { _ = l.Allow(ctx, "ListUsers", limit.Scope{Region: region}) })
		}
		calls.Wait()
		if took := time.Since(began); took > 20*time.Millisecond {
			t.Errorf("took %v", took)
		}
	})
}

// Whatever is taken when, no interval has more than the capacity and what comes
// in during it, and what a wait promises is there after it.
func TestLevelTake(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		perSecond := rapid.SampledFrom([]float64{0.5, 1, 3, 25, 1000}).Draw(t, "rate")
		capacity := max(1, int(perSecond))
		level := &limit.Level{Bucket: "b"}
		start := time.UnixMicro(1_700_000_000_000_000)
		now, total := start, 0
		level.Take(start, perSecond, capacity, 0)
		level.Version++
		for range rapid.IntRange(1, 50).Draw(t, "steps") {
			// The clock of a failover may be behind.
			now = now.Add(time.Duration(rapid.Int64Range(-1_000_000, 3_000_000).Draw(t, "gone")) * time.Microsecond)
			taken, wait := level.Take(now, perSecond, capacity, rapid.IntRange(1, 40).Draw(t, "n"))
			level.Version++
			total += taken
			if taken == 0 {
				later := *level
				if got, _ := later.Take(level.At.Add(wait+time.Microsecond), perSecond, capacity, 1); got != 1 {
					t.Fatalf("after a wait of %v there is none", wait)
				}
			}
			if most := float64(capacity) + level.At.Sub(start).Seconds()*perSecond; float64(total) > most+0.001 {
				t.Fatalf("%d taken, want at most %v", total, most)
			}
		}
	})
}

// A clock that is set back by an hour, while all is used up, refuses nobody for
// an hour: neither the node's own nor the one of the ledger.
func TestClockOfRatesIsSetBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ledger := newBook(0)
		l := limiter(t, limit.Config{Ledger: ledger, Now: func() time.Time { return time.Now().Add(-time.Duration(ledger.behind.Load())) }})
		list := func() error { return l.Allow(t.Context(), "ListUsers", limit.Scope{Region: region}) }
		if got := allowed(100, list); got != 30 {
			t.Errorf("%d calls pass, want 30", got)
		}
		ledger.behind.Store(int64(time.Hour))
		time.Sleep(time.Second)
		if got := allowed(100, list); got != 30 {
			t.Errorf("%d calls pass a second later by a clock that was set back, want 30", got)
		}
		time.Sleep(time.Second)
		if got := allowed(100, list); got != 30 {
			t.Errorf("%d calls pass another second later, want 30", got)
		}
	})
}
