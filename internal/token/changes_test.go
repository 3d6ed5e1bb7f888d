package token_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/token"
	"poolhouse.dev/internal/trigger"
	"poolhouse.dev/internal/user"
)

// untouchable are the claims that no function changes, with a value for each.
var untouchable = []string{
	"acr", "amr", "at_hash", "auth_time", "azp", "client_id", "cognito:username", "cognito:groups", "cognito:roles", "cognito:preferred_role", "cognito:new",
	"device_key", "event_id", "exp", "iat", "identities", "iss", "jti", "nbf", "nonce", "origin_jti", "scope", "sub", "token_use", "username", "version", "dev:custom:rank",
}

// texts makes claims of JSON texts from names and values in turn.
func texts(pairs ...string) map[string]json.RawMessage {
	m := map[string]json.RawMessage{}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = json.RawMessage(pairs[i+1])
	}
	return m
}

// changed mints tokens with the changes and returns the claims, but for jti.
func changed(t *testing.T, c *trigger.ClaimChanges) (id, access object) {
	t.Helper()
	w := newWorld(t)
	w.user.Attributes = user.Attributes{{Name: "email", Value: "ann@example.test"}, {Name: "email_verified", Value: "true"}, {Name: "name", Value: "Ann"}, {Name: "dev:custom:rank", Value: "7"}}
	w.client.Settings.ReadAttributes = []string{"email", "email_verified", "name", "dev:custom:rank"}
	tokens, err := w.issue.Mint(t.Context(), token.MintInput{
		Pool: w.pool, Client: w.client, User: w.user, Session: w.session, Changes: c,
		Groups: []*pool.Group{{Name: "a", RoleARN: "ra"}, {Name: "b", RoleARN: "rb"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return checkJTI(t, read(t, tokens.ID, 1)), checkJTI(t, read(t, tokens.Access, 1))
}

// What functions may change in each token, and what stays whatever they want.
func TestChanges(t *testing.T) {
	forbidden := texts()
	for _, name := range untouchable {
		forbidden[name] = json.RawMessage(`"forged"`)
	}
	plainID, plainAccess := changed(t, nil)
	type effect map[string]any // nil takes a claim away
	for name, test := range map[string]struct {
		changes    trigger.ClaimChanges
		id, access effect
	}{
		"nothing": {},
		"values of each kind": {
			changes: trigger.ClaimChanges{
				ID:     trigger.ClaimChange{Add: texts("name", `"Dr Ann"`, "n", `1`, "l", `["x",2]`, "o", `{"a":{"b":true}}`)},
				Access: trigger.ClaimChange{Add: texts("name", `"Ann"`, "n", `-1.5`, "b", `false`)},
			},
			id:     effect{"name": "Dr Ann", "n": 1.0, "l": []any{"x", 2.0}, "o": map[string]any{"a": map[string]any{"b": true}}},
			access: effect{"name": "Ann", "n": -1.5, "b": false},
		},
		"the untouchable": {changes: trigger.ClaimChanges{ID: trigger.ClaimChange{Add: forbidden}, Access: trigger.ClaimChange{Add: forbidden}}},
		"the untouchable, suppressed": {
			changes: trigger.ClaimChanges{ID: trigger.ClaimChange{Suppress: untouchable}, Access: trigger.ClaimChange{Suppress: untouchable}},
			id:      effect{"cognito:groups": nil, "cognito:roles": nil, "dev:custom:rank": nil},
			access:  effect{"cognito:groups": nil},
		},
		"suppressed and added": {
			changes: trigger.ClaimChanges{
				ID:     trigger.ClaimChange{Add: texts("name", `"x"`, "new", `"x"`), Suppress: []string{"name", "new", "email", "none"}},
				Access: trigger.ClaimChange{Add: texts("new", `"x"`, "aud", `"client1"`), Suppress: []string{"new", "aud"}},
			},
			id: effect{"name": nil, "email": nil},
		},
		"an audience": {
			changes: trigger.ClaimChanges{ID: trigger.ClaimChange{Add: texts("aud", `"client1x"`)}, Access: trigger.ClaimChange{Add: texts("aud", `"client1"`)}},
			access:  effect{"aud": "client1"},
		},
		"another audience":     {changes: trigger.ClaimChanges{Access: trigger.ClaimChange{Add: texts("aud", `"client2"`)}}},
		"a list of audiences":  {changes: trigger.ClaimChanges{Access: trigger.ClaimChange{Add: texts("aud", `["client1"]`)}}},
		"audience of the ID":   {changes: trigger.ClaimChanges{ID: trigger.ClaimChange{Suppress: []string{"aud"}}}},
		"objects that may not": {changes: trigger.ClaimChanges{ID: trigger.ClaimChange{Add: texts("email_verified", ` {"a":1}`, "phone_number_verified", `[true]`, "updated_at", "\n[1]", "address", `{"formatted":"x"}`)}}},
		"plain ones that may": {
			changes: trigger.ClaimChanges{ID: trigger.ClaimChange{Add: texts("email_verified", `false`, "updated_at", `7`, "address", `"x"`)}},
			id:      effect{"email_verified": false, "updated_at": 7.0, "address": "x"},
		},
		"objects in the access token": {
			changes: trigger.ClaimChanges{Access: trigger.ClaimChange{Add: texts("address", `{"formatted":"x"}`)}},
			access:  effect{"address": map[string]any{"formatted": "x"}},
		},
		"other groups": {
			changes: trigger.ClaimChanges{Groups: &trigger.GroupOverride{Groups: []string{"x", "y"}}},
			id:      effect{"cognito:groups": []any{"x", "y"}, "cognito:roles": nil},
			access:  effect{"cognito:groups": []any{"x", "y"}},
		},
		"roles alone": {
			changes: trigger.ClaimChanges{Groups: &trigger.GroupOverride{Roles: []string{"r"}, PreferredRole: "r"}},
			id:      effect{"cognito:groups": nil, "cognito:roles": []any{"r"}, "cognito:preferred_role": "r"},
			access:  effect{"cognito:groups": nil},
		},
		"other groups, suppressed": {
			changes: trigger.ClaimChanges{Groups: &trigger.GroupOverride{Groups: []string{"x"}, Roles: []string{"r"}, PreferredRole: "r"}, ID: trigger.ClaimChange{Suppress: []string{"cognito:groups"}}},
			id:      effect{"cognito:groups": nil, "cognito:roles": nil},
			access:  effect{"cognito:groups": []any{"x"}},
		},
		"no groups": {
			changes: trigger.ClaimChanges{Groups: &trigger.GroupOverride{}},
			id:      effect{"cognito:groups": nil, "cognito:roles": nil},
			access:  effect{"cognito:groups": nil},
		},
		"scopes": {
			changes: trigger.ClaimChanges{AddScopes: []string{"s/a", "s/b", "s/a", "aws.cognito.signin.user.admin"}, SuppressScopes: []string{"s/b", "s/none"}},
			access:  effect{"scope": "aws.cognito.signin.user.admin s/a"},
		},
		"no scope": {
			changes: trigger.ClaimChanges{SuppressScopes: []string{"aws.cognito.signin.user.admin"}},
			access:  effect{"scope": ""},
		},
	} {
		t.Run(name, func(t *testing.T) {
			id, access := changed(t, &test.changes)
			for _, x := range []struct {
				token       string
				plain, got  object
				differences effect
			}{{"ID", plainID, id, test.id}, {"access", plainAccess, access, test.access}} {
				want := x.plain
				for claim, value := range x.differences {
					if want = want.without(claim); value != nil {
						want = want.with(claim, value)
					}
				}
				if diff := cmp.Diff(want, x.got); diff != "" {
					t.Errorf("%s token (-want +got):\n%s", x.token, diff)
				}
			}
		})
	}
}

// A token that a function changed is still one that the server takes.
func TestChangedTokenIsGood(t *testing.T) {
	w := newWorld(t)
	tokens, err := w.issue.Mint(t.Context(), token.MintInput{Pool: w.pool, Client: w.client, User: w.user, Session: w.session, Changes: &trigger.ClaimChanges{
		Access: trigger.ClaimChange{Add: texts("Sub", `"x"`, "groups", `{"a":[1]}`, "aud", `"client1"`, "", `1`)}, Groups: &trigger.GroupOverride{Groups: []string{"x"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	granted, err := w.auth.Authorize(t.Context(), tokens.Access)
	if err != nil || granted.User.Sub != w.user.Sub {
		t.Errorf("granted %+v: %v", granted, err)
	}
}
