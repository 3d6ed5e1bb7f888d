package conformance

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"
)

// makingClaims has the pool's function called for each token, with events of a version.
func makingClaims(version types.PreTokenGenerationLambdaVersionType) func(in *cip.CreateUserPoolInput, arn *string) {
	return func(in *cip.CreateUserPoolInput, arn *string) {
		in.LambdaConfig = &types.LambdaConfigType{PreTokenGeneration: arn}
		if version != "V1_0" {
			in.LambdaConfig = &types.LambdaConfigType{PreTokenGenerationConfig: &types.PreTokenGenerationVersionConfigType{LambdaArn: arn, LambdaVersion: version}}
		}
		in.Schema = []types.SchemaAttributeType{{Name: aws.String("note"), AttributeDataType: "String", DeveloperOnlyAttribute: aws.Bool(true), Mutable: aws.Bool(true)}}
	}
}

// inGroups makes groups with roles and puts a user into them.
func (f *fixture) inGroups(t *testing.T, name string) {
	t.Helper()
	for i, group := range []string{"admins", "staff"} {
		did(f.CreateGroup(t.Context(), &cip.CreateGroupInput{
			UserPoolId: &f.pool, GroupName: &group, Precedence: aws.Int32(int32(i)), RoleArn: aws.String("arn:aws:iam::000000000000:role/" + group),
		}))(t)
		did(f.AdminAddUserToGroup(t.Context(), &cip.AdminAddUserToGroupInput{UserPoolId: &f.pool, GroupName: &group, Username: &name}))(t)
	}
}

// bothClaims returns the claims of the ID token and of the access token.
func bothClaims(t *testing.T, tokens *types.AuthenticationResultType) (id, access map[string]any) {
	t.Helper()
	return parseJWT(t, *tokens.IdToken).claims, parseJWT(t, *tokens.AccessToken).claims
}

// wantClaims compares the named claims; nil is a claim that is not there.
func wantClaims(t *testing.T, what string, claims, want map[string]any) {
	t.Helper()
	for name, value := range want {
		if diff := cmp.Diff(value, claims[name]); diff != "" {
			t.Errorf("%s, claim %s (-want +got):\n%s", what, name, diff)
		}
	}
}

