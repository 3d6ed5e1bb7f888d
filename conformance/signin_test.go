package conformance

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// signInWith signs a user in with a password and returns the tokens.
func (f *fixture) signInWith(t *testing.T, name, password string) *types.AuthenticationResultType {
	t.Helper()
	out := did(f.trySignIn(t, name, password))(t)
	if out.AuthenticationResult == nil {
		t.Fatalf("signing %s in leads to %s", name, out.ChallengeName)
	}
	return out.AuthenticationResult
}

// initiate begins a sign-in with any flow; with admin, as an administrator.
func (f *fixture) initiate(t *testing.T, admin bool, flow string, parameters map[string]string) (*types.AuthenticationResultType, error) {
	t.Helper()
	if admin {
		out, err := f.AdminInitiateAuth(t.Context(), &cip.AdminInitiateAuthInput{UserPoolId: &f.pool, ClientId: &f.client, AuthFlow: types.AuthFlowType(flow), AuthParameters: parameters})
		if err != nil {
			return nil, err
		}
		return out.AuthenticationResult, nil
	}
	out, err := f.InitiateAuth(t.Context(), &cip.InitiateAuthInput{ClientId: &f.client, AuthFlow: types.AuthFlowType(flow), AuthParameters: parameters})
	if err != nil {
		return nil, err
	}
	return out.AuthenticationResult, nil
}

// InitiateAuth and AdminInitiateAuth answer a right password with tokens and no
// more.
func TestPasswordFlowsAnswer(t *testing.T) {
	covers(t, "InitiateAuth")
	covers(t, "AdminInitiateAuth")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		f.user(t, "ann")
		right := `"ClientId":"` + f.client + `","AuthParameters":{"USERNAME":"ann","PASSWORD":"` + password + `"}`
		var refresh string
		for _, c := range []struct{ operation, body string }{
			{"InitiateAuth", `{"AuthFlow":"USER_PASSWORD_AUTH",` + right + `}`},
			{"AdminInitiateAuth", `{"UserPoolId":"` + f.pool + `","AuthFlow":"ADMIN_USER_PASSWORD_AUTH",` + right + `}`},
			{"AdminInitiateAuth", `{"UserPoolId":"` + f.pool + `","AuthFlow":"ADMIN_NO_SRP_AUTH",` + right + `}`},
		} {
			result := wantResult(t, e.wantCall(t, c.operation, c.body, ""), "AccessToken", "ExpiresIn", "IdToken", "RefreshToken", "TokenType")
			if result["TokenType"] != "Bearer" || result["ExpiresIn"] != 3600.0 {
				t.Errorf("TokenType %v, ExpiresIn %v", result["TokenType"], result["ExpiresIn"])
			}
			refresh, _ = result["RefreshToken"].(string)
		}
		again := `"ClientId":"` + f.client + `","AuthParameters":{"REFRESH_TOKEN":"` + refresh + `"}`
		for _, c := range []struct{ operation, body string }{
			{"InitiateAuth", `{"AuthFlow":"REFRESH_TOKEN_AUTH",` + again + `}`},
			{"InitiateAuth", `{"AuthFlow":"REFRESH_TOKEN",` + again + `}`},
			{"AdminInitiateAuth", `{"UserPoolId":"` + f.pool + `","AuthFlow":"REFRESH_TOKEN_AUTH",` + again + `}`},
			{"AdminInitiateAuth", `{"UserPoolId":"` + f.pool + `","AuthFlow":"REFRESH_TOKEN",` + again + `}`},
		} {
			wantResult(t, e.wantCall(t, c.operation, c.body, ""), "AccessToken", "ExpiresIn", "IdToken", "TokenType")
		}
	})
}

// wantResult fails the test unless the answer holds tokens with exactly these
// members, and empty challenge parameters.
func wantResult(t *testing.T, answer map[string]any, names ...string) map[string]any {
	t.Helper()
	result, _ := answer["AuthenticationResult"].(map[string]any)
	parameters, ok := answer["ChallengeParameters"].(map[string]any)
	if len(answer) != 2 || !ok || len(parameters) != 0 {
		t.Errorf("the answer has the members %v", answer)
	}
	for _, name := range names {
		if result[name] == nil {
			t.Errorf("the result lacks %s", name)
		}
	}
	if len(result) != len(names) {
		t.Errorf("the result has %d members, want %v", len(result), names)
	}
	return result
}

