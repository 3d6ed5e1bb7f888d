package pool

import (
	"net/url"
	"slices"
	"strings"

	"poolhouse.dev/internal/fault"
)

// Grants that a client can allow.
const (
	GrantCode              = "code"
	GrantImplicit          = "implicit"
	GrantClientCredentials = "client_credentials"
)

// StandardScopes are the scopes that every pool has.
var StandardScopes = []string{"phone", "email", "openid", "profile", "aws.cognito.signin.user.admin"}

func (c *Client) checkOAuthFlows() error {
	s := &c.Settings
	if s.OAuthEnabled && (len(s.OAuthFlows) == 0 || len(s.OAuthScopes) == 0) {
		return fault.InvalidParameter("AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.")
	}
	people := slices.Contains(s.OAuthFlows, GrantCode) || slices.Contains(s.OAuthFlows, GrantImplicit)
	if slices.Contains(s.OAuthFlows, GrantClientCredentials) {
		if people {
			return fault.InvalidOAuthFlow("client_credentials flow can not be selected along with code flow or implicit flow.")
		}
		if !c.IsConfidential() {
			return fault.InvalidOAuthFlow("client_credentials flow can not be selected if client does not have a client secret.")
		}
		for _, scope := range s.OAuthScopes {
			if slices.Contains(StandardScopes, scope) {
				return fault.InvalidOAuthFlow(scope + " is not supported with client_credentials flow")
			}
		}
	}
	// Flows without the switch are kept and do nothing, as old templates have it.
	if s.OAuthEnabled && people && len(s.CallbackURLs) == 0 {
		return fault.InvalidParameter("CallbackUrls can not be empty when code flow or implicit flow is selected")
	}
	return nil
}

// checkScopes knows the standard scopes; pools have no resource servers yet.
func (c *Client) checkScopes() error {
	for _, scope := range c.Settings.OAuthScopes {
		if !slices.Contains(StandardScopes, scope) {
			return fault.ScopeDoesNotExist("Invalid scope requested: " + scope)
		}
	}
	return nil
}

func (c *Client) checkURLs() error {
	s := &c.Settings
	if u := s.DefaultRedirectURI; u != nil && !slices.Contains(s.CallbackURLs, *u) {
		return fault.InvalidParameterf("The default redirect URI %s is not in the callback URIs list.", *u)
	}
	for _, list := range [][]string{s.CallbackURLs, s.LogoutURLs} {
		for _, u := range list {
			if err := checkRedirect(u); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkRedirect refuses URLs that a browser must not be sent to with a code: a
// slash behind the scheme tells myapp:/done from localhost:3000/done.
func checkRedirect(text string) error {
	if strings.Contains(text, "#") {
		return fault.InvalidParameterf("%s cannot use fragment", text)
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" || u.Opaque != "" {
		return fault.InvalidParameterf(textURLForm, text)
	}
	switch host := u.Hostname(); u.Scheme {
	case "http":
		if host != "localhost" && host != "127.0.0.1" && host != "::1" {
			return fault.InvalidParameterf("%s cannot use the HTTP protocol.", text)
		}
	case "https":
		if host == "" {
			return fault.InvalidParameterf(textURLForm, text)
		}
	}
	return nil
}
