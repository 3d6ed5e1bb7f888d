package conformance

import (
	"strings"
	"testing"
)

// UpdateUserPoolClient and CreateUserPoolClient refuse settings of a client
// without a secret, each with the exact answer.
func TestClientSettingsAreRefused(t *testing.T) {
	for _, op := range []string{"CreateUserPoolClient", "UpdateUserPoolClient"} {
		covers(t, op, "InvalidParameterException", "InvalidOAuthFlowException", "ScopeDoesNotExistException", "FeatureUnavailableInTierException", "ResourceNotFoundException")
	}
	const grant = "InvalidOAuthFlowException: "
	cases := []struct{ name, members, want string }{
		{"mixed flows", `"ExplicitAuthFlows":["ALLOW_USER_SRP_AUTH","ADMIN_NO_SRP_AUTH"]`, invalid + "Auth flow name with prefix 'ALLOW' cannot be used with legacy auth flow names."},
		{"rotation and refresh", `"ExplicitAuthFlows":["ALLOW_REFRESH_TOKEN_AUTH"],"RefreshTokenRotation":{"Feature":"ENABLED"}`, invalid + "ALLOW_REFRESH_TOKEN_AUTH in ExplicitAuthFlows cannot be used with RefreshTokenRotation."},
		{"short access token", `"AccessTokenValidity":299,"TokenValidityUnits":{"AccessToken":"seconds"}`, invalid + "Invalid range for token validity."},
		{"long access token", `"AccessTokenValidity":25`, invalid + "Invalid range for token validity."},
		{"long ID token", `"IdTokenValidity":2,"TokenValidityUnits":{"IdToken":"days"}`, invalid + "Invalid range for token validity."},
		{"short refresh token", `"RefreshTokenValidity":59,"TokenValidityUnits":{"RefreshToken":"minutes"}`, invalid + "Invalid range for token validity."},
		{"long refresh token", `"RefreshTokenValidity":3651`, invalid + "Invalid range for token validity."},
		{"access outlives refresh", `"AccessTokenValidity":2,"RefreshTokenValidity":1,"TokenValidityUnits":{"RefreshToken":"hours"}`, invalid + "Access and Id Token expiration times must be less than or equal to refresh token expiration times."},
		{"shape before range", `"AccessTokenValidity":86401`, invalid + "1 validation error detected: Value '86401' at 'accessTokenValidity' failed to satisfy constraint: Member must have value less than or equal to 86400"},
		{"session", `"AuthSessionValidity":2`, invalid + "1 validation error detected: Value '2' at 'authSessionValidity' failed to satisfy constraint: Member must have value greater than or equal to 3"},
		{"oauth without flows", `"AllowedOAuthFlowsUserPoolClient":true`, invalid + "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows."},
		{"machines and people", `"AllowedOAuthFlows":["client_credentials","code"]`, grant + "client_credentials flow can not be selected along with code flow or implicit flow."},
		{"machine without a secret", `"AllowedOAuthFlows":["client_credentials"]`, grant + "client_credentials flow can not be selected if client does not have a client secret."},
		{"no callback", `"AllowedOAuthFlowsUserPoolClient":true,"AllowedOAuthFlows":["code"],"AllowedOAuthScopes":["openid"]`, invalid + "CallbackUrls can not be empty when code flow or implicit flow is selected"},
		{"unknown scope", `"AllowedOAuthScopes":["api/read"]`, "ScopeDoesNotExistException: Invalid scope requested: api/read"},
		{"default that is no callback", `"CallbackURLs":["https://a.example"],"DefaultRedirectURI":"https://b.example"`, invalid + "The default redirect URI https://b.example is not in the callback URIs list."},
		{"fragment", `"CallbackURLs":["https://a.example/#x"]`, invalid + "https://a.example/#x cannot use fragment"},
		{"plain http", `"LogoutURLs":["http://a.example"]`, invalid + "http://a.example cannot use the HTTP protocol."},
		{"no scheme", `"CallbackURLs":["a.example/in"]`, invalid + "a.example/in is not an absolute URL with a scheme."},
		{"unknown readable", `"ReadAttributes":["custom:x"]`, invalid + "Invalid read attributes specified while * a client"},
		{"unknown writable", `"WriteAttributes":["custom:x"]`, invalid + "Invalid write attributes specified while * a client"},
		{"writable sub", `"WriteAttributes":["sub"]`, invalid + "Invalid write attributes specified while * a client"},
		{"writable flag", `"WriteAttributes":["phone_number_verified"]`, invalid + "Invalid write attributes specified while * a client"},
		{"context without a secret", `"EnablePropagateAdditionalUserContextData":true`, invalid + "Client Secret is required to set EnablePropagateAdditionalUserContextData as true"},
		{"half an application", `"AnalyticsConfiguration":{"ApplicationId":"a"}`, invalid + "Invalid analytics configuration given, either <application arn> or <application id, role arn, external id> are valid"},
		{"application elsewhere", `"AnalyticsConfiguration":{"ApplicationArn":"arn:aws:mobiletargeting:eu-west-1:000000000000:apps/a"}`, invalid + "The integration with Pinpoint is not supported for the requested eu-west-1 region."},
	}
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		ids := `"UserPoolId":"` + f.pool + `","ClientId":"` + f.client + `"`
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				e.wantCall(t, "CreateUserPoolClient", `{"UserPoolId":"`+f.pool+`","ClientName":"x",`+c.members+`}`, strings.Replace(c.want, "*", "creating", 1))
				e.wantCall(t, "UpdateUserPoolClient", `{`+ids+`,`+c.members+`}`, strings.Replace(c.want, "*", "updating", 1))
			})
		}
		unknown := "The provider Acme does not exist for User Pool " + f.pool
		e.wantCall(t, "UpdateUserPoolClient", `{`+ids+`,"SupportedIdentityProviders":["Acme"]}`, invalid+unknown)
		e.wantCall(t, "CreateUserPoolClient", `{"UserPoolId":"`+f.pool+`","ClientName":"x","GenerateSecret":true,"AllowedOAuthFlows":["client_credentials"],"AllowedOAuthScopes":["openid"]}`, grant+"openid is not supported with client_credentials flow")
		e.wantCall(t, "UpdateUserPool", `{"UserPoolId":"`+f.pool+`","UserPoolTier":"LITE"}`, "")
		const tier = "FeatureUnavailableInTierException: The following feature is not available for the LITE pricing tier configured: ALLOW_USER_AUTH"
		e.wantCall(t, "CreateUserPoolClient", `{"UserPoolId":"`+f.pool+`","ClientName":"x","ExplicitAuthFlows":["ALLOW_USER_AUTH"]}`, tier)
		e.wantCall(t, "UpdateUserPoolClient", `{`+ids+`,"ExplicitAuthFlows":["ALLOW_USER_AUTH"]}`, tier)
		e.wantCall(t, "CreateUserPoolClient", `{"UserPoolId":"us-east-1_000000000","ClientName":"x"}`, "ResourceNotFoundException: User pool us-east-1_000000000 does not exist.")
		e.wantCall(t, "UpdateUserPoolClient", `{"UserPoolId":"`+f.pool+`","ClientId":"unknown"}`, "ResourceNotFoundException: User pool client unknown does not exist.")
	})
}

// CreateUserPoolClient keeps required attributes writable.
func TestRequiredAttributesStayWritable(t *testing.T) {
	covers(t, "CreateUserPoolClient", "InvalidParameterException")
	onEachEngine(t, func(t *testing.T, e *env) {
		pool, _ := e.wantCall(t, "CreateUserPool", `{"PoolName":"x","Schema":[{"Name":"email","Required":true}]}`, "")["UserPool"].(map[string]any)
		id, _ := pool["Id"].(string)
		e.wantCall(t, "CreateUserPoolClient", `{"UserPoolId":"`+id+`","ClientName":"x","WriteAttributes":["name"]}`, invalid+"Invalid write attributes specified while creating a client")
		e.wantCall(t, "CreateUserPoolClient", `{"UserPoolId":"`+id+`","ClientName":"x","WriteAttributes":["email"]}`, "")
	})
}
