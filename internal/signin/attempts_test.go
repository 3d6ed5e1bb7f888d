package signin_test

import (
	"sync"
	"testing"
	"time"

	"poolhouse.dev/internal/api/apitest"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/faulty"
	"poolhouse.dev/internal/user"
)

// A password is judged only when the attempt is durably counted: a store that
// does not take the count gets no comparison, right or wrong, known or not.
func TestAttemptIsCommittedBeforeThePasswordIsJudged(t *testing.T) {
	for name, tc := range map[string]struct {
		outcome faulty.Outcome
		counted int
	}{
		"unavailable":          {faulty.Unavailable, 0},
		"lost and dropped":     {faulty.LostDropped, 0},
		"lost, yet applied":    {faulty.LostApplied, 1},
		"a failure unheard of": {faulty.Outcome{Skip: true, Err: errBroken}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := apitest.Embedded(t, nil)
			ann := w.AddUser("ann", right, nil)
			w.Fail(always(user.TableAttempts, tc.outcome))
			for _, who := range []string{"ann", "eve"} {
				for _, password := range []string{right, wrong} {
					counted := failures(w, ann)
					var got string
					cost := w.Cost(func() { _, got = signIn(t, w, who, password) })
					wantAnswer(t, got, internal)
					if cost.Exponentiations != 0 {
						t.Errorf("%s: a password was judged", who)
					}
					if who == "ann" && failures(w, ann) != counted+tc.counted {
						t.Errorf("%d failures counted after %d", failures(w, ann), counted)
					}
				}
			}
			if n := sessions(t, w); n != 0 {
				t.Errorf("%d sign-ins", n)
			}
		})
	}
}

var errBroken = brokenError{}

type brokenError struct{}

func (brokenError) Error() string { return "broken" }

// A count that meets another writer is counted again before anything is judged.
func TestConflictingAttemptIsCountedAgain(t *testing.T) {
	w := apitest.Embedded(t, nil)
	ann := w.AddUser("ann", right, nil)
	w.FailOnce(user.TableAttempts, faulty.Conflict)
	var got string
	cost := w.Cost(func() { _, got = signIn(t, w, "ann", wrong) })
	wantAnswer(t, got, refused)
	if cost.Exponentiations != 1 || failures(w, ann) != 1 {
		t.Errorf("%d judged, %d counted", cost.Exponentiations, failures(w, ann))
	}
}

// However many try at once, on however many servers: five are judged before the
// account is locked, and each of them is counted.
func TestParallelGuessesAreJudgedFiveTimes(t *testing.T) {
	for _, name := range []string{"ann", "eve"} {
		t.Run(name, func(t *testing.T) {
			w := apitest.Embedded(t, nil)
			w.AddUser("ann", right, nil)
			nodes := []*apitest.World{w, w.Node(0), w.Node(0)}
			var mu sync.Mutex
			answers := map[string]int{}
			cost := w.Cost(func() {
				var wg sync.WaitGroup
				for n := range 60 {
					wg.Go(func() {
						_, got := signIn(t, nodes[n%len(nodes)], name, wrong)
						mu.Lock()
						defer mu.Unlock()
						answers[got]++
					})
				}
				wg.Wait()
			})
			if cost.Exponentiations != 5 {
				t.Errorf("%d passwords were judged", cost.Exponentiations)
			}
			wantSame(t, "answers", map[string]int{refused: 5, locked: 55}, answers)
			_, got := signIn(t, w, name, right)
			wantAnswer(t, got, locked)
		})
	}
}

// A right password forgets the failures, in the same commit as the sign-in, and
// only then.
func TestRightPasswordForgetsTheFailures(t *testing.T) {
	w := apitest.Embedded(t, nil)
	ann := w.AddUser("ann", right, nil)
	for range 4 {
		signIn(t, w, "ann", wrong)
	}
	w.Fail(always(user.TableSessions, faulty.LostDropped))
	_, got := signIn(t, w, "ann", right)
	wantAnswer(t, got, internal)
	if n := failures(w, ann); n != 5 {
		t.Errorf("%d failures after a sign-in that was not stored", n)
	}
	w.Fail(nil)
	w.Forward(time.Second)
	if _, got := signIn(t, w, "ann", right); got != "" || failures(w, ann) != 0 {
		t.Errorf("answered %q with %d failures", got, failures(w, ann))
	}
}

// A verifier that was put into another user's row lets nobody in.
func TestMovedVerifierLetsNobodyIn(t *testing.T) {
	w := apitest.Embedded(t, nil)
	ann, eve := w.AddUser("ann", right, nil), w.AddUser("eve", wrong, nil)
	moved := w.User(ann)
	moved.Verifier = eve.Verifier
	w.Update(moved)
	for _, password := range []string{right, wrong} {
		o, got := signIn(t, w, "ann", password)
		wantAnswer(t, got, internal)
		if o != nil {
			t.Errorf("signed in: %v", o)
		}
	}
	if n := sessions(t, w); n != 0 {
		t.Errorf("%d sign-ins", n)
	}
	if n := failures(w, ann); n != 2 {
		t.Errorf("%d attempts counted", n)
	}
}

// A sign-out between the judgement and the commit does not end the sign-in that
// follows it, and a disabling in between prevents it.
func TestSignInMeetsAChangeOfTheUser(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*user.User)
		want   string
	}{
		"sign-out":       {func(u *user.User) { u.SignOutEpoch++ }, ""},
		"disabling":      {func(u *user.User) { u.Disabled = true; u.SignOutEpoch++ }, refused},
		"password reset": {func(u *user.User) { u.Status = user.ResetRequired }, refused},
	} {
		t.Run(name, func(t *testing.T) {
			w := apitest.Embedded(t, nil)
			ann := w.AddUser("ann", right, nil)
			done := false
			w.Fail(func(set *store.ChangeSet) faulty.Outcome {
				if done || !apitest.Touches(set, user.TableSessions) {
					return faulty.Pass
				}
				done = true
				return faulty.Outcome{Before: func() {
					u := w.User(ann)
					tc.change(u)
					w.Update(u)
				}}
			})
			o, got := signIn(t, w, "ann", right)
			wantAnswer(t, got, tc.want)
			if tc.want != "" {
				if n := sessions(t, w); n != 0 {
					t.Errorf("%d sign-ins", n)
				}
				return
			}
			if _, err := w.Tokens.Authorize(t.Context(), o.Tokens.Access); err != nil {
				t.Errorf("the new sign-in: %v", err)
			}
		})
	}
}
