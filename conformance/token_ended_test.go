package conformance

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// ending is a way in which a sign-in ends, and what its tokens are told then.
type ending struct {
	name          string
	end           func(t *testing.T, f *fixture, tokens *types.AuthenticationResultType)
	code, message string
	// stays says that another sign-in of the user goes on.
	stays bool
}

var endings = []ending{
	{"GlobalSignOut", func(t *testing.T, f *fixture, tokens *types.AuthenticationResultType) {
		noError(t, tokenCalls["GlobalSignOut"](t.Context(), f.Client, tokens.AccessToken))
	}, "NotAuthorizedException", revokedToken, false},
	{"AdminUserGlobalSignOut", func(t *testing.T, f *fixture, _ *types.AuthenticationResultType) {
		noError(t, userCalls["AdminUserGlobalSignOut"](t.Context(), f.Client, &f.pool, aws.String("ann")))
	}, "NotAuthorizedException", revokedToken, false},
	{"RevokeToken", func(t *testing.T, f *fixture, tokens *types.AuthenticationResultType) {
		_, err := f.RevokeToken(t.Context(), &cip.RevokeTokenInput{ClientId: &f.client, Token: tokens.RefreshToken})
		noError(t, err)
	}, "NotAuthorizedException", revokedToken, true},
	{"AdminDisableUser", func(t *testing.T, f *fixture, _ *types.AuthenticationResultType) {
		noError(t, userCalls["AdminDisableUser"](t.Context(), f.Client, &f.pool, aws.String("ann")))
	}, "NotAuthorizedException", revokedToken, false},
	{"AdminDisableUser and AdminEnableUser", func(t *testing.T, f *fixture, _ *types.AuthenticationResultType) {
		noError(t, userCalls["AdminDisableUser"](t.Context(), f.Client, &f.pool, aws.String("ann")))
		noError(t, userCalls["AdminEnableUser"](t.Context(), f.Client, &f.pool, aws.String("ann")))
	}, "NotAuthorizedException", revokedToken, false},
	{"DeleteUser", func(t *testing.T, f *fixture, tokens *types.AuthenticationResultType) {
		noError(t, tokenCalls["DeleteUser"](t.Context(), f.Client, tokens.AccessToken))
	}, "UserNotFoundException", "User does not exist.", false},
	{"AdminDeleteUser", func(t *testing.T, f *fixture, _ *types.AuthenticationResultType) {
		noError(t, userCalls["AdminDeleteUser"](t.Context(), f.Client, &f.pool, aws.String("ann")))
	}, "UserNotFoundException", "User does not exist.", false},
	{"a user of the same name after AdminDeleteUser", func(t *testing.T, f *fixture, _ *types.AuthenticationResultType) {
		noError(t, userCalls["AdminDeleteUser"](t.Context(), f.Client, &f.pool, aws.String("ann")))
		f.user(t, "ann", "email=ann@example.com")
	}, "UserNotFoundException", "User does not exist.", false},
	{"AdminResetUserPassword", func(t *testing.T, f *fixture, _ *types.AuthenticationResultType) {
		noError(t, f.adminUpdate(t, "ann", "email_verified=true"))
		noError(t, f.reset(t, "ann"))
	}, "PasswordResetRequiredException", mustReset, false},
	{"DeleteUserPoolClient", func(t *testing.T, f *fixture, _ *types.AuthenticationResultType) {
		_, err := f.DeleteUserPoolClient(t.Context(), &cip.DeleteUserPoolClientInput{UserPoolId: &f.pool, ClientId: &f.client})
		noError(t, err)
	}, "ResourceNotFoundException", "User pool client %s does not exist.", false},
	{"DeleteUserPool", func(t *testing.T, f *fixture, _ *types.AuthenticationResultType) {
		_, err := f.DeleteUserPool(t.Context(), &cip.DeleteUserPoolInput{UserPoolId: &f.pool})
		noError(t, err)
	}, "ResourceNotFoundException", "User pool %s does not exist.", false},
}

// Every operation that takes an access token, after the sign-in has ended.
func TestTokensEndWithTheSignIn(t *testing.T) {
	for name := range tokenCalls {
		refuses(t, name, "NotAuthorizedException", "PasswordResetRequiredException", "ResourceNotFoundException")
		if name != "GlobalSignOut" { // which does not model it
			refuses(t, name, "UserNotFoundException")
		}
	}
	covers(t, "GlobalSignOut")
	covers(t, "AdminUserGlobalSignOut")
	covers(t, "RevokeToken")
	covers(t, "AdminDisableUser")
	covers(t, "AdminEnableUser")
	covers(t, "AdminDeleteUser")
	covers(t, "DeleteUser")
	onEachEngine(t, func(t *testing.T, e *env) {
		for _, end := range endings {
			t.Run(end.name, func(t *testing.T) {
				f := newFixture(t, e, nil)
				f.user(t, "ann", "email=ann@example.com")
				tokens, other := f.signIn(t, "ann"), f.signIn(t, "ann")
				f.own(t, tokens.AccessToken) // a warm call: nothing remembered outlives the sign-in
				f.own(t, other.AccessToken)
				end.end(t, f, tokens)
				message := end.message
				switch end.name {
				case "DeleteUserPool":
					message = "User pool " + f.pool + " does not exist."
				case "DeleteUserPoolClient":
					message = "User pool client " + f.client + " does not exist."
				}
				wantEnded(t, end.name, e, tokens.AccessToken, end.code, message)
				err := tokenCalls["GetUser"](t.Context(), e.Client, other.AccessToken)
				if end.stays && err != nil {
					t.Errorf("another sign-in: %v", err)
				} else if !end.stays {
					wantFaultNamed(t, "another sign-in", err, end.code, message)
				}
			})
		}
	})
}

// wantEnded calls everything with a token that is good no more.
func wantEnded(t *testing.T, name string, e *env, token *string, code, message string) {
	t.Helper()
	for operation, call := range tokenCalls {
		code, message := code, message
		if operation == "GlobalSignOut" && code == "UserNotFoundException" { // which it does not model
			code, message = "NotAuthorizedException", revokedToken
		}
		wantFaultNamed(t, name+", "+operation, call(t.Context(), e.Client, token), code, message)
	}
}

// A sign-in right after a sign-out works, and refreshed tokens end with theirs.
func TestSignInAfterSignOut(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		f.user(t, "ann")
		first := f.signIn(t, "ann")
		refreshed := f.refresh(t, *first.RefreshToken)
		f.own(t, refreshed.AccessToken)
		noError(t, tokenCalls["GlobalSignOut"](t.Context(), e.Client, first.AccessToken))
		wantFault(t, tokenCalls["GetUser"](t.Context(), e.Client, refreshed.AccessToken), "NotAuthorizedException", revokedToken)
		f.own(t, f.signIn(t, "ann").AccessToken)
	})
}

// refresh gives new tokens for a refresh token.
func (f *fixture) refresh(t *testing.T, token string) *types.AuthenticationResultType {
	t.Helper()
	out, err := f.InitiateAuth(t.Context(), &cip.InitiateAuthInput{
		ClientId: &f.client, AuthFlow: types.AuthFlowTypeRefreshTokenAuth, AuthParameters: map[string]string{"REFRESH_TOKEN": token},
	})
	if err != nil || out.AuthenticationResult == nil {
		t.Fatalf("refreshing: %v", err)
	}
	return out.AuthenticationResult
}
