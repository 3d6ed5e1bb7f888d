package pool_test

import (
	"testing"

	"poolhouse.dev/internal/pool"
)

func TestClientCheckIn(t *testing.T) {
	type settings = pool.ClientSettings
	oauth := func(s *settings) {
		s.OAuthEnabled, s.OAuthFlows, s.OAuthScopes = true, []string{"code"}, []string{"openid"}
		s.CallbackURLs = []string{"https://a.example/done"}
	}
	callback := func(u string) func(*settings) { return func(s *settings) { s.CallbackURLs = []string{u} } }
	for _, c := range []struct {
		name   string
		secret bool
		change func(s *settings)
		want   string
	}{
		{"defaults", false, func(*settings) {}, ""},
		{"access of 299 seconds", false, func(s *settings) { s.AccessValidity, s.Units = 299, &pool.Units{Access: "seconds"} }, invalid + "Invalid range for token validity."},
		{"ID of 25 hours", false, func(s *settings) { s.IDValidity = 25 }, invalid + "Invalid range for token validity."},
		{"refresh of 59 minutes", false, func(s *settings) { s.RefreshValidity, s.Units = 59, &pool.Units{Refresh: "minutes"} }, invalid + "Invalid range for token validity."},
		{"refresh of ten years", false, func(s *settings) { s.RefreshValidity = 3650 }, ""},
		{"refresh of ten years and a day", false, func(s *settings) { s.RefreshValidity = 3651 }, invalid + "Invalid range for token validity."},
		// 213,504 days is one that nanoseconds in 64 bits wrap around to a few hours.
		{"refresh that would wrap around", false, func(s *settings) { s.RefreshValidity = 213_504 }, invalid + "Invalid range for token validity."},
		{"access longer than refresh", false, func(s *settings) {
			s.AccessValidity, s.RefreshValidity, s.Units = 2, 1, &pool.Units{Refresh: "hours"}
		}, invalid + "Access and Id Token expiration times must be less than or equal to refresh token expiration times."},
		{"unknown readable attribute", false, func(s *settings) { s.ReadAttributes = []string{"custom:none"} }, invalid + "Invalid read attributes specified while creating a client"},
		{"unknown writable attribute", false, func(s *settings) { s.WriteAttributes = []string{"family_name", "custom:none"} }, invalid + "Invalid write attributes specified while creating a client"},
		{"writable sub", false, func(s *settings) { s.WriteAttributes = []string{"family_name", "sub"} }, invalid + "Invalid write attributes specified while creating a client"},
		{"writable email_verified", false, func(s *settings) { s.WriteAttributes = []string{"family_name", "email_verified"} }, invalid + "Invalid write attributes specified while creating a client"},
		{"writable phone_number_verified", false, func(s *settings) { s.WriteAttributes = []string{"family_name", "phone_number_verified"} }, invalid + "Invalid write attributes specified while creating a client"},
		{"required attribute not writable", false, func(s *settings) { s.WriteAttributes = []string{"email"} }, invalid + "Invalid write attributes specified while creating a client"},
		{"required attribute writable", false, func(s *settings) { s.WriteAttributes = []string{"email", "family_name"} }, ""},
		{"old and new flows", false, func(s *settings) { s.AuthFlows = []string{"ALLOW_USER_SRP_AUTH", "ADMIN_NO_SRP_AUTH"} },
			invalid + "Auth flow name with prefix 'ALLOW' cannot be used with legacy auth flow names."},
		{"client token with another flow", true, func(s *settings) {
			s.AuthFlows = []string{"ALLOW_CLIENT_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"}
		}, invalid + "ALLOW_CLIENT_TOKEN_AUTH cannot be combined with other flows in ExplicitAuthFlows."},
		{"client token without a secret", false, func(s *settings) { s.AuthFlows = []string{"ALLOW_CLIENT_TOKEN_AUTH"} },
			invalid + "ALLOW_CLIENT_TOKEN_AUTH in ExplicitAuthFlows requires a client secret."},
		{"no refresh flow", false, func(s *settings) { s.AuthFlows = []string{"ALLOW_USER_PASSWORD_AUTH"} }, ""},
		{"rotation with the refresh flow", false, func(s *settings) {
			s.AuthFlows, s.Rotation = []string{"ALLOW_REFRESH_TOKEN_AUTH"}, &pool.RefreshRotation{Enabled: true}
		}, invalid + "ALLOW_REFRESH_TOKEN_AUTH in ExplicitAuthFlows cannot be used with RefreshTokenRotation."},
		{"OAuth without scopes", false, func(s *settings) { oauth(s); s.OAuthScopes = nil },
			invalid + "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows."},
		{"OAuth without flows", false, func(s *settings) { oauth(s); s.OAuthFlows = nil },
			invalid + "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows."},
		{"flows without the switch", false, func(s *settings) { oauth(s); s.OAuthEnabled, s.CallbackURLs = false, nil }, ""},
		{"client credentials and code", true, func(s *settings) { oauth(s); s.OAuthFlows = []string{"code", "client_credentials"} },
			"InvalidOAuthFlowException: client_credentials flow can not be selected along with code flow or implicit flow."},
		{"client credentials without a secret", false, func(s *settings) { oauth(s); s.OAuthFlows = []string{"client_credentials"} },
			"InvalidOAuthFlowException: client_credentials flow can not be selected if client does not have a client secret."},
		{"client credentials and openid", true, func(s *settings) { oauth(s); s.OAuthFlows = []string{"client_credentials"} },
			"InvalidOAuthFlowException: openid is not supported with client_credentials flow"},
		{"code without callback", false, func(s *settings) { oauth(s); s.CallbackURLs = nil },
			invalid + "CallbackUrls can not be empty when code flow or implicit flow is selected"},
		{"unknown scope", false, func(s *settings) { oauth(s); s.OAuthScopes = []string{"openid", "api/read"} },
			"ScopeDoesNotExistException: Invalid scope requested: api/read"},
		{"the pool as provider", false, func(s *settings) { s.IdentityProviders = []string{"COGNITO"} }, ""},
		{"unknown provider", false, func(s *settings) { s.IdentityProviders = []string{"COGNITO", "Acme"} },
			invalid + "The provider Acme does not exist for User Pool eu-central-1_abcdefghi"},
		{"default redirect not listed", false, func(s *settings) { s.DefaultRedirectURI = ptr("https://b.example") },
			invalid + "The default redirect URI https://b.example is not in the callback URIs list."},
		{"fragment", false, callback("https://a.example/#x"), invalid + "https://a.example/#x cannot use fragment"},
		{"plain HTTP", false, callback("http://a.example"), invalid + "http://a.example cannot use the HTTP protocol."},
		{"plain HTTP to a look-alike", false, callback("http://localhost.a.example"), invalid + "http://localhost.a.example cannot use the HTTP protocol."},
		{"plain HTTP behind a user name", false, callback("http://localhost@a.example"), invalid + "http://localhost@a.example cannot use the HTTP protocol."},
		{"plain HTTP for logout", false, func(s *settings) { s.LogoutURLs = []string{"HTTP://a.example"} }, invalid + "HTTP://a.example cannot use the HTTP protocol."},
		{"localhost with port", false, callback("http://localhost:3000/done"), ""},
		{"IPv4 loopback", false, callback("http://127.0.0.1:3000"), ""},
		{"IPv6 loopback", false, callback("http://[::1]:3000"), ""},
		{"app scheme", false, callback("myapp://example"), ""},
		{"app scheme with one slash", false, callback("com.example.app:/done"), ""},
		{"relative URL", false, callback("/done"), invalid + "/done is not an absolute URL with a scheme."},
		{"no scheme", false, callback("localhost:3000"), invalid + "localhost:3000 is not an absolute URL with a scheme."},
		{"https without a host", false, callback("https:///done"), invalid + "https:///done is not an absolute URL with a scheme."},
		{"context without a secret", false, func(s *settings) { s.PropagateContext = true },
			invalid + "Client Secret is required to set EnablePropagateAdditionalUserContextData as true"},
		{"context with a secret", true, func(s *settings) { s.PropagateContext = true }, ""},
		{"empty analytics", false, func(s *settings) { s.Analytics = &pool.Analytics{} },
			invalid + "Invalid analytics configuration given, either <application arn> or <application id, role arn, external id> are valid"},
		{"analytics in two ways", false, func(s *settings) {
			s.Analytics = &pool.Analytics{ApplicationARN: "arn:aws:mobiletargeting:eu-central-1:123456789012:apps/1", ApplicationID: "1"}
		}, invalid + "Invalid analytics configuration given, either <application arn> or <application id, role arn, external id> are valid"},
		{"analytics by ARN", false, func(s *settings) {
			s.Analytics = &pool.Analytics{ApplicationARN: "arn:aws:mobiletargeting:us-east-1:123456789012:apps/1"}
		}, ""},
		{"analytics elsewhere", false, func(s *settings) {
			s.Analytics = &pool.Analytics{ApplicationARN: "arn:aws:mobiletargeting:us-west-2:123456789012:apps/1"}
		}, invalid + "The integration with Pinpoint is not supported for the requested us-west-2 region."},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := barePool()
			a, _ := p.Settings.Schema.Find("family_name")
			a.Required = true
			client := &pool.Client{ID: "c", PoolID: p.ID, Settings: settings{RefreshValidity: 30, AuthSessionMinutes: 3}}
			if c.secret {
				client.SealedSecret = []byte("sealed")
			}
			c.change(&client.Settings)
			checkFault(t, client.CheckIn(p, pool.CreatingClient), c.want)
		})
	}
}

func TestClientCheckInOfLitePool(t *testing.T) {
	p := barePool()
	p.Settings.Tier = pool.TierLite
	c := &pool.Client{Settings: pool.ClientSettings{AuthFlows: []string{"ALLOW_USER_AUTH"}}}
	checkFault(t, c.CheckIn(p, pool.CreatingClient), "FeatureUnavailableInTierException: The following feature is not available for the LITE pricing tier configured: ALLOW_USER_AUTH")
}

func TestClientCheckInNamesWhatIsDone(t *testing.T) {
	c := &pool.Client{Settings: pool.ClientSettings{ReadAttributes: []string{"none"}}}
	checkFault(t, c.CheckIn(barePool(), pool.UpdatingClient), invalid+"Invalid read attributes specified while updating a client")
}
