package conformance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"poolhouse.dev/poolhousetest"
)

// walk is what a server tells of a step of sealing rows anew.
type walk struct {
	Token                  string
	Done                   bool
	Rows, Resealed, Broken int64
	SignIns                int64
}

// reseals walks through all rows.
func (f *fixture) reseals(t *testing.T, c *clock) (w walk) {
	t.Helper()
	for !w.Done {
		body := did(json.Marshal(map[string]string{"token": w.Token}))(t)
		status, answer := f.tryPost(t, c, "/_poolhouse/reseal", string(body))
		if status != http.StatusOK {
			t.Fatalf("reseal: %s", answer)
		}
		noError(t, json.Unmarshal(answer, &w))
	}
	return w
}

// wantRefusal wants an administrator's request to be refused with a text.
func (f *fixture) wantRefusal(t *testing.T, c *clock, path, body, text string) {
	t.Helper()
	if status, answer := f.tryPost(t, c, path, body); status != http.StatusBadRequest || !strings.Contains(string(answer), text) {
		t.Errorf("%s: %d %s, want %q", path, status, answer, text)
	}
}

// The data keys are exchanged while people sign in and change their passwords, on one
// node and on two: whatever the old key sealed stays good, from one node to the other,
// and what is stored is sealed anew; in the end the old key goes, and only refresh tokens
// from before go with it.
func TestDataKeysAreExchanged(t *testing.T) {
	onOwnServers(t, func(t *testing.T, o poolhousetest.Options) {
		c := &clock{}
		o.Now, o.PublicURL = c.now, "http://id.example"
		launch := func(o poolhousetest.Options) *env {
			srv := poolhousetest.Start(t, o)
			return &env{Client: newClient(srv.URL, func(o *cip.Options) { o.HTTPSignerV4 = c }), url: srv.URL, srv: srv, clock: c}
		}
		one := launch(o)
		two := one
		if o.Database != "" {
			other := o
			other.Data = t.TempDir()
			two = launch(other)
		}
		f := newMFA(t, one, "OPTIONAL", "totp", func(in *cip.CreateUserPoolInput) {
			in.AutoVerifiedAttributes = []types.VerifiedAttributeType{"email"}
		})
		g := *f
		g.env = two
		for _, name := range []string{"ann", "bob", "tom", "eve"} {
			f.user(t, name, "email="+name+"@example.com", "email_verified=true")
		}
		secret := f.enrol(t, f.signIn(t, "tom").AccessToken, c)
		f.prefer(t, "tom", "totp")
		confidential := *f
		confidential.client = f.newClient(t, func(in *cip.CreateUserPoolClientInput) { in.ClientSecret = aws.String(clientSecret) })
		bySRP := f.newClient(t, func(in *cip.CreateUserPoolClientInput) {
			in.ExplicitAuthFlows = append(in.ExplicitAuthFlows, types.ExplicitAuthFlowsTypeAllowUserSrpAuth)
		})
		hash := confidential.secretHash("bob")
		before := f.signIn(t, "bob")
		did(f.forgot(t, "eve"))(t)
		code := one.code(t, "eve@example.com")
		keys := f.keys(t)
		begun := f.led(t, false, "tom", "SOFTWARE_TOKEN_MFA")

		f.wantRefusal(t, c, "/_poolhouse/reseal", "", "There is one data key only")
		f.wantRefusal(t, c, "/_poolhouse/data-keys?after=1m", "", "after: want 2m0s to 720h0m0s")
		f.post(t, c, "/_poolhouse/data-keys?after=2m", "")
		f.wantRefusal(t, c, "/_poolhouse/reseal", "", "does not seal before")
		c.advance(2*time.Minute + time.Second)
		led := f.led(t, false, "tom", "SOFTWARE_TOKEN_MFA")
		// The other node has not looked since, and meets the new key in this session.
		did(g.repeat(t, false, led, "tom", totp(t, secret, c.now())))(t).want(t, "")
		c.advance(30 * time.Second)
		did(g.repeat(t, false, begun, "tom", totp(t, secret, c.now())))(t).want(t, "")
		g.user(t, "new")

		stop := f.busy(t)
		changed := g.changing(t, "bob")
		w := f.reseals(t, c)
		newest := changed()
		stop()
		if w.Resealed < 5 || w.Broken != 0 || w.SignIns < 1 {
			t.Errorf("the walk: %+v", w)
		}
		noError(t, g.recover(t, "eve", code, "An0ther-Passw0rd!"))
		f.refresh(t, *before.RefreshToken)
		all := func(f *fixture) {
			t.Helper()
			f.signIn(t, "ann")
			f.signIn(t, "new")
			did(f.trySignIn(t, "bob", newest))(t)
			did(f.trySignIn(t, "eve", "An0ther-Passw0rd!"))(t)
			c.advance(30 * time.Second)
			did(f.repeat(t, false, f.led(t, false, "tom", "SOFTWARE_TOKEN_MFA"), "tom", totp(t, secret, c.now())))(t).want(t, "")
			p, byProof := f.passwordOf("ann"), *f
			byProof.client = bySRP
			s := did(byProof.enterBy(t, "USER_SRP_AUTH", map[string]string{"USERNAME": "ann", "SRP_A": p.public().Text(16)}))(t)
			wantStage(t, did(byProof.answerTo(t, s, nil, p.proof(t, s.parameters), wish("USERNAME", "ann")))(t), nil, "")
			did(f.InitiateAuth(t.Context(), &cip.InitiateAuthInput{
				ClientId: &confidential.client, AuthFlow: "USER_PASSWORD_AUTH", AuthParameters: map[string]string{"USERNAME": "bob", "PASSWORD": newest, "SECRET_HASH": *hash},
			}))(t)
			token := f.signIn(t, "ann").AccessToken
			if now := f.keys(t); strings.Join(now, " ") != strings.Join(keys, " ") || keyOf(t, token) == "" {
				t.Errorf("signing keys %v, then %v", keys, now)
			}
			f.own(t, token)
		}
		all(f)
		all(&g)

		drop := func(w walk, end bool) string {
			return string(did(json.Marshal(map[string]any{"token": w.Token, "endSignIns": end}))(t))
		}
		f.wantRefusal(t, c, "/_poolhouse/data-keys/drop-old", drop(w, true), "The old key may still be in use")
		c.advance(61 * time.Minute)
		if w = g.reseals(t, c); w.Resealed != 0 {
			t.Errorf("%d rows were still sealed by the old key", w.Resealed)
		}
		f.wantRefusal(t, c, "/_poolhouse/data-keys/drop-old", drop(w, false), "need the old key, the last until")
		f.refresh(t, *before.RefreshToken)
		f.post(t, c, "/_poolhouse/data-keys/drop-old", drop(w, true))
		wantFault(t, f.tryRefresh(t, *before.RefreshToken), "NotAuthorizedException", "Invalid Refresh Token")
		all(f)
		all(&g)
		if o.Database == "" {
			noError(t, one.srv.Close())
		} else {
			o.Data = t.TempDir()
		}
		h := *f
		h.env = launch(o)
		all(&h)
	})
}

