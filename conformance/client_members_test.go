package conformance

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/google/go-cmp/cmp"
)

// Every member of CreateUserPoolClient and UpdateUserPoolClient comes back.
func TestClientMembersComeBack(t *testing.T) {
	covers(t, "CreateUserPoolClient")
	covers(t, "UpdateUserPoolClient")
	cases := []struct{ name, members, want string }{
		{"validities", `"AccessTokenValidity":2,"IdTokenValidity":3,"RefreshTokenValidity":4`, ""},
		{"units", `"AccessTokenValidity":600,"IdTokenValidity":20,"RefreshTokenValidity":90,"TokenValidityUnits":{"AccessToken":"seconds","IdToken":"minutes","RefreshToken":"minutes"}`, ""},
		{"some units", `"AccessTokenValidity":30,"TokenValidityUnits":{"AccessToken":"minutes"}`, `"AccessTokenValidity":30,"TokenValidityUnits":{"AccessToken":"minutes","IdToken":"hours","RefreshToken":"days"}`},
		{"default refresh", `"RefreshTokenValidity":0`, `"RefreshTokenValidity":30`},
		{"attributes", `"ReadAttributes":["email","name"],"WriteAttributes":["name"]`, ""},
		{"flows", `"ExplicitAuthFlows":["ALLOW_USER_PASSWORD_AUTH","ALLOW_USER_SRP_AUTH","ALLOW_REFRESH_TOKEN_AUTH"]`, ""},
		{"flows without refresh", `"ExplicitAuthFlows":["ALLOW_USER_PASSWORD_AUTH"]`, ""},
		{"older flows", `"ExplicitAuthFlows":["ADMIN_NO_SRP_AUTH","USER_PASSWORD_AUTH"]`, ""},
		{"provider", `"SupportedIdentityProviders":["COGNITO"]`, ""},
		{"oauth", `"AllowedOAuthFlowsUserPoolClient":true,"AllowedOAuthFlows":["code","implicit"],"AllowedOAuthScopes":["openid","email"],"CallbackURLs":["https://a.example/in","myapp://in"],"LogoutURLs":["https://a.example/out"],"DefaultRedirectURI":"https://a.example/in"`, ""},
		{"oauth that is off", `"AllowedOAuthFlowsUserPoolClient":false,"AllowedOAuthFlows":["code"],"AllowedOAuthScopes":["openid"]`, ""},
		{"local callbacks", `"CallbackURLs":["http://localhost:3000/","http://127.0.0.1","http://[::1]:80/x"]`, ""},
		{"existence errors", `"PreventUserExistenceErrors":"ENABLED"`, ""},
		{"revocation", `"EnableTokenRevocation":false`, ""},
		{"session", `"AuthSessionValidity":15`, ""},
		{"rotation", `"RefreshTokenRotation":{"Feature":"ENABLED","RetryGracePeriodSeconds":60}`, ""},
		{"analytics", `"AnalyticsConfiguration":{"ApplicationId":"a","RoleArn":"arn:aws:iam::000000000000:role/pinpoint","ExternalId":"x","UserDataShared":true}`, ""},
		{"analytics by ARN", `"AnalyticsConfiguration":{"ApplicationArn":"arn:aws:mobiletargeting:us-east-1:000000000000:apps/a"}`, `"AnalyticsConfiguration":{"ApplicationArn":"arn:aws:mobiletargeting:us-east-1:000000000000:apps/a","RoleArn":"arn:aws:iam::000000000000:role/aws-service-role/cognito-idp.amazonaws.com/AWSServiceRoleForAmazonCognitoIdp","UserDataShared":false}`},
	}
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		ids := `"UserPoolId":"` + f.pool + `","ClientId":"` + f.client + `"`
		for _, c := range cases {
			text := c.members
			if c.want != "" {
				text = c.want
			}
			want := sorted(parse(t, "{"+text+"}")).(map[string]any)
			check := func(verb string, answer any) {
				t.Helper()
				client, _ := sorted(answer).(map[string]any)
				if diff := cmp.Diff(want, pick(client, want)); diff != "" {
					t.Errorf("%s: %s (-want +got):\n%s", c.name, verb, diff)
				}
			}
			check("created", e.wantCall(t, "CreateUserPoolClient", `{"UserPoolId":"`+f.pool+`","ClientName":"x",`+c.members+`}`, "")["UserPoolClient"])
			check("updated", e.wantCall(t, "UpdateUserPoolClient", `{`+ids+`,`+c.members+`}`, "")["UserPoolClient"])
			check("described", e.wantCall(t, "DescribeUserPoolClient", `{`+ids+`}`, "")["UserPoolClient"])
		}
	})
}