// InitiateAuth and AdminInitiateAuth refuse the flows that a client does not
// allow, each in words of its own.
func TestFlowsThatAreOff(t *testing.T) {
	refuses(t, "InitiateAuth", "InvalidParameterException")
	refuses(t, "AdminInitiateAuth", "InvalidParameterException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		f.user(t, "ann")
		right := map[string]string{"USERNAME": "ann", "PASSWORD": password, "SRP_A": "aa", "REFRESH_TOKEN": *f.signIn(t, "ann").RefreshToken}
		with := func(flows ...types.ExplicitAuthFlowsType) string {
			return f.newClient(t, func(in *cip.CreateUserPoolClientInput) { in.ExplicitAuthFlows = flows })
		}
		custom, refreshOnly, usual := with("ALLOW_CUSTOM_AUTH"), with("ALLOW_REFRESH_TOKEN_AUTH"), with()
		rotating := f.newClient(t, func(in *cip.CreateUserPoolClientInput) {
			in.ExplicitAuthFlows = []types.ExplicitAuthFlowsType{"ALLOW_USER_PASSWORD_AUTH"}
			in.RefreshTokenRotation = &types.RefreshTokenRotationType{Feature: "ENABLED"}
		})
		for _, c := range []struct {
			client  string
			admin   bool
			flow    string
			message string
		}{
			{usual, false, "USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH flow not enabled for this client"},
			{usual, true, "ADMIN_USER_PASSWORD_AUTH", "Auth flow not enabled for this client"},
			{usual, true, "ADMIN_NO_SRP_AUTH", "Auth flow not enabled for this client"},
			{refreshOnly, false, "USER_SRP_AUTH", "USER_SRP_AUTH is not enabled for the client."},
			{refreshOnly, true, "USER_SRP_AUTH", "USER_SRP_AUTH is not enabled for the client."},
			{refreshOnly, false, "CUSTOM_AUTH", "CUSTOM_AUTH is not enabled for the client."},
			{usual, false, "USER_AUTH", "USER_AUTH is not enabled for the client."},
			{custom, false, "REFRESH_TOKEN_AUTH", "REFRESH_TOKEN_AUTH is not enabled for the client."},
			{custom, true, "REFRESH_TOKEN", "REFRESH_TOKEN_AUTH is not enabled for the client."},
			{rotating, false, "REFRESH_TOKEN_AUTH", "REFRESH_TOKEN_AUTH is not enabled for the client."},
			{f.client, false, "ADMIN_NO_SRP_AUTH", "Initiate Auth method not supported"},
			{f.client, false, "ADMIN_USER_PASSWORD_AUTH", "Initiate Auth method not supported"},
			{f.client, true, "USER_PASSWORD_AUTH", "Initiate Auth method not supported"},
		} {
			g := *f
			g.client = c.client
			_, err := g.initiate(t, c.admin, c.flow, right)
			wantFaultNamed(t, c.flow, err, "InvalidParameterException", c.message)
		}
		// Older names leave refreshing on.
		f.client = with("USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH")
		f.refresh(t, *f.signIn(t, "ann").RefreshToken)
		did(f.initiate(t, true, "ADMIN_USER_PASSWORD_AUTH", right))(t)
	})
}

