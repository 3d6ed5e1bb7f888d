package token

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/trigger"
)

// fixedClaims are those that a function cannot change in either token, beside all
// that begin with "cognito:". The scope has a way of its own.
//
// Source: "Pre token generation Lambda trigger" in the developer guide.
var fixedClaims = []string{
	"acr", "amr", "at_hash", claimAudience, "auth_time", "azp", "client_id", "device_key", "event_id", "exp", "iat", "identities",
	"iss", "jti", "nbf", "nonce", "origin_jti", "scope", "sub", "token_use", "username", "version",
}

// plainClaims are those of the ID token that cannot become an object or a list.
var plainClaims = []string{pool.AttrEmailVerified, pool.AttrPhoneVerified, "updated_at", "address"}

const (
	claimAudience      = "aud"
	claimGroups        = "cognito:groups"
	claimRoles         = "cognito:roles"
	claimPreferredRole = "cognito:preferred_role"
)

// mayAdd reports whether a function may set the claim.
func mayAdd(name string) bool {
	return !slices.Contains(fixedClaims, name) && !strings.HasPrefix(name, "cognito:") && !strings.HasPrefix(name, "dev:")
}

// suppress takes claims away. Without its groups a token tells of no roles.
func suppress(claims map[string]any, names []string) {
	for _, name := range names {
		if name == claimGroups {
			dropGroups(claims)
			continue
		}
		if mayAdd(name) || strings.HasPrefix(name, "dev:") {
			delete(claims, name)
		}
	}
}

func dropGroups(claims map[string]any) {
	delete(claims, claimGroups)
	delete(claims, claimRoles)
	delete(claims, claimPreferredRole)
}

// changeID makes a function's changes to the claims of an ID token. What it may not
// change stays as it is.
func changeID(claims map[string]any, c *trigger.ClaimChanges) {
	if g := c.Groups; g != nil {
		dropGroups(claims)
		if len(g.Groups) > 0 {
			claims[claimGroups] = g.Groups
		}
		if len(g.Roles) > 0 {
			claims[claimRoles] = g.Roles
		}
		if g.PreferredRole != "" {
			claims[claimPreferredRole] = g.PreferredRole
		}
	}
	for name, value := range c.ID.Add {
		if mayAdd(name) && !(slices.Contains(plainClaims, name) && isComposite(value)) {
			claims[name] = jsontext.Value(value)
		}
	}
	suppress(claims, c.ID.Suppress)
}

// changeAccess returns the claims of an access token with a function's changes.
func changeAccess(access *Claims, c *trigger.ClaimChanges) (map[string]any, error) {
	changed := *access
	changed.Scope = changeScopes(access.Scope, c)
	if c.Groups != nil {
		changed.Groups = c.Groups.Groups
	}
	text, err := json.Marshal(&changed)
	claims := map[string]any{}
	if err == nil {
		var members map[string]jsontext.Value
		if err = json.Unmarshal(text, &members); err == nil {
			for name, value := range members {
				claims[name] = value
			}
		}
	}
	if err != nil {
		return nil, errors.New("the claims of an access token cannot be encoded")
	}
	for name, value := range c.Access.Add {
		if mayAdd(name) || name == claimAudience && isClient(value, access.ClientID) && !slices.Contains(c.Access.Suppress, name) {
			claims[name] = jsontext.Value(value)
		}
	}
	suppress(claims, c.Access.Suppress)
	return claims, nil
}

// isClient reports whether a value is the client's own id, the only audience that
// an access token can be given.
func isClient(value []byte, id string) bool {
	var audience string
	return json.Unmarshal(value, &audience) == nil && audience == id
}

func isComposite(value []byte) bool {
	trimmed := bytes.TrimLeft(value, " \t\r\n")
	return len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '[')
}

// changeScopes returns the scopes as a function wants them; one that it both adds
// and suppresses is left out.
func changeScopes(scope string, c *trigger.ClaimChanges) string {
	var scopes []string
	for _, s := range append(strings.Fields(scope), c.AddScopes...) {
		if !slices.Contains(scopes, s) && !slices.Contains(c.SuppressScopes, s) {
			scopes = append(scopes, s)
		}
	}
	return strings.Join(scopes, " ")
}