// sorted is a value with its lists of texts in order: the service's are sets.
func sorted(v any) any {
	members, _ := v.(map[string]any)
	for name, value := range members {
		list, ok := value.([]any)
		if !ok {
			continue
		}
		list = slices.Clone(list)
		slices.SortFunc(list, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
		members[name] = list
	}
	return v
}

// UpdateUserPoolClient resets what it leaves out, but for the name, the life of
// challenges and the secret.
func TestUpdateUserPoolClientResets(t *testing.T) {
	covers(t, "UpdateUserPoolClient")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		created, _ := e.wantCall(t, "CreateUserPoolClient", `{"UserPoolId":"`+f.pool+`","ClientName":"app","GenerateSecret":true,"AccessTokenValidity":2,
			"ReadAttributes":["email"],"WriteAttributes":["email"],"ExplicitAuthFlows":["ALLOW_USER_PASSWORD_AUTH"],"CallbackURLs":["https://a.example"],
			"PreventUserExistenceErrors":"ENABLED","EnableTokenRevocation":false,"EnablePropagateAdditionalUserContextData":true,"AuthSessionValidity":9}`, "")["UserPoolClient"].(map[string]any)
		ids := `"UserPoolId":"` + f.pool + `","ClientId":"` + created["ClientId"].(string) + `"`
		updated, _ := e.wantCall(t, "UpdateUserPoolClient", `{`+ids+`}`, "")["UserPoolClient"].(map[string]any)
		want, _ := parse(t, bareClient).(map[string]any)
		want["AuthSessionValidity"], want["ClientSecret"] = 9.0, created["ClientSecret"]
		rest := takeIdentity(t, updated, map[string]string{"UserPoolId": f.pool, "ClientId": "[0-9a-z]{26}"})
		if diff := cmp.Diff(want, rest); diff != "" {
			t.Errorf("after an empty update (-want +got):\n%s", diff)
		}
		renamed, _ := e.wantCall(t, "UpdateUserPoolClient", `{`+ids+`,"ClientName":"other"}`, "")["UserPoolClient"].(map[string]any)
		if renamed["ClientName"] != "other" {
			t.Errorf("renamed to %v", renamed["ClientName"])
		}
	})
}

// CreateUserPoolClient makes a secret, or takes the caller's.
func TestClientSecrets(t *testing.T) {
	covers(t, "CreateUserPoolClient", "InvalidParameterException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		create := func(members string) any {
			t.Helper()
			c, _ := e.wantCall(t, "CreateUserPoolClient", `{"UserPoolId":"`+f.pool+`","ClientName":"x"`+members+`}`, "")["UserPoolClient"].(map[string]any)
			if _, ok := c["GenerateSecret"]; ok {
				t.Error("GenerateSecret is part of the answer")
			}
			return c["ClientSecret"]
		}
		if secret, _ := create(`,"GenerateSecret":true`).(string); !regexp.MustCompile(`^[0-9a-z]{51,52}$`).MatchString(secret) {
			t.Errorf("a generated secret of %d characters, or with others than 0-9a-z", len(secret))
		}
		if secret := create(`,"GenerateSecret":false`); secret != nil {
			t.Error("a client that wants no secret has one")
		}
		const own = "an_own_secret_of_24_and_more"
		if secret := create(`,"ClientSecret":"` + own + `"`); secret != own {
			t.Error("the caller's secret is not shown")
		}
		_, refusal := e.call(t, "CreateUserPoolClient", `{"UserPoolId":"`+f.pool+`","ClientName":"x","GenerateSecret":true,"ClientSecret":"`+own+`"}`)
		if !strings.HasPrefix(refusal, invalid) {
			t.Errorf("two secrets: %q", refusal)
		}
	})
}

