package conformance

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"poolhouse.dev/poolhousetest"
)

// sharedBy is what the nodes of one poolhouse have in common.
var sharedBy poolhousetest.Options

// twoNodes returns two servers on one PostgreSQL database.
func twoNodes(t *testing.T) []*env {
	t.Helper()
	skipElsewhere(t)
	if sharedBy.Database == "" {
		sharedBy = poolhousetest.Options{
			Database: poolhousetest.PostgresURL(t), MasterKey: newMasterKey(), PublicURL: "http://localhost:4242",
		}
	}
	return []*env{nodes[0].launch(t, sharedBy), nodes[1].launch(t, sharedBy)}
}

// Whatever ends a sign-in on one node ends it on the other at once, also where
// the nodes' clocks are five seconds apart; a sign-in right after it, on any
// node, is good on both.
func TestSignInsEndOnEveryNode(t *testing.T) {
	for name, ahead := range map[string]time.Duration{"the other's clock is late": -5 * time.Second, "the other's clock is early": 5 * time.Second} {
		t.Run(name, func(t *testing.T) {
			nodes[1].clock.advance(ahead)
			defer nodes[1].clock.advance(-ahead)
			nodes := twoNodes(t)
			f := newFixture(t, nodes[0], nil)
			f.user(t, "ann", "email=ann@example.com")
			onNode := func(e *env) *fixture {
				g := *f
				g.env = e
				return &g
			}
			for _, end := range endings[:5] {
				for i := range nodes {
					here, there := onNode(nodes[i]), onNode(nodes[1-i])
					tokens := here.signIn(t, "ann")
					here.own(t, tokens.AccessToken)
					there.own(t, tokens.AccessToken)
					end.end(t, there, tokens)
					wantEnded(t, end.name, here.env, tokens.AccessToken, end.code, end.message)
					_, err := here.InitiateAuth(t.Context(), &cip.InitiateAuthInput{
						ClientId: &f.client, AuthFlow: types.AuthFlowTypeRefreshTokenAuth, AuthParameters: map[string]string{"REFRESH_TOKEN": *tokens.RefreshToken},
					})
					if fault := faultOf(err); fault == nil || fault.ErrorCode() != "NotAuthorizedException" {
						t.Errorf("%s: the refresh token: %v", end.name, err)
					}
					noError(t, userCalls["AdminEnableUser"](t.Context(), here.Client, &f.pool, aws.String("ann")))
					again := there.signIn(t, "ann").AccessToken
					here.own(t, again)
					there.own(t, again)
				}
			}
			tokens := onNode(nodes[0]).signIn(t, "ann")
			onNode(nodes[0]).own(t, tokens.AccessToken)
			noError(t, tokenCalls["DeleteUser"](t.Context(), nodes[1].Client, tokens.AccessToken))
			wantEnded(t, "DeleteUser", nodes[0], tokens.AccessToken, "UserNotFoundException", "User does not exist.")
		})
	}
}

// A code that one node sent is answered on the other, once.
func TestCodesAreGoodOnEveryNode(t *testing.T) {
	nodes := twoNodes(t)
	f := newFixture(t, nodes[0], verifies("email", true))
	f.user(t, "ann", "email=ann@example.com", "email_verified=true")
	token, wanted := f.signIn(t, "ann").AccessToken, address("wanted")
	f.updated(t, token, "email="+wanted)
	code := f.code(t, wanted)
	wantTally(t, race(8, func(i int) error { return nodes[i%2].verify(t, token, "email", code) }),
		map[string]int{"": 1, "ExpiredCodeException: " + codeExpired: 7})
	for _, e := range nodes {
		if got := e.own(t, token); got["email"] != wanted || got["email_verified"] != "true" {
			t.Errorf("after the proof: %v", got)
		}
	}
}
