package trigger_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/trigger"
)

// making returns a pool whose tokens a function makes, with events of a version.
func making(version string) *pool.Pool {
	p := *here
	p.Settings.Triggers = pool.Triggers{PreTokenGenerationSet: &pool.VersionedHook{ARN: arn, Version: version}}
	return &p
}

// claims asks the trigger of p, which is given the response.
func claims(t *testing.T, p *pool.Pool, response string) (*trigger.ClaimChanges, error) {
	t.Helper()
	f := answering(func(event map[string]any) {
		if err := json.Unmarshal([]byte(response), new(any)); err != nil {
			t.Fatal(err)
		}
		event["response"] = json.RawMessage(response)
	})
	return newCaller(f).PreTokenGeneration(t.Context(), trigger.Occasion{Pool: p, ClientID: "client"}, trigger.TokenRequest{Source: trigger.TokensAtSignIn, User: ann})
}

func raw(pairs ...string) map[string]json.RawMessage {
	m := map[string]json.RawMessage{}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = json.RawMessage(pairs[i+1])
	}
	return m
}

const unusable = "InvalidLambdaResponseException: Unrecognizable lambda output"

// What functions of version 1 can say.
func TestClaimsOfVersionOne(t *testing.T) {
	for response, want := range map[string]*trigger.ClaimChanges{
		`{}`:                                     nil,
		`{"claimsOverrideDetails":null}`:         nil,
		`{"claimsAndScopeOverrideDetails":{}}`:   nil,
		`{"claimsOverrideDetails":{"other":[]}}`: {},
		`{"claimsOverrideDetails":{"claimsToAddOrOverride":{"a":"1","b":null,"c":"\"ü"},"claimsToSuppress":["x"]}}`: {
			ID: trigger.ClaimChange{Add: raw("a", `"1"`, "c", `"\"ü"`), Suppress: []string{"x"}},
		},
		`{"claimsOverrideDetails":{"claimsToSuppress":["cognito:groups"]}}`: {
			ID: trigger.ClaimChange{Suppress: []string{"cognito:groups"}}, Access: trigger.ClaimChange{Suppress: []string{"cognito:groups"}},
		},
		`{"claimsOverrideDetails":{"groupOverrideDetails":null}}`: {Groups: &trigger.GroupOverride{}},
		`{"claimsOverrideDetails":{"groupOverrideDetails":{}}}`:   {Groups: &trigger.GroupOverride{}},
		`{"claimsOverrideDetails":{"groupOverrideDetails":{"groupsToOverride":["g"],"iamRolesToOverride":["r"],"preferredRole":"p"}}}`: {
			Groups: &trigger.GroupOverride{Groups: []string{"g"}, Roles: []string{"r"}, PreferredRole: "p"},
		},
	} {
		for _, version := range []string{"", "V1_0"} {
			got, err := claims(t, making(version), response)
			wantFault(t, err, "none")
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", response, diff)
			}
		}
	}
	for _, response := range []string{
		`{"claimsOverrideDetails":{"claimsToAddOrOverride":{"a":true}}}`, `{"claimsOverrideDetails":{"claimsToAddOrOverride":{"a":{}}}}`,
		`{"claimsOverrideDetails":{"claimsToSuppress":[1]}}`, `{"claimsOverrideDetails":[]}`, `{"claimsOverrideDetails":{"groupOverrideDetails":"none"}}`,
	} {
		_, err := claims(t, making("V1_0"), response)
		wantFault(t, err, unusable)
	}
}

