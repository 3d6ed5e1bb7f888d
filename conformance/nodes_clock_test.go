package conformance

import (
	"testing"
	"time"
)

// Nodes whose clocks are five seconds apart count guesses and calls together, take
// each other's codes, and forgive and refuse the same refresh tokens. Only what runs
// out does so by the clock of the node that is asked.
func TestNodesWithUnevenClocks(t *testing.T) {
	const skew = 5 * time.Second
	// What lasts d is over on both nodes after d+over. More than the skew, because a
	// stopped clock goes on by a nanosecond a reading, and one is read more than the other.
	const over = skew + time.Millisecond
	for name, ahead := range map[string]time.Duration{"the other's clock is late": -skew, "the other's clock is early": skew} {
		t.Run(name, func(t *testing.T) {
			both := twoNodes(t)
			now := time.Now().Truncate(time.Second)
			pass := func(d time.Duration) {
				now = now.Add(d)
				here, there := now, now.Add(ahead)
				nodes[0].clock.stopped.Store(&here)
				nodes[1].clock.stopped.Store(&there)
			}
			nodes[0].clock.stop(t) // until the test ends
			nodes[1].clock.stop(t)
			pass(0)
			f := newFixture(t, both[0], verifies("email", false))
			on := []*fixture{f, {env: both[1], pool: f.pool, client: f.client}}
			for _, name := range []string{"ann", "bob", "cyd"} {
				f.user(t, name, "email="+name+"@example.com")
			}

			// The lock after the ninth wrong password lasts 16 s, and is one for both.
			for i := range 8 {
				on[i%2].tries(t, "ann", "wrong", wrongPassword)
				pass(9*time.Second + over)
			}
			on[1].tries(t, "ann", "wrong", wrongPassword)
			for _, f := range on {
				f.tries(t, "ann", password, lockedOut)
			}
			pass(16*time.Second + over)
			on[0].signIn(t, "ann")
			on[1].signIn(t, "ann")

			// Five codes an hour, together; any of them is answered on the other node.
			token := f.signIn(t, "bob").AccessToken
			for i := range 5 {
				did(on[i%2].askCode(t, token, "email"))(t)
			}
			for _, f := range on {
				_, err := f.askCode(t, token, "email")
				wantFault(t, err, "LimitExceededException", spentLimit)
			}
			noError(t, on[1].verify(t, token, "email", on[0].code(t, "bob@example.com")))

			// A retried refresh is forgiven on both, within the period of grace only, and
			// never without one.
			for grace, refusedAfter := range map[int32]time.Duration{30: 30*time.Second + over, 0: 0} {
				client := f.byRotation(t, grace)
				for _, first := range []int{0, 1} {
					here, there := *on[first], *on[1-first]
					here.client, there.client = client, client
					old := here.signIn(t, "cyd").RefreshToken
					next := did(here.exchange(t, client, old, nil))(t)
					there.own(t, next.AccessToken)
					if grace > 0 {
						there.own(t, did(there.exchange(t, client, old, nil))(t).AccessToken)
					}
					pass(refusedAfter)
					_, err := there.exchange(t, client, old, nil)
					wantFault(t, err, "RefreshTokenReuseException", reusedRefresh)
					_, err = here.exchange(t, client, next.RefreshToken, nil)
					wantFault(t, err, "NotAuthorizedException", revokedRefresh)
				}
			}
		})
	}
}