// The function is sent the service's events, member by member, each time that tokens
// are made: for a sign-in, after a new password, and for a refresh in every way. The
// ClientMetadata of the first call of a sign-in and of REFRESH_TOKEN_AUTH stays away.
func TestEventsOfTokens(t *testing.T) {
	for _, version := range []types.PreTokenGenerationLambdaVersionType{"V1_0", "V2_0", "V3_0"} {
		t.Run(string(version), func(t *testing.T) {
			withScript(t, makingClaims(version), func(t *testing.T, f *fixture, s *script) {
				f.user(t, "ann", "name=Ann")
				f.inGroups(t, "ann")
				tokens := did(f.signInTelling(t, false, "ann", password, wish("a", "1")))(t)
				did(f.signInTelling(t, true, "ann", password, wish("a", "1")))(t)
				did(f.InitiateAuth(t.Context(), &cip.InitiateAuthInput{ClientId: &f.client, AuthFlow: "REFRESH_TOKEN_AUTH", AuthParameters: map[string]string{"REFRESH_TOKEN": *tokens.RefreshToken}, ClientMetadata: wish("a", "1")}))(t)
				did(f.AdminInitiateAuth(t.Context(), &cip.AdminInitiateAuthInput{UserPoolId: &f.pool, ClientId: &f.client, AuthFlow: "REFRESH_TOKEN_AUTH", AuthParameters: map[string]string{"REFRESH_TOKEN": *tokens.RefreshToken}, ClientMetadata: wish("a", "1")}))(t)
				did(f.GetTokensFromRefreshToken(t.Context(), &cip.GetTokensFromRefreshTokenInput{ClientId: &f.client, RefreshToken: tokens.RefreshToken, ClientMetadata: wish("r", "3")}))(t)
				noError(t, f.answerWith(t, false, f.invited(t, "bob").Session, "bob", wish("b", "2")))
				noError(t, f.answerWith(t, true, f.invited(t, "cyd").Session, "cyd", wish("c", "4")))

				number, member := "1", "claimsOverrideDetails"
				if version != "V1_0" {
					number, member = string(version[1]), "claimsAndScopeOverrideDetails"
				}
				request := func(name string, groups map[string]any, attributes map[string]any, metadata map[string]any) map[string]any {
					attributes["sub"], attributes["cognito:user_status"] = f.attributes(t, name)["sub"], "CONFIRMED"
					r := map[string]any{"userAttributes": attributes, "groupConfiguration": groups}
					if metadata != nil {
						r["clientMetadata"] = metadata
					}
					if version != "V1_0" {
						r["scopes"] = []any{"aws.cognito.signin.user.admin"}
					}
					return r
				}
				none := map[string]any{"groupsToOverride": []any{}, "iamRolesToOverride": []any{}, "preferredRole": nil}
				both := map[string]any{
					"groupsToOverride":   []any{"admins", "staff"},
					"iamRolesToOverride": []any{"arn:aws:iam::000000000000:role/admins", "arn:aws:iam::000000000000:role/staff"},
					"preferredRole":      "arn:aws:iam::000000000000:role/admins",
				}
				event := func(source, name string, request map[string]any) scriptedEvent {
					return scriptedEvent{number, f.pool, name, "TokenGeneration_" + source, request, map[string]any{member: nil}}
				}
				ann := func(metadata map[string]any) map[string]any {
					return request("ann", both, map[string]any{"name": "Ann"}, metadata)
				}
				want := []scriptedEvent{
					event("Authentication", "ann", ann(nil)),
					event("Authentication", "ann", ann(nil)),
					event("RefreshTokens", "ann", ann(nil)),
					event("RefreshTokens", "ann", ann(nil)),
					event("RefreshTokens", "ann", ann(map[string]any{"r": "3"})),
					event("NewPasswordChallenge", "bob", request("bob", none, map[string]any{}, map[string]any{"b": "2"})),
					event("NewPasswordChallenge", "cyd", request("cyd", none, map[string]any{}, map[string]any{"c": "4"})),
				}
				if diff := cmp.Diff(want, s.heard()); diff != "" {
					t.Errorf("events (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// Version 1: texts for the ID token, and groups for both tokens.
func TestClaimsOfVersionOne(t *testing.T) {
	withScript(t, makingClaims("V1_0"), func(t *testing.T, f *fixture, s *script) {
		f.user(t, "ann", "name=Ann", "nickname=Annie", "dev:custom:note=x")
		f.client = f.newClient(t, func(in *cip.CreateUserPoolClientInput) {
			in.ReadAttributes = []string{"name", "nickname", "dev:custom:note"}
		})
		f.inGroups(t, "ann")
		sub := f.attributes(t, "ann")["sub"]
		groups := []any{"admins", "staff"}
		// What it leaves alone stays, also when it says nothing.
		for _, answer := range []string{"", `{}`, `{"claimsOverrideDetails":null}`, `{"claimsOverrideDetails":{}}`, `{"claimsAndScopeOverrideDetails":{"idTokenGeneration":{"claimsToAddOrOverride":{"name":"No"}}}}`} {
			s.answers(answer)
			id, access := bothClaims(t, f.signIn(t, "ann"))
			wantClaims(t, answer, id, map[string]any{"name": "Ann", "cognito:groups": groups, "cognito:preferred_role": "arn:aws:iam::000000000000:role/admins"})
			wantClaims(t, answer, access, map[string]any{"cognito:groups": groups, "name": nil, "cognito:roles": nil})
		}
		s.answers(`{"claimsOverrideDetails":{
			"claimsToAddOrOverride":{"name":"Dr Ann","team":"red","both":"x","gone":null,"sub":"x","aud":"x","iss":"x","exp":"1","scope":"x","cognito:username":"eve","cognito:groups":"g","cognito:new":"x","token_use":"access","dev:custom:note":"y","auth_time":"1"},
			"claimsToSuppress":["nickname","both","sub","event_id","cognito:username","dev:custom:note","nothing"]}}`)
		id, access := bothClaims(t, f.signIn(t, "ann"))
		wantClaims(t, "ID token", id, map[string]any{
			"name": "Dr Ann", "team": "red", "both": nil, "gone": nil, "nickname": nil, "sub": sub, "aud": f.client, "scope": nil, "cognito:username": "ann",
			"cognito:groups": groups, "cognito:new": nil, "token_use": "id", "dev:custom:note": nil, "iss": f.url + "/" + f.pool,
		})
		if id["event_id"] == nil || id["exp"] == "1" || id["auth_time"] == "1" {
			t.Errorf("untouchable claims are changed: %v", id)
		}
		wantClaims(t, "access token", access, map[string]any{"team": nil, "name": nil, "both": nil, "sub": sub, "username": "ann", "cognito:groups": groups})
		// Groups take the place of the user's in both tokens, roles in the ID token.
		s.answers(`{"claimsOverrideDetails":{"groupOverrideDetails":{"groupsToOverride":["x"],"iamRolesToOverride":["r1","r2"],"preferredRole":"r2"}}}`)
		id, access = bothClaims(t, f.signIn(t, "ann"))
		wantClaims(t, "ID token", id, map[string]any{"cognito:groups": []any{"x"}, "cognito:roles": []any{"r1", "r2"}, "cognito:preferred_role": "r2"})
		wantClaims(t, "access token", access, map[string]any{"cognito:groups": []any{"x"}, "cognito:roles": nil, "cognito:preferred_role": nil})
		for _, answer := range []string{
			`{"claimsOverrideDetails":{"groupOverrideDetails":{}}}`, `{"claimsOverrideDetails":{"groupOverrideDetails":null}}`,
			`{"claimsOverrideDetails":{"groupOverrideDetails":{"groupsToOverride":[]}}}`, `{"claimsOverrideDetails":{"claimsToSuppress":["cognito:groups"]}}`,
		} {
			s.answers(answer)
			id, access = bothClaims(t, f.signIn(t, "ann"))
			wantClaims(t, answer, id, map[string]any{"cognito:groups": nil, "cognito:roles": nil, "cognito:preferred_role": nil})
			wantClaims(t, answer, access, map[string]any{"cognito:groups": nil})
		}
	})
}

// Versions 2 and 3: any kind of value, in both tokens, and scopes.
func TestClaimsOfLaterVersions(t *testing.T) {
	for _, version := range []types.PreTokenGenerationLambdaVersionType{"V2_0", "V3_0"} {
		t.Run(string(version), func(t *testing.T) {
			withScript(t, makingClaims(version), func(t *testing.T, f *fixture, s *script) {
				f.user(t, "ann", "name=Ann", "nickname=Annie", "email=ann@example.com", "address=Main St 1")
				f.inGroups(t, "ann")
				sub := f.attributes(t, "ann")["sub"]
				values := `"t":"text","n":12.5,"b":true,"l":["a",1,false],"o":{"a":{"b":[1]}},"z":null,"sub":"x","jti":"x","username":"eve","client_id":"x","cognito:groups":["x"]`
				s.answers(`{"claimsAndScopeOverrideDetails":{
					"idTokenGeneration":{"claimsToAddOrOverride":{` + values + `,"name":"Dr Ann","aud":"` + f.client + `x","email_verified":{"a":1},"address":["x"]},"claimsToSuppress":["nickname","iss"]},
					"accessTokenGeneration":{"claimsToAddOrOverride":{` + values + `,"aud":"` + f.client + `","twice":1},"claimsToSuppress":["twice","exp"],"scopesToAdd":["shop/read","shop/write","both","shop/read"],"scopesToSuppress":["both"]}}}`)
				added := map[string]any{"t": "text", "n": 12.5, "b": true, "l": []any{"a", 1.0, false}, "o": map[string]any{"a": map[string]any{"b": []any{1.0}}}}
				tokens := f.signIn(t, "ann")
				_, id := f.verified(t, *tokens.IdToken)
				_, access := f.verified(t, *tokens.AccessToken)
				wantClaims(t, "ID token", id, added)
				wantClaims(t, "access token", access, added)
				wantClaims(t, "ID token", id, map[string]any{
					"name": "Dr Ann", "nickname": nil, "sub": sub, "aud": f.client, "email_verified": false, "address": map[string]any{"formatted": "Main St 1"},
					"username": nil, "client_id": nil, "iss": f.url + "/" + f.pool, "cognito:groups": []any{"admins", "staff"}, "scope": nil,
				})
				wantClaims(t, "access token", access, map[string]any{
					"sub": sub, "aud": f.client, "username": "ann", "client_id": f.client, "twice": nil, "name": nil, "cognito:groups": []any{"admins", "staff"},
					"scope": "aws.cognito.signin.user.admin shop/read shop/write",
				})
				for what, claims := range map[string]map[string]any{"ID token": id, "access token": access} {
					if _, there := claims["z"]; there || claims["jti"] == "x" || claims["exp"] == nil {
						t.Errorf("%s: %v", what, claims)
					}
				}
				f.own(t, tokens.AccessToken)
				// Another audience than the client is none; a token without the scope is
				// good for nothing here.
				s.answers(`{"claimsAndScopeOverrideDetails":{"accessTokenGeneration":{"claimsToAddOrOverride":{"aud":"other"},"scopesToSuppress":["aws.cognito.signin.user.admin"]},"groupOverrideDetails":{"groupsToOverride":["x"]}}}`)
				again := f.refresh(t, *tokens.RefreshToken)
				id, access = bothClaims(t, again)
				wantClaims(t, "access token", access, map[string]any{"aud": nil, "cognito:groups": []any{"x"}, "t": nil})
				wantClaims(t, "ID token", id, map[string]any{"cognito:groups": []any{"x"}, "cognito:roles": nil, "name": "Ann"})
				_, err := f.GetUser(t.Context(), &cip.GetUserInput{AccessToken: again.AccessToken})
				wantFault(t, err, "NotAuthorizedException", "Access Token does not have required scopes")
				// One token's groups only.
				s.answers(`{"claimsAndScopeOverrideDetails":{"idTokenGeneration":{"claimsToSuppress":["cognito:groups"]}}}`)
				id, access = bothClaims(t, f.refresh(t, *tokens.RefreshToken))
				wantClaims(t, "ID token", id, map[string]any{"cognito:groups": nil, "cognito:roles": nil, "cognito:preferred_role": nil})
				wantClaims(t, "access token", access, map[string]any{"cognito:groups": []any{"admins", "staff"}, "scope": "aws.cognito.signin.user.admin"})
				f.own(t, f.refresh(t, *tokens.RefreshToken).AccessToken)
			})
		})
	}
}
