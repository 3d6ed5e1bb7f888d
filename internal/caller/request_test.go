package caller_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"poolhouse.dev/internal/caller"
)

type otherKey struct{}

// A request's context ends as one of the standard library does, whether or not
// somebody waits for its end, and whether they began to before or after.
func TestRequestEnds(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(cancelParent, cancel func())
		want error
	}{
		"time":                  {func(_, _ func()) { time.Sleep(time.Minute) }, context.DeadlineExceeded},
		"cancel":                {func(_, cancel func()) { cancel() }, context.Canceled},
		"parent":                {func(cancelParent, _ func()) { cancelParent() }, context.Canceled},
		"cancel twice":          {func(_, cancel func()) { cancel(); cancel() }, context.Canceled},
		"time, then cancel":     {func(_, cancel func()) { time.Sleep(time.Minute + 1); cancel() }, context.DeadlineExceeded},
		"cancel, then time":     {func(_, cancel func()) { cancel(); time.Sleep(time.Hour) }, context.Canceled},
		"parent, long after":    {func(cancelParent, _ func()) { cancelParent(); time.Sleep(time.Hour) }, context.Canceled},
		"nothing":               {func(_, _ func()) {}, nil},
		"less time than it has": {func(_, _ func()) { time.Sleep(time.Minute - 1) }, nil},
	} {
		for _, waits := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				parent, cancelParent := context.WithCancel(context.WithValue(t.Context(), otherKey{}, "value"))
				defer cancelParent()
				ctx, cancel := caller.Begin(parent, caller.Caller{RequestID: "r"}, time.Minute)
				defer cancel()
				if waits {
					select {
					case <-ctx.Done():
						t.Errorf("%s: it has ended at once", name)
					default:
					}
				}
				c.end(cancelParent, cancel)
				synctest.Wait()
				first := ctx.Err()
				if !errors.Is(first, c.want) {
					t.Errorf("%s, waiting %v: %v, want %v", name, waits, first, c.want)
				}
				ended := false
				select {
				case <-ctx.Done():
					ended = true
				default:
				}
				if ended != (c.want != nil) {
					t.Errorf("%s, waiting %v: ended %v", name, waits, ended)
				}
				if err := ctx.Err(); !errors.Is(err, first) {
					t.Errorf("%s, waiting %v: first %v and then %v", name, waits, first, err)
				}
				if got := caller.From(ctx).RequestID; got != "r" || ctx.Value(otherKey{}) != "value" {
					t.Errorf("%s, waiting %v: the caller is %q", name, waits, got)
				}
			})
		}
	}
}

// What is derived from a request's context ends with it, and costs no goroutine.
func TestRequestEndsWhatIsDerived(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := caller.Begin(t.Context(), caller.Caller{RequestID: "r"}, time.Minute)
		defer cancel()
		derived, stop := context.WithTimeout(ctx, time.Hour)
		defer stop()
		time.Sleep(time.Minute)
		synctest.Wait()
		if err := derived.Err(); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the derived context: %v", err)
		}
		if caller.From(derived).RequestID != "r" {
			t.Error("the derived context has lost the caller")
		}
	})
}

// The parent's deadline holds where it is earlier.
func TestRequestDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		parent, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		for want, d := range map[time.Duration]time.Duration{time.Second: time.Minute, time.Millisecond: time.Millisecond} {
			ctx, cancel := caller.Begin(parent, caller.Caller{}, d)
			if at, ok := ctx.Deadline(); !ok || time.Until(at) != want {
				t.Errorf("of %v: in %v, %v", d, time.Until(at), ok)
			}
			cancel()
		}
	})
}
