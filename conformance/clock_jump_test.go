package conformance

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"poolhouse.dev/poolhousetest"
)

// withOwnClock runs a test on each engine against a server of its own, whose clock
// the test can set.
func withOwnClock(t *testing.T, test func(t *testing.T, e *env, c *clock)) {
	t.Helper()
	onOwnServers(t, func(t *testing.T, o poolhousetest.Options) {
		c := &clock{}
		o.Now = c.now
		srv := poolhousetest.Start(t, o)
		test(t, &env{Client: newClient(srv.URL, func(o *cip.Options) { o.HTTPSignerV4 = c }), url: srv.URL, srv: srv, clock: c}, c)
	})
}

const spentLimit = "Attempt limit exceeded, please try after some time."

// given is what people have been given that lasts for a while.
type given struct {
	tokens  *types.AuthenticationResultType // ann's: an hour, and thirty days
	code    string                          // ann's: a day
	session *string                         // eve's, of NEW_PASSWORD_REQUIRED: three minutes
	limited *string                         // of cyd, who may ask for no more codes for an hour
	rotated *string                         // dan's refresh token, exchanged, with a minute of grace
	client  string                          // it is for
}

// give gives everything; bob, too, is locked for a second.
func (f *fixture) give(t *testing.T) (g given) {
	t.Helper()
	for _, name := range []string{"ann", "bob", "cyd", "dan"} {
		f.user(t, name, "email="+name+"@example.com")
	}
	g.tokens = f.signIn(t, "ann")
	did(f.askCode(t, g.tokens.AccessToken, "email"))(t)
	g.code = f.code(t, "ann@example.com")
	for range 5 {
		f.tries(t, "bob", "wrong", wrongPassword)
	}
	g.limited = f.signIn(t, "cyd").AccessToken
	for range 5 {
		did(f.askCode(t, g.limited, "email"))(t)
	}
	g.client = f.byRotation(t, 60)
	dan := *f
	dan.client = g.client
	g.rotated = dan.signIn(t, "dan").RefreshToken
	f.exchanged(t, g.rotated, g.client)
	did(f.invite(t, "eve", func(in *cip.AdminCreateUserInput) { in.TemporaryPassword = aws.String(temporary) }))(t)
	g.session = f.challenge(t, "eve").Session
	return g
}

// exchanged exchanges dan's refresh token.
func (f *fixture) exchanged(t *testing.T, token *string, client string) *types.AuthenticationResultType {
	t.Helper()
	return did(f.exchange(t, client, token, nil))(t)
}

// A clock that jumps ahead by an hour ends early what lasts shorter, and nothing
// else; back again, everything is good that was given meanwhile.
func TestClockJumpsAhead(t *testing.T) {
	withOwnClock(t, func(t *testing.T, e *env, c *clock) {
		c.stop(t)
		f := newFixture(t, e, verifies("email", false))
		g := f.give(t)
		c.advance(time.Hour)
		_, err := f.GetUser(t.Context(), &cip.GetUserInput{AccessToken: g.tokens.AccessToken})
		wantFault(t, err, "NotAuthorizedException", expiredToken)
		_, err = f.respond(t, false, g.session, "eve")
		wantFault(t, err, "NotAuthorizedException", expiredStep)
		f.signIn(t, "bob")
		later := f.refresh(t, *g.tokens.RefreshToken)
		noError(t, f.verify(t, later.AccessToken, "email", g.code))
		did(f.askCode(t, f.signIn(t, "cyd").AccessToken, "email"))(t)
		did(f.respond(t, false, f.challenge(t, "eve").Session, "eve"))(t)
		f.updated(t, later.AccessToken, "name=Ahead")
		c.advance(-time.Hour)
		for _, token := range []*string{g.tokens.AccessToken, later.AccessToken, f.refresh(t, *g.tokens.RefreshToken).AccessToken, f.signIn(t, "ann").AccessToken} {
			if got := f.own(t, token); got["name"] != "Ahead" || got["email_verified"] != "true" {
				t.Errorf("after the jump back: %v", got)
			}
		}
		f.signIn(t, "eve")
		noError(t, tokenCalls["GlobalSignOut"](t.Context(), e.Client, g.tokens.AccessToken))
		_, err = f.GetUser(t.Context(), &cip.GetUserInput{AccessToken: later.AccessToken})
		wantFault(t, err, "NotAuthorizedException", revokedToken)
		// A refresh token that was exchanged is forgiven for a minute only.
		c.advance(time.Minute)
		_, err = f.exchange(t, g.client, g.rotated, nil)
		wantFault(t, err, "RefreshTokenReuseException", reusedRefresh)
	})
}

// A clock that is set back by an hour: what was given lasts as much longer, locks
// and limits, too, and nothing is lost. When the hour has come again all is as if
// nothing had been.
func TestClockIsSetBack(t *testing.T) {
	withOwnClock(t, func(t *testing.T, e *env, c *clock) {
		c.stop(t)
		f := newFixture(t, e, verifies("email", false))
		g := f.give(t)
		c.advance(-time.Hour)
		for _, token := range []*string{g.tokens.AccessToken, f.refresh(t, *g.tokens.RefreshToken).AccessToken, f.signIn(t, "ann").AccessToken} {
			f.updated(t, token, "name=Before")
		}
		f.tries(t, "bob", password, lockedOut)
		_, err := f.askCode(t, g.limited, "email")
		wantFault(t, err, "LimitExceededException", spentLimit)
		f.exchanged(t, g.rotated, g.client)
		did(f.respond(t, false, g.session, "eve"))(t)
		c.advance(time.Hour + time.Second)
		noError(t, f.verify(t, g.tokens.AccessToken, "email", g.code))
		f.signIn(t, "bob")
		_, err = f.askCode(t, g.limited, "email")
		wantFault(t, err, "LimitExceededException", spentLimit)
		c.advance(time.Hour)
		did(f.askCode(t, f.signIn(t, "cyd").AccessToken, "email"))(t)
		if got := f.attributes(t, "ann"); got["name"] != "Before" || got["email_verified"] != "true" {
			t.Errorf("at the end: %v", got)
		}
	})
}

