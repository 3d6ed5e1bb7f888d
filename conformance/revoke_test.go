package conformance

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

const revokedRefresh = "Refresh Token has been revoked"

// revoke revokes a refresh token by the fixture's client.
func (f *fixture) revoke(t *testing.T, token, secret *string) error {
	t.Helper()
	_, err := f.RevokeToken(t.Context(), &cip.RevokeTokenInput{ClientId: &f.client, Token: token, ClientSecret: secret})
	return err
}

// refreshRefused wants the refresh token to be refused.
func (f *fixture) refreshRefused(t *testing.T, token *string, message string) {
	t.Helper()
	_, err := f.initiate(t, false, "REFRESH_TOKEN_AUTH", map[string]string{"REFRESH_TOKEN": *token})
	wantFault(t, err, "NotAuthorizedException", message)
}

// RevokeToken ends one sign-in, with all its tokens, and no other.
func TestRevokeToken(t *testing.T) {
	covers(t, "RevokeToken")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		f.user(t, "ann")
		one, two := f.signIn(t, "ann"), f.signIn(t, "ann")
		refreshed := f.refresh(t, *one.RefreshToken)
		for range 2 {
			if answer := e.wantCall(t, "RevokeToken", `{"ClientId":"`+f.client+`","Token":"`+*one.RefreshToken+`"}`, ""); answer == nil || len(answer) != 0 {
				t.Errorf("RevokeToken answers %v, want {}", answer)
			}
		}
		f.refreshRefused(t, one.RefreshToken, revokedRefresh)
		for _, token := range []*string{one.AccessToken, refreshed.AccessToken} {
			wantFault(t, tokenCalls["GetUser"](t.Context(), e.Client, token), "NotAuthorizedException", revokedToken)
		}
		f.own(t, two.AccessToken)
		f.refresh(t, *two.RefreshToken)
		// A token that nobody issued is no error.
		if err := f.revoke(t, aws.String("eyJjdHkiOiJKV1QifQ.a.b.c.d"), nil); err != nil {
			t.Error(err)
		}
	})
}

// RevokeToken's refusals.
func TestRevokeTokenIsRefused(t *testing.T) {
	covers(t, "RevokeToken", "UnauthorizedException", "UnsupportedOperationException", "UnsupportedTokenTypeException", "InvalidParameterException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		f.user(t, "ann")
		tokens := f.signIn(t, "ann")
		secret, other, off, unknown := *f, *f, *f, *f
		secret.client = f.newClient(t, func(in *cip.CreateUserPoolClientInput) { in.ClientSecret = aws.String(clientSecret) })
		other.client = f.newClient(t, nil)
		off.client = f.newClient(t, func(in *cip.CreateUserPoolClientInput) { in.EnableTokenRevocation = aws.Bool(false) })
		unknown.client = "unknown"
		for _, c := range []struct {
			name          string
			f             *fixture
			token, secret *string
			code, message string
		}{
			{"access token", f, tokens.AccessToken, nil, "UnsupportedTokenTypeException", "Unsupported token type"},
			{"ID token", f, tokens.IdToken, nil, "UnsupportedTokenTypeException", "Unsupported token type"},
			{"unknown client", &unknown, tokens.RefreshToken, nil, "UnauthorizedException", "Invalid client id"},
			{"no secret", &secret, tokens.RefreshToken, nil, "UnauthorizedException", "Invalid client secret"},
			{"wrong secret", &secret, tokens.RefreshToken, aws.String("another_secret_of_24_and_more"), "UnauthorizedException", "Invalid client secret"},
			{"secret of a public client", f, tokens.RefreshToken, aws.String(clientSecret), "UnauthorizedException", "Invalid client secret"},
			{"another client's token", &other, tokens.RefreshToken, nil, "UnauthorizedException", "Invalid client for token"},
			{"another client's token with a secret", &secret, tokens.RefreshToken, aws.String(clientSecret), "UnauthorizedException", "Invalid client for token"},
			{"revocation is off", &off, off.signIn(t, "ann").RefreshToken, nil, "UnsupportedOperationException", "Revocation of tokens is not enabled for this client"},
			{"no token of any kind", f, aws.String("a b"), nil, "InvalidParameterException", "1 validation error detected: Value at 'token' failed to satisfy constraint: Member must satisfy regular expression pattern: [A-Za-z0-9-_=.]+"},
		} {
			wantFaultNamed(t, c.name, c.f.revoke(t, c.token, c.secret), c.code, c.message)
		}
		f.own(t, tokens.AccessToken)
		f.refresh(t, *tokens.RefreshToken)
		right := did(secret.initiate(t, false, "USER_PASSWORD_AUTH", withHash(secret.secretHash("ann"), "USERNAME", "ann", "PASSWORD", password)))(t)
		if err := secret.revoke(t, right.RefreshToken, aws.String(clientSecret)); err != nil {
			t.Error(err)
		}
		wantFault(t, tokenCalls["GetUser"](t.Context(), e.Client, right.AccessToken), "NotAuthorizedException", revokedToken)
	})
}

