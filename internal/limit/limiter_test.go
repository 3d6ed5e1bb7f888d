package limit_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/limit"
)

const region = "eu-central-1"

func limiter(t testing.TB, cfg limit.Config) *limit.Limiter {
	t.Helper()
	l, err := limit.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// allowed returns how many of n calls pass.
func allowed(n int, call func() error) int {
	passed := 0
	for range n {
		if call() == nil {
			passed++
		}
	}
	return passed
}

func TestCategoryHoldsOneSecondAndRefills(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limiter(t, limit.Config{})
		get := func() error { return l.Allow(t.Context(), "AdminGetUser", limit.Scope{Region: region}) }
		steps := []struct {
			name string
			wait time.Duration
			want int
		}{
			{"full", 0, 120},
			{"empty", 0, 0},
			{"half a second later", 500 * time.Millisecond, 60},
			{"no more than one second is kept", time.Hour, 120},
		}
		for _, s := range steps {
			time.Sleep(s.wait)
			if got := allowed(500, get); got != s.want {
				t.Errorf("%s: %d calls pass, want %d", s.name, got, s.want)
			}
		}
	})
}

func TestRefusalTexts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limiter(t, limit.Config{})
		for name, c := range map[string]struct {
			call func() error
			want string
		}{
			"category": {func() error { return l.Allow(t.Context(), "ListUsers", limit.Scope{Region: region}) }, "Rate exceeded"},
			"tags":     {func() error { return l.Allow(t.Context(), "TagResource", limit.Scope{Region: region}) }, "Rate exceeded"},
			"user":     {func() error { return l.AllowUser("sub", true) }, "Too many requests"},
			"pool":     {func() error { return l.AllowPool(t.Context(), "GetGroup", "eu-central-1_a") }, "Too many requests"},
		} {
			allowed(200, c.call)
			want := fault.New("TooManyRequestsException", c.want)
			if diff := cmp.Diff(want, fault.As(c.call())); diff != "" {
				t.Errorf("%s: (-want +got)\n%s", name, diff)
			}
		}
	})
}

func TestWhatSharesABucket(t *testing.T) {
	use := func(l *limit.Limiter) {
		allowed(200, func() error { return l.Allow(t.Context(), "GetUser", limit.Scope{Region: region}) })
	}
	for name, c := range map[string]struct {
		operation, region string
		shared            bool
	}{
		"same operation":         {"GetUser", region, true},
		"same category":          {"AdminGetUser", region, true},
		"another category":       {"ListUsers", region, false},
		"another region":         {"GetUser", "us-east-1", false},
		"no region":              {"GetUser", "", false},
		"an operation not known": {"GetNothing", region, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := limiter(t, limit.Config{})
				use(l)
				if refused := l.Allow(t.Context(), c.operation, limit.Scope{Region: c.region}) != nil; refused != c.shared {
					t.Errorf("refused is %v, want %v", refused, c.shared)
				}
			})
		})
	}
}

// The example of Amazon's page on quotas: at a rate of 80, 280 answers leave
// 40 beyond three times the rate, so that only 40 sign-ins pass beside them.
func TestChallengeAnswersHaveTheirOwnAllowance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limiter(t, limit.Config{Rates: map[limit.Category]float64{limit.UserAuthentication: 80}})
		answers := allowed(140, func() error { return l.Allow(t.Context(), "RespondToAuthChallenge", limit.Scope{Region: region}) }) +
			allowed(140, func() error { return l.Allow(t.Context(), "AdminRespondToAuthChallenge", limit.Scope{Region: region}) })
		if answers != 280 {
			t.Errorf("%d answers pass, want all 280", answers)
		}
		if got := allowed(70, func() error { return l.Allow(t.Context(), "InitiateAuth", limit.Scope{Region: region}) }); got != 40 {
			t.Errorf("%d sign-ins pass, want 40", got)
		}
		if l.Allow(t.Context(), "RespondToAuthChallenge", limit.Scope{Region: region}) == nil {
			t.Error("an answer passes with both allowances spent")
		}
	})
}