// changing changes a user's password a few times, and then the name, until the returned
// function is called, which returns the last password.
func (f *fixture) changing(t *testing.T, name string) (stop func() string) {
	t.Helper()
	token := f.signIn(t, name).AccessToken
	var stopped atomic.Bool
	last := make(chan string, 1)
	go func() {
		current := password
		for n := 0; !stopped.Load() || n < 3; n++ {
			var err error
			if next := fmt.Sprintf("Ch4nged-%d!", n); n < 3 {
				_, err = f.ChangePassword(t.Context(), &cip.ChangePasswordInput{AccessToken: token, PreviousPassword: &current, ProposedPassword: &next})
				current = next
			} else {
				_, err = f.UpdateUserAttributes(t.Context(), &cip.UpdateUserAttributesInput{AccessToken: token, UserAttributes: attrs(fmt.Sprintf("name=%d", n))})
			}
			if err != nil {
				t.Errorf("changing the user meanwhile: %v", err)
				break
			}
		}
		last <- current
	}()
	return func() string {
		stopped.Store(true)
		return <-last
	}
}

func (f *fixture) tryRefresh(t *testing.T, token string) error {
	t.Helper()
	_, err := f.InitiateAuth(t.Context(), &cip.InitiateAuthInput{
		ClientId: &f.client, AuthFlow: types.AuthFlowTypeRefreshTokenAuth, AuthParameters: map[string]string{"REFRESH_TOKEN": token},
	})
	return err
}

// The commands say what they did, what is in the way, and what is wrong with a flag.
func TestDataKeyCommands(t *testing.T) {
	onOwnServers(t, func(t *testing.T, o poolhousetest.Options) {
		srv := poolhousetest.Start(t, o)
		out := did(administer(t, srv.URL, "rotate-data-keys", "--after", "48h"))(t)
		if !strings.Contains(out, "seals from") || !strings.Contains(out, "in place of") {
			t.Errorf("rotate-data-keys: %s", out)
		}
		for _, c := range []struct {
			args []string
			want string
		}{
			{[]string{"rotate-data-keys"}, "The data keys are being exchanged already"},
			{[]string{"rotate-data-keys", "--after", "soon"}, "after: want a time"},
			{[]string{"reseal"}, "The new data key does not seal before"},
			{[]string{"reseal", "--rate", "0"}, "--rate"},
			{[]string{"reseal", "--end-sign-ins"}, "--end-sign-ins"},
			{[]string{"rotate-master-key", "--retire-old", "--cancel"}, "can't be used together"},
		} {
			if _, err := administer(t, srv.URL, c.args[0], c.args[1:]...); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v: %v, want %q", c.args, err, c.want)
			}
		}
		for _, path := range []string{"/_poolhouse/master-key?step=add", "/_poolhouse/data-keys", "/_poolhouse/reseal", "/_poolhouse/data-keys/drop-old"} {
			resp := did(http.Post(srv.URL+path, "application/json", nil))(t)
			noError(t, resp.Body.Close())
			if resp.StatusCode != http.StatusBadRequest {
				t.Errorf("%s unsigned: %d", path, resp.StatusCode)
			}
		}
	})
}
