package signin_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"testing"

	"poolhouse.dev/internal/api/apitest"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/trigger"
)

// listener is a function that notes what it is called for, and fails for one source.
type listener struct {
	seen []string
	fail string
}

func (l *listener) Invoke(_ context.Context, _ string, sent []byte) (trigger.Result, error) {
	var e struct{ TriggerSource string }
	if err := json.Unmarshal(sent, &e); err != nil {
		return trigger.Result{}, err
	}
	l.seen = append(l.seen, e.TriggerSource)
	if e.TriggerSource == l.fail {
		return trigger.Result{Payload: []byte(`{"errorMessage":"no"}`), Failed: true}, nil
	}
	return trigger.Result{Payload: sent}, nil
}

// A password that is proved calls the same functions as one that is sent: one before
// the challenge, one before the tokens.
func TestTriggersOfSRP(t *testing.T) {
	const before, after = "PreAuthentication_Authentication", "PostAuthentication_Authentication"
	const arn = "arn:aws:lambda:eu-test-1:123456789012:function:f"
	for name, c := range map[string]struct {
		fail, want string
		seen       []string
	}{
		"both go":   {"", "", []string{before, after}},
		"denied":    {before, "UserLambdaValidationException: PreAuthentication failed with error no.", []string{before}},
		"kept back": {after, "UserLambdaValidationException: PostAuthentication failed with error no.", []string{before, after}},
	} {
		t.Run(name, func(t *testing.T) {
			w := apitest.Embedded(t, func(s *pool.Settings) { s.Triggers = pool.Triggers{PreAuthentication: arn, PostAuthentication: arn} })
			w.AddUser("ann", right, nil)
			l := &listener{fail: c.fail}
			w.SignIn.Triggers = trigger.New(trigger.Config{Function: l, Logger: slog.New(slog.DiscardHandler)})
			o, got := signInSRP(t, w, "ann", right)
			wantAnswer(t, got, c.want)
			if (o != nil) != (c.want == "") || !slices.Equal(l.seen, c.seen) {
				t.Errorf("outcome %v, called for %v", o, l.seen)
			}
			l.seen = nil
			_, got = signInSRP(t, w, "eve", right)
			if want := map[bool]string{true: refused, false: c.want}[c.fail != before]; got != want {
				t.Errorf("nobody is answered %q, want %q", got, want)
			}
			if !slices.Equal(l.seen, []string{before}) {
				t.Errorf("for nobody it was called for %v", l.seen)
			}
		})
	}
}