// A letter that could not be sent waits while the clock jumps an hour back and
// ahead, and arrives once.
func TestClockJumpsWhileALetterWaits(t *testing.T) {
	onOwnServers(t, func(t *testing.T, o poolhousetest.Options) {
		box, c := newMailbox(t), &clock{}
		o.SMTPHost, o.SMTPPort, o.Now = "127.0.0.1", box.port, c.now
		srv := poolhousetest.Start(t, o)
		f := newFixture(t, &env{Client: newClient(srv.URL, func(o *cip.Options) { o.HTTPSignerV4 = c }), url: srv.URL, srv: srv}, verifies("email", true))
		for name, jumps := range map[string][]time.Duration{"back": {-time.Hour, time.Hour}, "ahead": {time.Hour}} {
			f.user(t, name, "email="+name+"@old.example", "email_verified=true")
			token := f.signIn(t, name).AccessToken
			box.breakOff()
			_, err := f.update(t, token, "email="+name+"@new.example")
			wantFault(t, err, "CodeDeliveryFailureException", "Invalid email provided/Unable to send the email")
			for _, jump := range jumps {
				c.advance(jump)
			}
			c.advance(2 * time.Minute)
			box.lettersTo(t, name+"@new.example", 1)
			noError(t, f.verify(t, f.signIn(t, name).AccessToken, "email", box.last(t, name+"@new.example").code(t)))
		}
	})
}

// jumper is a person who changes their name again and again, whatever the clock.
type jumper struct {
	*fixture
	name        string
	tokens      *types.AuthenticationResultType
	sent, acked int
}

// step sends one change. Only a token that ran out is no surprise; it is exchanged,
// and every tenth time the person signs in anew, at first with a wrong password.
func (j *jumper) step(ctx context.Context) error {
	j.sent++
	_, err := j.UpdateUserAttributes(ctx, &cip.UpdateUserAttributesInput{AccessToken: j.tokens.AccessToken, UserAttributes: attrs(fmt.Sprint("name=", j.sent))})
	if f := faultOf(err); f != nil && f.ErrorMessage() == expiredToken {
		return j.enter(ctx, types.AuthFlowTypeRefreshTokenAuth, map[string]string{"REFRESH_TOKEN": *j.tokens.RefreshToken})
	}
	if err != nil {
		return err
	}
	if j.acked = j.sent; j.acked%10 != 0 {
		return nil
	}
	err = j.enter(ctx, types.AuthFlowTypeUserPasswordAuth, map[string]string{"USERNAME": j.name, "PASSWORD": "wrong"})
	if f := faultOf(err); f == nil || f.ErrorMessage() != wrongPassword {
		return fmt.Errorf("a wrong password: %w", err)
	}
	return j.enter(ctx, types.AuthFlowTypeUserPasswordAuth, map[string]string{"USERNAME": j.name, "PASSWORD": password})
}

func (j *jumper) enter(ctx context.Context, flow types.AuthFlowType, parameters map[string]string) error {
	out, err := j.InitiateAuth(ctx, &cip.InitiateAuthInput{ClientId: &j.client, AuthFlow: flow, AuthParameters: parameters})
	if err != nil {
		return err
	}
	refresh := j.tokens.RefreshToken
	if j.tokens = out.AuthenticationResult; j.tokens.RefreshToken == nil {
		j.tokens.RefreshToken = refresh
	}
	return nil
}

// The clock jumps by an hour, ahead and back, under load: nobody sees anything but
// tokens that ran out early, no change is lost, and nothing fails inside.
func TestClockJumpsUnderLoad(t *testing.T) {
	withOwnClock(t, func(t *testing.T, e *env, c *clock) {
		f := newFixture(t, e, nil)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		var running sync.WaitGroup
		var acked atomic.Int64
		jumpers := make([]*jumper, 6)
		for i := range jumpers {
			j := &jumper{fixture: f, name: fmt.Sprint("jumper-", i)}
			jumpers[i] = j
			f.user(t, j.name)
			j.tokens = f.signIn(t, j.name)
			running.Go(func() {
				for ctx.Err() == nil {
					if err := j.step(context.WithoutCancel(ctx)); err != nil {
						t.Errorf("%s: %v", j.name, err)
						return
					}
					acked.Add(1)
				}
			})
		}
		for _, jump := range []time.Duration{1, -1, -1, 1, 1, 1, -1, -1} {
			for want, end := acked.Load()+60, time.Now().Add(time.Minute); acked.Load() < want && !t.Failed(); time.Sleep(time.Millisecond) {
				if time.Now().After(end) {
					t.Fatal("nobody gets on")
				}
			}
			c.advance(jump * time.Hour)
		}
		stop()
		running.Wait()
		for _, j := range jumpers {
			if got, err := strconv.Atoi(f.attributes(t, j.name)["name"]); err != nil || got < j.acked || got > j.sent {
				t.Errorf("%s: %d is stored, %d was acknowledged last and %d sent (%v)", j.name, got, j.acked, j.sent, err)
			}
		}
		if log := e.srv.Log(); strings.Contains(log, "panic") || strings.Contains(log, `"level":"ERROR"`) || strings.Contains(log, `"level":"WARN"`) {
			t.Errorf("the log:\n%s", log)
		}
	})
}
