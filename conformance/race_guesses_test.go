package conformance

import "testing"

// guesses is the number of guesses at the same time.
const guesses = 1000

// guessing runs a contest with a stopped clock, so that no lock and no hour
// runs out in between: on each engine, and on two nodes.
func guessing(t *testing.T, f func(t *testing.T, nodes []*env)) {
	t.Helper()
	withClock(t, func(t *testing.T, e *env, c *clock) {
		c.stop(t)
		f(t, []*env{e})
	})
	t.Run("two nodes", func(t *testing.T) {
		nodes[0].clock.stop(t)
		nodes[1].clock.stop(t)
		f(t, twoNodes(t))
	})
}

// VerifyUserAttribute: of 1,000 wrong codes at the same time 15 are judged, and
// the right one is not judged any more.
func TestManyWrongCodes(t *testing.T) {
	guessing(t, func(t *testing.T, nodes []*env) {
		f := newFixture(t, nodes[0], verifies("email", true))
		f.user(t, "ann", "email=ann@example.com", "email_verified=true")
		token, wanted := f.signIn(t, "ann").AccessToken, address("wanted")
		f.updated(t, token, "email="+wanted)
		code := f.code(t, wanted)
		counts := tally(race(guesses, func(i int) error {
			return nodes[i%len(nodes)].verify(t, token, "email", wrongCode(code))
		}))
		judged := counts["CodeMismatchException: "+codeMismatch]
		refused := counts["LimitExceededException: "+limitExceeded] + counts["TooManyRequestsException: Too many requests"]
		if judged == 0 || judged > 15 || judged+refused != guesses {
			t.Errorf("answers %v, want at most 15 judged and the rest refused", counts)
		}
		for _, e := range nodes {
			wantFault(t, e.verify(t, token, "email", code), "LimitExceededException", limitExceeded)
		}
		if got := f.own(t, token)["email"]; got != "ann@example.com" {
			t.Errorf("email = %q", got)
		}
	})
}

// GetUserAttributeVerificationCode: of 64 requests at the same time 5 send a
// code.
func TestManyRequestsForCodes(t *testing.T) {
	guessing(t, func(t *testing.T, nodes []*env) {
		f := newFixture(t, nodes[0], verifies("email", false))
		mail := address("ann")
		f.user(t, "ann", "email="+mail)
		token := f.signIn(t, "ann").AccessToken
		wantTally(t, race(crowd, func(i int) error {
			_, err := nodes[i%len(nodes)].askCode(t, token, "email")
			return err
		}), map[string]int{"": 5, "LimitExceededException: " + limitExceeded: crowd - 5})
		sent := 0
		for _, e := range nodes {
			sent += e.messages(t, mail)
		}
		if sent > 5 {
			t.Errorf("%d messages", sent)
		}
	})
}

// InitiateAuth: of 1,000 wrong passwords at the same time five are judged, and
// the right one is not judged while the lock lasts.
func TestManyWrongPasswords(t *testing.T) {
	guessing(t, func(t *testing.T, nodes []*env) {
		f := newFixture(t, nodes[0], nil)
		f.user(t, "ann")
		const locked = "Password attempts exceeded"
		counts := tally(race(guesses, func(i int) error {
			g := *f
			g.env = nodes[i%len(nodes)]
			_, err := g.trySignIn(t, "ann", "Wrong-0-password")
			return err
		}))
		judged := counts["NotAuthorizedException: Incorrect username or password."]
		refused := counts["NotAuthorizedException: "+locked] + counts["TooManyRequestsException: Too many requests"]
		if judged == 0 || judged > 5 || judged+refused != guesses {
			t.Errorf("answers %v, want at most 5 judged and the rest refused", counts)
		}
		for _, e := range nodes {
			g := *f
			g.env = e
			_, err := g.trySignIn(t, "ann", password)
			wantFault(t, err, "NotAuthorizedException", locked)
		}
	})
}
