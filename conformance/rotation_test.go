package conformance

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"poolhouse.dev/poolhousetest"
)

// exchange calls GetTokensFromRefreshToken by a client.
func (f *fixture) exchange(t *testing.T, client string, token, secret *string) (*types.AuthenticationResultType, error) {
	t.Helper()
	out, err := f.GetTokensFromRefreshToken(t.Context(), &cip.GetTokensFromRefreshTokenInput{ClientId: &client, RefreshToken: token, ClientSecret: secret})
	if err != nil {
		return nil, err
	}
	return out.AuthenticationResult, nil
}

// byRotation makes a client whose refresh tokens are exchanged.
func (f *fixture) byRotation(t *testing.T, grace int32) string {
	t.Helper()
	return f.newClient(t, func(in *cip.CreateUserPoolClientInput) {
		in.ExplicitAuthFlows = []types.ExplicitAuthFlowsType{"ALLOW_USER_PASSWORD_AUTH"}
		in.RefreshTokenRotation = &types.RefreshTokenRotationType{Feature: "ENABLED", RetryGracePeriodSeconds: &grace}
	})
}

const reusedRefresh = "Refresh Token has been used already"

// GetTokensFromRefreshToken without rotation: new tokens, the same refresh token, and
// the refusals of a token that is no good.
func TestGetTokensFromRefreshToken(t *testing.T) {
	covers(t, "GetTokensFromRefreshToken", "NotAuthorizedException", "ResourceNotFoundException", "UserNotFoundException", "InvalidParameterException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		f.user(t, "ann", "name=Ann")
		tokens := f.signIn(t, "ann")
		noError(t, f.adminUpdate(t, "ann", "name=Anna"))
		for range 2 {
			got := did(f.exchange(t, f.client, tokens.RefreshToken, nil))(t)
			if got.RefreshToken != nil || got.ExpiresIn != 3600 || *got.TokenType != "Bearer" || parseJWT(t, *got.IdToken).claims["name"] != "Anna" {
				t.Errorf("answered %+v", got)
			}
			first, now := parseJWT(t, *tokens.AccessToken).claims, parseJWT(t, *got.AccessToken).claims
			for _, same := range []string{"origin_jti", "event_id", "auth_time", "sub"} {
				if first[same] != now[same] {
					t.Errorf("%s changed from %v to %v", same, first[same], now[same])
				}
			}
			f.own(t, got.AccessToken)
		}
		another := f.newClient(t, nil)
		confidential := did(f.CreateUserPoolClient(t.Context(), &cip.CreateUserPoolClientInput{UserPoolId: &f.pool, ClientName: aws.String("c"), GenerateSecret: true,
			ExplicitAuthFlows: []types.ExplicitAuthFlowsType{"ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}}))(t).UserPoolClient
		for _, c := range []struct {
			client        string
			token, secret *string
			code, message string
		}{
			{"nosuchclient", tokens.RefreshToken, nil, "ResourceNotFoundException", "User pool client nosuchclient does not exist."},
			{f.client, aws.String("a.b.c.d.e"), nil, "NotAuthorizedException", "Invalid Refresh Token"},
			{f.client, tokens.AccessToken, nil, "NotAuthorizedException", "Invalid Refresh Token"},
			{another, tokens.RefreshToken, nil, "NotAuthorizedException", "Invalid Refresh Token"},
			{f.client, tokens.RefreshToken, aws.String(strings.Repeat("s", 52)), "NotAuthorizedException", "Client " + f.client + " is not configured for secret but secret was received"},
			{*confidential.ClientId, tokens.RefreshToken, nil, "NotAuthorizedException", "Client " + *confidential.ClientId + " is configured with secret but client secret was not received"},
			{*confidential.ClientId, tokens.RefreshToken, aws.String(strings.Repeat("w", 52)), "NotAuthorizedException", "Unable to verify client secret for client " + *confidential.ClientId},
			{*confidential.ClientId, tokens.RefreshToken, confidential.ClientSecret, "NotAuthorizedException", "Invalid Refresh Token"},
		} {
			_, err := f.exchange(t, c.client, c.token, c.secret)
			wantFault(t, err, c.code, c.message)
		}
		e.wantCall(t, "GetTokensFromRefreshToken", `{"ClientId":"`+f.client+`"}`, invalid+"1 validation error detected: Value at 'refreshToken' failed to satisfy constraint: Member must not be null")
		noError(t, f.revoke(t, tokens.RefreshToken, nil))
		_, err := f.exchange(t, f.client, tokens.RefreshToken, nil)
		wantFault(t, err, "NotAuthorizedException", revokedRefresh)
		tokens = f.signIn(t, "ann")
		did(f.AdminDeleteUser(t.Context(), &cip.AdminDeleteUserInput{UserPoolId: &f.pool, Username: aws.String("ann")}))(t)
		_, err = f.exchange(t, f.client, tokens.RefreshToken, nil)
		wantFault(t, err, "UserNotFoundException", "User does not exist.")
	})
}

// With rotation each refresh gives a new refresh token that ends when the first would
// have; one that was exchanged ends the sign-in.
func TestRefreshTokensRotate(t *testing.T) {
	covers(t, "GetTokensFromRefreshToken", "RefreshTokenReuseException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		f.client = f.byRotation(t, 0)
		f.user(t, "ann")
		chain := []*types.AuthenticationResultType{f.signIn(t, "ann")}
		other := f.signIn(t, "ann")
		for range 3 {
			last := chain[len(chain)-1]
			next := did(f.exchange(t, f.client, last.RefreshToken, nil))(t)
			if next.RefreshToken == nil || *next.RefreshToken == *last.RefreshToken {
				t.Fatalf("refresh token %v", next.RefreshToken)
			}
			chain = append(chain, next)
		}
		f.own(t, chain[3].AccessToken)
		_, err := f.exchange(t, f.client, chain[1].RefreshToken, nil)
		wantFault(t, err, "RefreshTokenReuseException", reusedRefresh)
		for i, tokens := range chain {
			_, err := f.exchange(t, f.client, tokens.RefreshToken, nil)
			wantFault(t, err, "NotAuthorizedException", revokedRefresh)
			if err := tokenCalls["GetUser"](t.Context(), e.Client, tokens.AccessToken); err == nil {
				t.Errorf("access token %d outlives the reuse", i)
			}
		}
		did(f.exchange(t, f.client, other.RefreshToken, nil))(t)
		// Of parallel exchanges one wins; the others show that there were two.
		token := f.signIn(t, "ann").RefreshToken
		wantTally(t, race(8, func(int) error { _, err := f.exchange(t, f.client, token, nil); return err }),
			map[string]int{"": 1, "RefreshTokenReuseException: " + reusedRefresh: 1, "NotAuthorizedException: " + revokedRefresh: 6})
	})
}

// Within the period of grace the token before is answered with what took its place.
func TestRotationForgivesALostAnswer(t *testing.T) {
	skipElsewhere(t)
	onOwnServers(t, func(t *testing.T, o poolhousetest.Options) {
		c := &clock{}
		c.stop(t)
		o.Now = c.now
		srv := poolhousetest.Start(t, o)
		e := &env{Client: newClient(srv.URL, func(o *cip.Options) { o.HTTPSignerV4 = c }), url: srv.URL, srv: srv}
		f := newFixture(t, e, nil)
		f.client = f.byRotation(t, 30)
		f.user(t, "ann")
		first := f.signIn(t, "ann").RefreshToken
		lost := did(f.exchange(t, f.client, first, nil))(t)
		c.advance(29 * time.Second)
		again := did(f.exchange(t, f.client, first, nil))(t)
		for _, tokens := range []*types.AuthenticationResultType{lost, again} {
			f.own(t, tokens.AccessToken)
		}
		next := did(f.exchange(t, f.client, again.RefreshToken, nil))(t)
		did(f.exchange(t, f.client, lost.RefreshToken, nil))(t)
		c.advance(31 * time.Second)
		_, err := f.exchange(t, f.client, lost.RefreshToken, nil)
		wantFault(t, err, "RefreshTokenReuseException", reusedRefresh)
		_, err = f.exchange(t, f.client, next.RefreshToken, nil)
		wantFault(t, err, "NotAuthorizedException", revokedRefresh)
	})
}