// InitiateAuth and AdminInitiateAuth name the parameter that is missing, and
// what is not there.
func TestSignInParameters(t *testing.T) {
	covers(t, "InitiateAuth", "InvalidParameterException", "ResourceNotFoundException", "UserNotFoundException", "NotAuthorizedException")
	covers(t, "AdminInitiateAuth", "InvalidParameterException", "ResourceNotFoundException", "UserNotFoundException", "NotAuthorizedException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f, other := newFixture(t, e, nil), newFixture(t, e, nil)
		f.user(t, "ann")
		f.initiateBoth(t, map[string]string{"PASSWORD": password}, "InvalidParameterException", "Missing required parameter USERNAME")
		f.initiateBoth(t, map[string]string{"USERNAME": "ann"}, "InvalidParameterException", "Missing required parameter PASSWORD")
		f.initiateBoth(t, map[string]string{"USERNAME": "nobody", "PASSWORD": password}, "UserNotFoundException", "User does not exist.")
		f.initiateBoth(t, map[string]string{"USERNAME": "ann", "PASSWORD": "wrong"}, "NotAuthorizedException", "Incorrect username or password.")
		f.initiateBoth(t, map[string]string{"USERNAME": "ann", "PASSWORD": password, "SECRET_HASH": "x"}, "NotAuthorizedException", "Client "+f.client+" is not configured for secret but secret was received")
		_, err := f.initiate(t, false, "REFRESH_TOKEN_AUTH", map[string]string{})
		wantFault(t, err, "InvalidParameterException", "Missing required parameter REFRESH_TOKEN")
		e.wantCall(t, "InitiateAuth", `{"AuthFlow":"PASSWORDLESS","ClientId":"`+f.client+`"}`, invalid+"1 validation error detected: Value 'PASSWORDLESS' at 'authFlow' failed to satisfy constraint: Member must satisfy enum value set: [USER_SRP_AUTH, REFRESH_TOKEN_AUTH, REFRESH_TOKEN, CUSTOM_AUTH, ADMIN_NO_SRP_AUTH, USER_PASSWORD_AUTH, ADMIN_USER_PASSWORD_AUTH, USER_AUTH]")
		f.client = "unknown"
		f.initiateBoth(t, nil, "ResourceNotFoundException", "User pool client unknown does not exist.")
		f.client = other.client
		_, err = f.initiate(t, true, "ADMIN_USER_PASSWORD_AUTH", map[string]string{"USERNAME": "ann", "PASSWORD": password})
		wantFault(t, err, "ResourceNotFoundException", "User pool client "+other.client+" does not exist.")
		f.pool = "us-east-1_000000000"
		_, err = f.initiate(t, true, "ADMIN_USER_PASSWORD_AUTH", nil)
		wantFault(t, err, "ResourceNotFoundException", "User pool us-east-1_000000000 does not exist.")
	})
}

// initiateBoth wants one refusal of the password flow of the user and of the
// administrator.
func (f *fixture) initiateBoth(t *testing.T, parameters map[string]string, code, message string) {
	t.Helper()
	_, err := f.initiate(t, false, "USER_PASSWORD_AUTH", parameters)
	wantFaultNamed(t, "InitiateAuth", err, code, message)
	_, err = f.initiate(t, true, "ADMIN_USER_PASSWORD_AUTH", parameters)
	wantFaultNamed(t, "AdminInitiateAuth", err, code, message)
}

// InitiateAuth and AdminInitiateAuth by the state of the account. Only the
// right password shows the state; that the user is disabled shows at once.
func TestSignInByStateOfAccount(t *testing.T) {
	covers(t, "InitiateAuth", "UserNotConfirmedException", "NotAuthorizedException")
	covers(t, "AdminInitiateAuth", "UserNotConfirmedException", "NotAuthorizedException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		did(f.signUp(t, "ann"))(t)
		right, wrong := map[string]string{"USERNAME": "ann", "PASSWORD": password}, map[string]string{"USERNAME": "ann", "PASSWORD": "wrong"}
		f.initiateBoth(t, right, "UserNotConfirmedException", "User is not confirmed.")
		f.initiateBoth(t, wrong, "NotAuthorizedException", "Incorrect username or password.")
		did(f.AdminDisableUser(t.Context(), &cip.AdminDisableUserInput{UserPoolId: &f.pool, Username: aws.String("ann")}))(t)
		f.initiateBoth(t, right, "NotAuthorizedException", "User is disabled.")
		f.initiateBoth(t, wrong, "NotAuthorizedException", "User is disabled.")
		did(f.AdminEnableUser(t.Context(), &cip.AdminEnableUserInput{UserPoolId: &f.pool, Username: aws.String("ann")}))(t)
		did(f.AdminConfirmSignUp(t.Context(), &cip.AdminConfirmSignUpInput{UserPoolId: &f.pool, Username: aws.String("ann")}))(t)
		f.signIn(t, "ann")
	})
}
