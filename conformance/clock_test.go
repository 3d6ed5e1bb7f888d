package conformance

import (
	"context"
	"net/http"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// clock is a clock that a test can put forward or stop.
type clock struct {
	ahead   atomic.Int64
	stopped atomic.Pointer[time.Time]
	// read counts how often it was read while it was stopped.
	read atomic.Int64
}

func (c *clock) now() time.Time {
	t := time.Now()
	if s := c.stopped.Load(); s != nil {
		// A nanosecond a reading tells what came first of two things on two nodes.
		t = s.Add(time.Duration(c.read.Add(1)))
	}
	return t.Add(time.Duration(c.ahead.Load()))
}

// stop keeps the clock at the second that it shows until the test ends; only
// advance moves it on.
func (c *clock) stop(t *testing.T) {
	now := time.Now().Truncate(time.Second)
	c.stopped.Store(&now)
	t.Cleanup(func() { c.stopped.Store(nil) })
}

// advance puts the clock forward.
func (c *clock) advance(d time.Duration) { c.ahead.Add(int64(d)) }

// SignHTTP signs requests as of the clock.
func (c *clock) SignHTTP(ctx context.Context, keys aws.Credentials, r *http.Request, hash, service, region string, _ time.Time, options ...func(*v4.SignerOptions)) error {
	return v4.NewSigner().SignHTTP(ctx, keys, r, hash, service, region, c.now(), options...)
}

// withClock runs a test on each engine against a server whose time the test can
// put forward, and that stays ahead for the tests after it.
func withClock(t *testing.T, f func(t *testing.T, e *env, c *clock)) {
	t.Helper()
	skipElsewhere(t)
	for _, engine := range clocked {
		t.Run(engine.name, func(t *testing.T) { f(t, engine.start(t), engine.clock) })
	}
}

// skipElsewhere skips a test that needs servers of its own where the suite runs
// against another server.
func skipElsewhere(t *testing.T) {
	t.Helper()
	if os.Getenv("POOLHOUSE_CONFORMANCE_URL") != "" {
		t.Skip("the test needs a server of its own")
	}
}

// Every operation that takes an access token, when the token runs out: at the
// second of its exp, even right after a call with it that was fine.
func TestTokensRunOut(t *testing.T) {
	for name := range tokenCalls {
		refuses(t, name, "NotAuthorizedException")
	}
	inFrozenTime(t, func(t *testing.T, e *env, c *clock) {
		f := newFixture(t, e, nil)
		f.user(t, "ann", "email=ann@example.com")
		tokens := f.signIn(t, "ann")
		c.advance(59 * time.Minute)
		f.own(t, tokens.AccessToken)
		c.advance(time.Minute)
		for name, call := range tokenCalls {
			wantFaultNamed(t, name, call(t.Context(), e.Client, tokens.AccessToken), "NotAuthorizedException", expiredToken)
		}
		again := f.refresh(t, *tokens.RefreshToken)
		f.own(t, again.AccessToken)
		noError(t, tokenCalls["GlobalSignOut"](t.Context(), e.Client, again.AccessToken))
		wantFault(t, tokenCalls["GetUser"](t.Context(), e.Client, tokens.AccessToken), "NotAuthorizedException", expiredToken)
		// A validity of the client's own: five minutes.
		f.client = f.newClient(t, func(in *cip.CreateUserPoolClientInput) {
			in.AccessTokenValidity = aws.Int32(5)
			in.TokenValidityUnits = &types.TokenValidityUnitsType{AccessToken: types.TimeUnitsTypeMinutes}
		})
		short := f.signIn(t, "ann").AccessToken
		c.advance(299 * time.Second)
		f.own(t, short)
		c.advance(time.Second)
		wantFault(t, tokenCalls["GetUser"](t.Context(), e.Client, short), "NotAuthorizedException", expiredToken)
	})
}