// What functions of versions 2 and 3 can say.
func TestClaimsOfLaterVersions(t *testing.T) {
	const details = "claimsAndScopeOverrideDetails"
	for response, want := range map[string]*trigger.ClaimChanges{
		`{}`:                           nil,
		`{"` + details + `":null}`:     nil,
		`{"claimsOverrideDetails":{}}`: nil,
		`{"` + details + `":{}}`:       {},
		`{"` + details + `":{"idTokenGeneration":null,"accessTokenGeneration":null}}`: {},
		`{"` + details + `":{"idTokenGeneration":{"claimsToAddOrOverride":{"n":1e3,"o":{"a":[1,null]},"z":null},"claimsToSuppress":["x"]}}}`: {
			ID: trigger.ClaimChange{Add: raw("n", `1e3`, "o", `{"a":[1,null]}`), Suppress: []string{"x"}},
		},
		`{"` + details + `":{"accessTokenGeneration":{"claimsToAddOrOverride":{"b":true},"claimsToSuppress":["y"],"scopesToAdd":["s/a"],"scopesToSuppress":["s b"]}}}`: {
			Access: trigger.ClaimChange{Add: raw("b", `true`), Suppress: []string{"y"}}, AddScopes: []string{"s/a"}, SuppressScopes: []string{"s b"},
		},
		`{"` + details + `":{"idTokenGeneration":{"claimsToSuppress":["cognito:groups"]}}}`: {ID: trigger.ClaimChange{Suppress: []string{"cognito:groups"}}},
		`{"` + details + `":{"groupOverrideDetails":null}}`:                                 {Groups: &trigger.GroupOverride{}},
	} {
		for _, version := range []string{"V2_0", "V3_0"} {
			got, err := claims(t, making(version), response)
			wantFault(t, err, "none")
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", response, diff)
			}
		}
	}
	for _, member := range []string{
		`"idTokenGeneration":1`, `"idTokenGeneration":{"claimsToAddOrOverride":[]}`, `"accessTokenGeneration":{"scopesToSuppress":"a"}`,
		`"accessTokenGeneration":{"scopesToAdd":["a\tb"]}`, `"accessTokenGeneration":{"scopesToAdd":["a\nb"]}`, `"accessTokenGeneration":{"scopesToAdd":[""]}`,
		`"groupOverrideDetails":[]`, `"accessTokenGeneration":{"claimsToAddOrOverride":{"a":[{"b":1,"b":1}]}}`, `"idTokenGeneration":{"claimsToAddOrOverride":{"a":"\ud800"}}`,
	} {
		_, err := claims(t, making("V2_0"), `{"`+details+`":{`+member+`}}`)
		wantFault(t, err, unusable)
	}
}

// The events of each version, and which function gets them: none where there is none.
func TestTokenEvents(t *testing.T) {
	groups := []*pool.Group{{Name: "a", RoleARN: "ra"}, {Name: "b"}, {Name: "c", RoleARN: "ra"}}
	for version, want := range map[string]string{
		"": `{"version":"1","request":{"userAttributes":{"sub":"34c84488-e0e1-70ae-d2ee-991ad1a898c8","cognito:user_status":"CONFIRMED"},
			"groupConfiguration":{"groupsToOverride":["a","b","c"],"iamRolesToOverride":["ra"],"preferredRole":"ra"},"clientMetadata":{"k":"v"}},"response":{"claimsOverrideDetails":null}}`,
		"V3_0": `{"version":"3","request":{"userAttributes":{"sub":"34c84488-e0e1-70ae-d2ee-991ad1a898c8","cognito:user_status":"CONFIRMED"},
			"groupConfiguration":{"groupsToOverride":["a","b","c"],"iamRolesToOverride":["ra"],"preferredRole":"ra"},"clientMetadata":{"k":"v"},"scopes":["s"]},"response":{"claimsAndScopeOverrideDetails":null}}`,
	} {
		var got map[string]any
		f := answering(func(event map[string]any) {
			got = map[string]any{"version": event["version"], "request": event["request"], "response": event["response"]}
		})
		r := trigger.TokenRequest{Source: trigger.TokensByDevice, User: ann, Groups: groups, Scopes: []string{"s"}}
		changes, err := newCaller(f).PreTokenGeneration(t.Context(), trigger.Occasion{Pool: making(version), ClientMetadata: map[string]string{"k": "v"}}, r)
		wantFault(t, err, "none")
		if changes != nil {
			t.Errorf("an unchanged event changes %+v", changes)
		}
		var event map[string]any
		if err := json.Unmarshal([]byte(want), &event); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(event, got); diff != "" {
			t.Errorf("event of %q (-want +got):\n%s", version, diff)
		}
	}
	nobody := function(func(context.Context, map[string]any) (trigger.Result, error) {
		t.Error("a function is called that nobody named")
		return trigger.Result{}, nil
	})
	changes, err := newCaller(nobody).PreTokenGeneration(t.Context(), trigger.Occasion{Pool: here}, trigger.TokenRequest{User: ann})
	wantFault(t, err, "none")
	if changes != nil {
		t.Errorf("changes without a function: %+v", changes)
	}
}