func TestSignInsLeaveTheAnswersAllowance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limiter(t, limit.Config{})
		if got := allowed(200, func() error { return l.Allow(t.Context(), "AdminInitiateAuth", limit.Scope{Region: region}) }); got != 120 {
			t.Errorf("%d sign-ins pass, want 120", got)
		}
		if got := allowed(500, func() error { return l.Allow(t.Context(), "RespondToAuthChallenge", limit.Scope{Region: region}) }); got != 360 {
			t.Errorf("%d answers pass, want 360", got)
		}
	})
}

func TestTagResourceIsCappedWithinItsCategory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limiter(t, limit.Config{})
		if got := allowed(20, func() error { return l.Allow(t.Context(), "TagResource", limit.Scope{Region: region}) }); got != 5 {
			t.Errorf("%d calls of TagResource pass, want 5", got)
		}
		if got := allowed(20, func() error { return l.Allow(t.Context(), "UntagResource", limit.Scope{Region: region}) }); got != 10 {
			t.Errorf("%d other calls pass, want the 10 that are left of 15", got)
		}
	})
}

func TestUserCaps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limiter(t, limit.Config{})
		for _, write := range []bool{false, true} {
			if got := allowed(50, func() error { return l.AllowUser("sub", write) }); got != 10 {
				t.Errorf("write %v: %d pass, want 10", write, got)
			}
		}
		if err := l.AllowUser("other", false); err != nil {
			t.Errorf("another user: %v", err)
		}
		time.Sleep(300 * time.Millisecond)
		if got := allowed(50, func() error { return l.AllowUser("sub", false) }); got != 3 {
			t.Errorf("after 300 ms %d pass, want 3", got)
		}
	})
}

func TestPoolCaps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limiter(t, limit.Config{})
		for name, c := range map[string]struct {
			operation, pool string
			want            int
		}{
			"first":             {"GetGroup", "eu-central-1_a", 5},
			"another operation": {"ListGroups", "eu-central-1_a", 5},
			"another pool":      {"GetGroup", "eu-central-1_b", 5},
			"clients":           {"UpdateUserPoolClient", "eu-central-1_a", 5},
			"no such cap":       {"ListUsers", "eu-central-1_a", 50},
		} {
			if got := allowed(50, func() error { return l.AllowPool(t.Context(), c.operation, c.pool) }); got != c.want {
				t.Errorf("%s: %d pass, want %d", name, got, c.want)
			}
		}
	})
}

func TestUnlimited(t *testing.T) {
	l := limiter(t, limit.Config{Unlimited: true})
	for range 1000 {
		if err := errors.Join(l.Allow(t.Context(), "UpdateProvisionedLimit", limit.Scope{Region: region}),
			l.AllowUser("sub", true), l.AllowPool(t.Context(), "GetGroup", "eu-central-1_a")); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRateBelowOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limiter(t, limit.Config{Rates: map[limit.Category]float64{limit.UserList: 0.5}})
		list := func() error { return l.Allow(t.Context(), "ListUsers", limit.Scope{Region: region}) }
		if got := allowed(5, list); got != 1 {
			t.Errorf("%d pass at first, want 1", got)
		}
		time.Sleep(time.Second)
		if list() == nil {
			t.Error("one passes after a second")
		}
		time.Sleep(time.Second)
		if err := list(); err != nil {
			t.Errorf("after two seconds: %v", err)
		}
	})
}

// Regions that a holder of keys invents share one set of buckets.
func TestInventedRegionsAreNoWayAround(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limiter(t, limit.Config{})
		for i := range 64 {
			if err := l.Allow(t.Context(), "ListUsers", limit.Scope{Region: fmt.Sprintf("known-%d", i)}); err != nil {
				t.Fatal(err)
			}
		}
		i := 0
		if got := allowed(100, func() error {
			i++
			return l.Allow(t.Context(), "ListUsers", limit.Scope{Region: fmt.Sprintf("invented-%d", i)})
		}); got != 30 {
			t.Errorf("%d pass, want 30", got)
		}
		if err := l.Allow(t.Context(), "ListUsers", limit.Scope{Region: "known-0"}); err != nil {
			t.Errorf("a known region: %v", err)
		}
	})
}

