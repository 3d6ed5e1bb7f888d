package signin_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"testing"

	"poolhouse.dev/internal/api/apitest"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/signin"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/faulty"
	"poolhouse.dev/internal/trigger"
	"poolhouse.dev/internal/user"
)

// quiz is a function that asks one question, whose answer is "42". meanwhile, if not
// nil, happens while it judges the answer.
type quiz struct{ meanwhile func() }

func (q *quiz) Invoke(_ context.Context, _ string, sent []byte) (trigger.Result, error) {
	event := map[string]any{}
	if err := json.Unmarshal(sent, &event); err != nil {
		return trigger.Result{}, err
	}
	request := event["request"].(map[string]any)
	switch event["triggerSource"] {
	case "DefineAuthChallenge_Authentication":
		if rounds := request["session"].([]any); len(rounds) == 0 {
			event["response"] = map[string]any{"challengeName": "CUSTOM_CHALLENGE"}
		} else {
			passed := rounds[0].(map[string]any)["challengeResult"] == true
			event["response"] = map[string]any{"issueTokens": passed, "failAuthentication": !passed}
		}
	case "CreateAuthChallenge_Authentication":
		event["response"] = map[string]any{"privateChallengeParameters": map[string]string{"answer": "42"}}
	default:
		if q.meanwhile != nil {
			q.meanwhile()
		}
		event["response"] = map[string]any{"answerCorrect": request["challengeAnswer"] == request["privateChallengeParameters"].(map[string]any)["answer"]}
	}
	payload, err := json.Marshal(event)
	return trigger.Result{Payload: payload}, err
}

// newQuiz returns a world of custom sign-ins, with ann.
func newQuiz(t *testing.T) (*apitest.World, *quiz, *user.User) {
	t.Helper()
	const arn = "arn:aws:lambda:eu-test-1:123456789012:function:f"
	w := apitest.Embedded(t, func(s *pool.Settings) {
		s.Triggers = pool.Triggers{DefineAuthChallenge: arn, CreateAuthChallenge: arn, VerifyAuthChallenge: arn}
	})
	q := &quiz{}
	w.SignIn.Triggers = trigger.New(trigger.Config{Function: q, Logger: slog.New(slog.DiscardHandler)})
	return w, q, w.AddUser("ann", right, nil)
}

// asks begins a custom sign-in and returns its session.
func asks(t *testing.T, w *apitest.World, name string) string {
	t.Helper()
	o, err := w.SignIn.BeginCustom(t.Context(), w.Request(), name, "")
	if err != nil || o.Challenge == nil || o.Challenge.Name != signin.CustomChallenge {
		t.Fatalf("%s: %+v, %v", name, o, err)
	}
	return o.Challenge.Session
}

// says answers a custom challenge.
func says(t *testing.T, w *apitest.World, name, session, text string) (*signin.Outcome, string) {
	t.Helper()
	o, err := w.SignIn.Respond(t.Context(), w.Request(), signin.CustomChallenge, &session, map[string]string{"USERNAME": name, "ANSWER": text})
	return o, answer(err)
}

// What happens to a user while functions take their time is seen before tokens are
// given. A client that hides users is told of it no more than of a wrong answer.
func TestCustomSignInSeesWhatHappenedMeanwhile(t *testing.T) {
	const badSession = "NotAuthorizedException: Invalid session for the user."
	for name, c := range map[string]struct {
		change       func(*user.User)
		hidden, open string
	}{
		"nothing":     {func(*user.User) {}, "", ""},
		"disabled":    {func(u *user.User) { u.Disabled = true }, refused, "NotAuthorizedException: User is disabled."},
		"signed out":  {func(u *user.User) { u.SignOutEpoch++ }, badSession, badSession},
		"unconfirmed": {func(u *user.User) { u.Status = user.Unconfirmed }, "UserNotConfirmedException: User is not confirmed.", "UserNotConfirmedException: User is not confirmed."},
		"deleted":     {nil, badSession, badSession},
	} {
		for setting, want := range map[string]string{"ENABLED": c.hidden, "LEGACY": c.open} {
			t.Run(name+" "+setting, func(t *testing.T) {
				w, q, ann := newQuiz(t)
				w.Client.Settings.HideUsers = setting
				q.meanwhile = func() {
					u := w.User(ann)
					if c.change == nil {
						w.Remove(u)
						return
					}
					c.change(u)
					w.Update(u)
				}
				o, got := says(t, w, "ann", asks(t, w, "ann"), "42")
				wantAnswer(t, got, want)
				if n := sessions(t, w); (o != nil) != (want == "") || (n == 1) != (want == "") || n > 1 {
					t.Errorf("outcome %v, %d sign-ins", o, n)
				}
			})
		}
	}
}

// A custom sign-in whose state is gone is over, and one that ended leaves no state.
func TestStateOfCustomSignIns(t *testing.T) {
	w, _, ann := newQuiz(t)
	session := asks(t, w, "ann")
	for _, r := range challengesOf(t, w) {
		w.Remove(r)
	}
	_, got := says(t, w, "ann", session, "42")
	wantAnswer(t, got, "NotAuthorizedException: Invalid session for the user.")
	one, other := asks(t, w, "ann"), asks(t, w, "ann")
	_, got = says(t, w, "ann", one, "42")
	wantAnswer(t, got, "")
	_, got = says(t, w, "ann", other, "42") // each has a state of its own
	wantAnswer(t, got, "")
	if list := challengesOf(t, w); len(list) != 0 || sessions(t, w) != 2 {
		t.Errorf("%d states and %d sign-ins of %s are left", len(list), sessions(t, w), ann.Username)
	}
}

func challengesOf(t *testing.T, w *apitest.World) []row.Row {
	t.Helper()
	page, err := w.Rows.List(t.Context(), store.Query{Table: user.TableChallenges, Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	return page.Rows
}

// A commit that fails, or whose end is not known, leaves no sign-in half done: the
// answer is given once at most, and the next sign-in is as good as any.
func TestCustomSignInsMeetFaults(t *testing.T) {
	for _, table := range []row.Table{user.TableSpent, user.TableSessions} {
		for name, outcome := range map[string]faulty.Outcome{
			"conflict": faulty.Conflict, "unavailable": faulty.Unavailable, "lost, applied": faulty.LostApplied, "lost, dropped": faulty.LostDropped,
		} {
			t.Run(string(table)+" "+name, func(t *testing.T) {
				w, _, _ := newQuiz(t)
				session := asks(t, w, "ann")
				w.FailOnce(table, outcome)
				granted := 0
				for range 3 {
					if o, _ := says(t, w, "ann", session, "42"); o != nil && o.Tokens != nil {
						granted++
					}
				}
				if n := sessions(t, w); granted > 1 || n > 1 {
					t.Errorf("one answer gave tokens %d times and %d sign-ins", granted, n)
				}
				before := sessions(t, w)
				o, got := says(t, w, "ann", asks(t, w, "ann"), "42")
				wantAnswer(t, got, "")
				if o == nil || o.Tokens == nil || sessions(t, w) != before+1 {
					t.Errorf("the next sign-in: %+v", o)
				}
			})
		}
	}
}