// ListUserPoolClients and DeleteUserPoolClient.
func TestListAndDeleteUserPoolClients(t *testing.T) {
	covers(t, "ListUserPoolClients", "InvalidParameterException", "ResourceNotFoundException")
	covers(t, "DeleteUserPoolClient", "ResourceNotFoundException", "InvalidParameterException")
	covers(t, "DescribeUserPoolClient", "ResourceNotFoundException", "InvalidParameterException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f, other := newFixture(t, e, nil), newFixture(t, e, nil)
		f.user(t, "ann")
		tokens := f.signIn(t, "ann")
		want := []string{f.client}
		for range 4 {
			want = append(want, f.newClient(t, nil))
		}
		slices.Sort(want)
		var got []string
		in := &cip.ListUserPoolClientsInput{UserPoolId: &f.pool, MaxResults: aws.Int32(2)}
		for {
			out := did(e.ListUserPoolClients(t.Context(), in))(t)
			for _, c := range out.UserPoolClients {
				got = append(got, *c.ClientId)
			}
			if in.NextToken = out.NextToken; in.NextToken == nil {
				break
			}
			_, err := e.ListUserPoolClients(t.Context(), &cip.ListUserPoolClientsInput{UserPoolId: &other.pool, NextToken: in.NextToken})
			wantFault(t, err, "InvalidParameterException", "Invalid pagination token given.")
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("clients (-want +got):\n%s", diff)
		}
		list, _ := e.wantCall(t, "ListUserPoolClients", `{"UserPoolId":"`+other.pool+`"}`, "")["UserPoolClients"].([]any)
		if diff := cmp.Diff(parse(t, `[{"ClientId":"`+other.client+`","UserPoolId":"`+other.pool+`","ClientName":"app"}]`), any(list)); diff != "" {
			t.Errorf("an item of the list (-want +got):\n%s", diff)
		}
		e.wantCall(t, "ListUserPoolClients", `{"UserPoolId":"us-east-1_000000000"}`, "ResourceNotFoundException: User pool us-east-1_000000000 does not exist.")
		gone := "ResourceNotFoundException: User pool client " + f.client + " does not exist."
		own, foreign := `{"UserPoolId":"`+f.pool+`","ClientId":"`+f.client+`"}`, `{"UserPoolId":"`+other.pool+`","ClientId":"`+f.client+`"}`
		e.wantCall(t, "DeleteUserPoolClient", foreign, gone)
		e.wantCall(t, "DescribeUserPoolClient", foreign, gone)
		if answer := e.wantCall(t, "DeleteUserPoolClient", own, ""); answer != nil {
			t.Errorf("DeleteUserPoolClient answers %v, want no body", answer)
		}
		e.wantCall(t, "DeleteUserPoolClient", own, gone)
		e.wantCall(t, "DescribeUserPoolClient", own, gone)
		const violation = invalid + `1 validation error detected: Value 'not a client' at 'clientId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+]+`
		e.wantCall(t, "DeleteUserPoolClient", `{"UserPoolId":"`+f.pool+`","ClientId":"not a client"}`, violation)
		e.wantCall(t, "DescribeUserPoolClient", `{"UserPoolId":"`+f.pool+`","ClientId":"not a client"}`, violation)
		_, err := f.trySignIn(t, "ann", password)
		wantFault(t, err, "ResourceNotFoundException", "User pool client "+f.client+" does not exist.")
		if _, err := e.GetUser(t.Context(), &cip.GetUserInput{AccessToken: tokens.AccessToken}); err == nil {
			t.Error("a token of a deleted client is good")
		}
	})
}