// GlobalSignOut and AdminUserGlobalSignOut end every sign-in, also of clients
// whose tokens cannot be revoked one by one.
func TestGlobalSignOut(t *testing.T) {
	covers(t, "GlobalSignOut", "NotAuthorizedException")
	covers(t, "AdminUserGlobalSignOut", "UserNotFoundException", "ResourceNotFoundException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		f.user(t, "ann")
		f.user(t, "bob")
		off := *f
		off.client = f.newClient(t, func(in *cip.CreateUserPoolClientInput) { in.EnableTokenRevocation = aws.Bool(false) })
		bystander := f.signIn(t, "bob")
		for _, admin := range []bool{false, true} {
			one, two := f.signIn(t, "ann"), off.signIn(t, "ann")
			body, operation := `{"AccessToken":"`+*one.AccessToken+`"}`, "GlobalSignOut"
			if admin {
				body, operation = `{"UserPoolId":"`+f.pool+`","Username":"ann"}`, "AdminUserGlobalSignOut"
			}
			if answer := e.wantCall(t, operation, body, ""); answer == nil || len(answer) != 0 {
				t.Errorf("%s answers %v, want {}", operation, answer)
			}
			f.refreshRefused(t, one.RefreshToken, revokedRefresh)
			off.refreshRefused(t, two.RefreshToken, revokedRefresh)
			for _, token := range []*string{one.AccessToken, two.AccessToken} {
				wantFault(t, tokenCalls["GetUser"](t.Context(), e.Client, token), "NotAuthorizedException", revokedToken)
				wantFault(t, tokenCalls["GlobalSignOut"](t.Context(), e.Client, token), "NotAuthorizedException", revokedToken)
			}
			f.own(t, f.signIn(t, "ann").AccessToken)
		}
		f.own(t, bystander.AccessToken)
		f.refresh(t, *bystander.RefreshToken)
		e.wantCall(t, "AdminUserGlobalSignOut", `{"UserPoolId":"`+f.pool+`","Username":"nobody"}`, "UserNotFoundException: User does not exist.")
		e.wantCall(t, "AdminUserGlobalSignOut", `{"UserPoolId":"us-east-1_000000000","Username":"ann"}`, "ResourceNotFoundException: User pool us-east-1_000000000 does not exist.")
	})
}

// InitiateAuth and AdminInitiateAuth refuse refresh tokens that are not good.
func TestRefreshTokensAreRefused(t *testing.T) {
	refuses(t, "InitiateAuth", "NotAuthorizedException", "UserNotFoundException")
	refuses(t, "AdminInitiateAuth", "NotAuthorizedException", "UserNotFoundException")
	inFrozenTime(t, func(t *testing.T, e *env, c *clock) {
		f, g := newFixture(t, e, nil), newFixture(t, e, nil)
		f.client = f.newClient(t, func(in *cip.CreateUserPoolClientInput) { in.RefreshTokenValidity = 2 })
		f.user(t, "ann")
		f.user(t, "off")
		f.user(t, "gone")
		tokens, off, gone := f.signIn(t, "ann"), f.signIn(t, "off"), f.signIn(t, "gone")
		sibling := *f
		sibling.client = f.newClient(t, nil)
		admin := func(f *fixture, token, code, message string) {
			t.Helper()
			for _, admin := range []bool{false, true} {
				_, err := f.initiate(t, admin, "REFRESH_TOKEN_AUTH", map[string]string{"REFRESH_TOKEN": token})
				wantFault(t, err, code, message)
			}
		}
		const code, bad = "NotAuthorizedException", "Invalid Refresh Token"
		admin(f, "nonsense", code, bad)
		admin(f, *tokens.AccessToken, code, bad)
		admin(f, *tokens.IdToken, code, bad)
		admin(f, (*tokens.RefreshToken)[:200]+flip((*tokens.RefreshToken)[200:201])+(*tokens.RefreshToken)[201:], code, bad)
		admin(&sibling, *tokens.RefreshToken, code, bad)
		admin(g, *tokens.RefreshToken, code, bad)
		ids := &cip.AdminDisableUserInput{UserPoolId: &f.pool, Username: aws.String("off")}
		did(f.AdminDisableUser(t.Context(), ids))(t)
		admin(f, *off.RefreshToken, code, "User is disabled.")
		did(f.AdminEnableUser(t.Context(), &cip.AdminEnableUserInput{UserPoolId: ids.UserPoolId, Username: ids.Username}))(t)
		admin(f, *off.RefreshToken, code, revokedRefresh)
		did(f.AdminDeleteUser(t.Context(), &cip.AdminDeleteUserInput{UserPoolId: &f.pool, Username: aws.String("gone")}))(t)
		admin(f, *gone.RefreshToken, "UserNotFoundException", "User does not exist.")
		// The life counts from the sign-in and not from the last use.
		c.advance(24 * time.Hour)
		f.refresh(t, *tokens.RefreshToken)
		c.advance(24*time.Hour - time.Second)
		f.refresh(t, *tokens.RefreshToken)
		c.advance(time.Second)
		admin(f, *tokens.RefreshToken, code, "Refresh Token has expired")
	})
}
