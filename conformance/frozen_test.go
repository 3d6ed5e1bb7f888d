package conformance

import "testing"

// inFrozenTime is withClock for a test for which no time passes by itself, so
// that it can stand on both sides of a second.
func inFrozenTime(t *testing.T, f func(t *testing.T, e *env, c *clock)) {
	t.Helper()
	withClock(t, func(t *testing.T, e *env, c *clock) {
		c.stop(t)
		f(t, e, c)
	})
}
