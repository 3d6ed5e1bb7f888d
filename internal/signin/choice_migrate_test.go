package signin_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"poolhouse.dev/internal/api/apitest"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/signin"
	"poolhouse.dev/internal/trigger"
	"poolhouse.dev/internal/user"
)

// elsewhere is a function that knows mia of another directory, and notes for whom it is
// called.
type elsewhere struct{ asked []string }

func (f *elsewhere) Invoke(_ context.Context, _ string, sent []byte) (trigger.Result, error) {
	text := string(sent)
	for _, name := range []string{"ann", "mia", "eve"} {
		if strings.Contains(text, `"userName":"`+name+`"`) {
			f.asked = append(f.asked, name)
		}
	}
	if strings.Contains(text, `"userName":"mia"`) && strings.Contains(text, right) {
		text = strings.Replace(text, `"response":{}`, `"response":{"userAttributes":{"email":"mia@example.com"},"finalUserStatus":"CONFIRMED"}`, 1)
	}
	return trigger.Result{Payload: []byte(text)}, nil
}

// A password that is chosen at once moves its user here from another directory, and no
// other first factor asks there.
func TestChosenPasswordMigrates(t *testing.T) {
	const arn = "arn:aws:lambda:eu-test-1:123456789012:function:f"
	w := apitest.Embedded(t, func(s *pool.Settings) {
		s.Triggers = pool.Triggers{UserMigration: arn}
		s.FirstFactors = []string{user.FirstPassword, user.FirstEmail}
	})
	w.AddUser("ann", right, nil)
	f := &elsewhere{}
	w.SignIn.Triggers = trigger.New(trigger.Config{Function: f, Logger: slog.New(slog.DiscardHandler)})
	for _, c := range []struct {
		name, challenge, password, want string
		asked                           []string
	}{
		{"mia", "", "", "", nil},
		{"mia", "EMAIL_OTP", "", "", nil},
		{"mia", "PASSWORD_SRP", "", "", nil},
		{"mia", "PASSWORD", wrong, refused, []string{"mia"}},
		{"eve", "PASSWORD", right, refused, []string{"eve"}},
		{"ann", "PASSWORD", right, "", nil},
		{"mia", "PASSWORD", right, "", []string{"mia"}},
		{"mia", "PASSWORD", wrong, refused, nil}, // who is here now
	} {
		f.asked = nil
		o, err := w.SignIn.BeginChoice(t.Context(), w.Request(), c.name, signin.Choice{Name: c.challenge, Password: c.password, PublicValue: "5"})
		wantAnswer(t, answer(err), c.want)
		if !slices.Equal(f.asked, c.asked) {
			t.Errorf("%+v asks for %v", c, f.asked)
		}
		if signedIn := o != nil && o.Tokens != nil; signedIn != (c.password != "" && c.want == "") {
			t.Errorf("%+v leads to %+v", c, o)
		}
	}
}