func TestUnknownCategory(t *testing.T) {
	if _, err := limit.New(limit.Config{Rates: map[limit.Category]float64{"Nothing": 1}}); err == nil {
		t.Error("a rate for an unknown category is accepted")
	}
	if _, err := limit.New(limit.Config{Rates: map[limit.Category]float64{limit.UserRead: 0}}); err == nil {
		t.Error("a rate of zero is accepted")
	}
}

// Over any schedule of calls no more pass than the time that went by allows.
func TestNeverMoreThanTheRate(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		clock := start
		perSecond := rapid.Float64Range(0.1, 50).Draw(rt, "rate")
		l := limiter(t, limit.Config{
			Rates: map[limit.Category]float64{limit.UserList: perSecond},
			Now:   func() time.Time { return clock },
		})
		passed := 0
		for _, ms := range rapid.SliceOfN(rapid.IntRange(0, 400), 1, 60).Draw(rt, "pauses") {
			clock = clock.Add(time.Duration(ms) * time.Millisecond)
			passed += allowed(3, func() error { return l.Allow(t.Context(), "ListUsers", limit.Scope{Region: region}) })
		}
		most := perSecond*clock.Sub(start).Seconds() + perSecond + 1
		if float64(passed) > most {
			rt.Fatalf("%d pass, want at most %.1f", passed, most)
		}
	})
}

func TestConcurrentCallersShareTheBuckets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limiter(t, limit.Config{})
		var category, user atomic.Int64
		var callers sync.WaitGroup
		for range 8 {
			callers.Go(func() {
				category.Add(int64(allowed(50, func() error { return l.Allow(t.Context(), "GetUser", limit.Scope{Region: region}) })))
				user.Add(int64(allowed(50, func() error { return l.AllowUser("sub", false) })))
			})
		}
		callers.Wait()
		if category.Load() != 120 || user.Load() != 10 {
			t.Errorf("%d and %d pass, want 120 and 10", category.Load(), user.Load())
		}
	})
}

// Many callers that ask for all they can get, on a clock that a test moves, are
// held to the rate exactly: what the bucket held at first, and then one for each
// part of a second.
func TestManyCallersGetExactlyTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const perSecond, seconds = 80, 10
		l := limiter(t, limit.Config{Rates: map[limit.Category]float64{limit.UserUpdate: perSecond}})
		var passed atomic.Int64
		var callers sync.WaitGroup
		for range 64 {
			callers.Go(func() {
				for range seconds * 100 {
					passed.Add(int64(allowed(2, func() error { return l.Allow(t.Context(), "UpdateUserAttributes", limit.Scope{Region: region}) })))
					time.Sleep(10 * time.Millisecond)
				}
			})
		}
		callers.Wait()
		// The last calls were 10 ms before the end, when the last one was not yet due.
		if got, want := passed.Load(), int64(perSecond+perSecond*seconds-1); got != want {
			t.Errorf("%d calls passed in %d s, want %d", got, seconds, want)
		}
	})
}

func TestAllowedPathDoesNotAllocate(t *testing.T) {
	l := limiter(t, limit.Config{Rates: map[limit.Category]float64{limit.UserRead: 1e6}})
	clock := time.Now()
	users := limiter(t, limit.Config{Now: func() time.Time { clock = clock.Add(time.Second); return clock }})
	for name, call := range map[string]func() error{
		"Allow":     func() error { return l.Allow(t.Context(), "GetUser", limit.Scope{Region: region}) },
		"AllowUser": func() error { return users.AllowUser("sub", true) },
		"AllowPool": func() error { return users.AllowPool(t.Context(), "GetGroup", "eu-central-1_a") },
	} {
		if n := testing.AllocsPerRun(500, func() {
			if err := call(); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}

func BenchmarkAllow(b *testing.B) {
	l := limiter(b, limit.Config{Rates: map[limit.Category]float64{limit.UserRead: 1e8}})
	for b.Loop() {
		_ = l.Allow(b.Context(), "GetUser", limit.Scope{Region: region})
	}
}
