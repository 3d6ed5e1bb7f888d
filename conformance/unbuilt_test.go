package conformance

import (
	"testing"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// unbuiltWorld is a pool in which ann is confirmed and signed in, bob is not
// confirmed, and cyd has a temporary password and a session for another.
type unbuiltWorld struct {
	*fixture
	refresh, session *string
}

func newUnbuiltWorld(t *testing.T, e *env) *unbuiltWorld {
	t.Helper()
	f := newFixture(t, e, byPhoneToo)
	f.user(t, "ann", "email=ann@example.com", "email_verified=true", "phone_number=+15550100123")
	did(f.signUp(t, "bob", "email=bob@example.com"))(t)
	f.client = f.newClient(t, func(in *cip.CreateUserPoolClientInput) {
		in.ExplicitAuthFlows = append(in.ExplicitAuthFlows, "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH", "ALLOW_USER_AUTH")
	})
	tokens := f.signIn(t, "ann")
	return &unbuiltWorld{f, tokens.RefreshToken, f.invited(t, "cyd").Session}
}

func (w *unbuiltWorld) fresh(t *testing.T, attributes ...string) error {
	t.Helper()
	_, err := w.signUp(t, "new", attributes...)
	return err
}

func (w *unbuiltWorld) enter(t *testing.T, admin bool, flow string, pairs ...string) error {
	t.Helper()
	_, err := w.initiate(t, admin, flow, withHash(nil, pairs...))
	return err
}

type refusedCalls map[string]func(t *testing.T, w *unbuiltWorld) error

var refreshes = refusedCalls{
	"refresh": func(t *testing.T, w *unbuiltWorld) error {
		return w.enter(t, false, "REFRESH_TOKEN_AUTH", "REFRESH_TOKEN", *w.refresh)
	},
	"GetTokensFromRefreshToken": func(t *testing.T, w *unbuiltWorld) error {
		_, err := w.exchange(t, w.client, w.refresh, nil)
		return err
	},
	"refresh as an administrator": func(t *testing.T, w *unbuiltWorld) error {
		return w.enter(t, true, "REFRESH_TOKEN_AUTH", "REFRESH_TOKEN", *w.refresh)
	},
}

var codesByMail = refusedCalls{
	"SignUp":                 func(t *testing.T, w *unbuiltWorld) error { return w.fresh(t, "email=new@example.com") },
	"ResendConfirmationCode": func(t *testing.T, w *unbuiltWorld) error { _, err := w.resend(t, "bob"); return err },
}

func suppressed(in *cip.AdminCreateUserInput) { in.MessageAction = types.MessageActionTypeSuppress }

func both(all ...refusedCalls) refusedCalls {
	calls := refusedCalls{}
	for _, some := range all {
		for name, call := range some {
			calls[name] = call
		}
	}
	return calls
}
