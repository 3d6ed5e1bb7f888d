package clients_test

import (
	"reflect"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/wire"
)

// bareClient is what a client of which only the name was given shows.
const bareClient = `{
	"UserPoolId": "eu-central-1_abcdefghi", "ClientName": "app",
	"CreationDate": 1772366401, "LastModifiedDate": 1772366401,
	"RefreshTokenValidity": 30, "TokenValidityUnits": {},
	"AllowedOAuthFlowsUserPoolClient": false, "EnableTokenRevocation": true,
	"EnablePropagateAdditionalUserContextData": false, "AuthSessionValidity": 3
}`

func TestBareClient(t *testing.T) {
	w := newWorld(t)
	created := w.create(t, "")
	if !regexp.MustCompile(`^[0-9a-z]{26}$`).MatchString(*created.ClientId) {
		t.Errorf("ClientId = %q", *created.ClientId)
	}
	want := parse(t, bareClient).(map[string]any)
	want["ClientId"] = *created.ClientId
	if diff := cmp.Diff(want, members(t, created)); diff != "" {
		t.Errorf("client (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(created, w.describe(t, created.ClientId)); diff != "" {
		t.Errorf("described (-created +described):\n%s", diff)
	}
}

// member is one that a request gives and what a look at the client then shows:
// the same under the same name unless shown or as say otherwise.
type member struct {
	name, given, beside string
	as, shown           string
}

const oauth = `,"AllowedOAuthFlowsUserPoolClient":true,"AllowedOAuthFlows":["code","implicit"],"AllowedOAuthScopes":["openid","email"],"CallbackURLs":["https://a.example/done"]`

var memberCases = []member{
	{name: "ClientName", given: `"app"`},
	{name: "UserPoolId", given: `"` + poolID + `"`},
	{name: "ClientSecret", given: `"0123456789abcdefghijklmn"`},
	{name: "GenerateSecret", given: `true`, as: "none", shown: `null`},
	{name: "RefreshTokenValidity", given: `365`},
	{name: "RefreshTokenValidity", given: `0`, shown: `30`},
	{name: "RefreshTokenValidity", given: `0`, beside: `,"TokenValidityUnits":{"RefreshToken":"minutes"}`, shown: `43200`},
	{name: "AccessTokenValidity", given: `5`},
	{name: "IdTokenValidity", given: `5`},
	{name: "TokenValidityUnits", given: `{"AccessToken":"minutes","IdToken":"seconds","RefreshToken":"days"}`, beside: `,"AccessTokenValidity":5,"IdTokenValidity":300`},
	{name: "TokenValidityUnits", given: `{"AccessToken":"minutes"}`, beside: `,"AccessTokenValidity":5`, shown: `{"AccessToken":"minutes","IdToken":"hours","RefreshToken":"days"}`},
	{name: "TokenValidityUnits", given: `{}`},
	{name: "ReadAttributes", given: `["email","email_verified"]`},
	{name: "ReadAttributes", given: `[]`},
	{name: "WriteAttributes", given: `["email","name"]`},
	{name: "WriteAttributes", given: `[]`},
	{name: "ExplicitAuthFlows", given: `["ALLOW_USER_PASSWORD_AUTH","ALLOW_REFRESH_TOKEN_AUTH"]`},
	{name: "ExplicitAuthFlows", given: `["ADMIN_NO_SRP_AUTH","ADMIN_NO_SRP_AUTH"]`, shown: `["ADMIN_NO_SRP_AUTH"]`},
	{name: "ExplicitAuthFlows", given: `[]`, shown: `null`},
	{name: "SupportedIdentityProviders", given: `["COGNITO"]`},
	{name: "CallbackURLs", given: `["https://a.example/done","myapp://done"]`},
	{name: "LogoutURLs", given: `["http://localhost:3000"]`},
	{name: "DefaultRedirectURI", given: `"https://a.example/done"`, beside: `,"CallbackURLs":["https://a.example/done"]`},
	{name: "AllowedOAuthFlows", given: `["code"]`},
	{name: "AllowedOAuthScopes", given: `["openid","phone"]`},
	{name: "AllowedOAuthFlowsUserPoolClient", given: `true`, beside: `,"AllowedOAuthFlows":["code"],"AllowedOAuthScopes":["openid"],"CallbackURLs":["https://a.example"]`},
	{name: "AnalyticsConfiguration", given: `{"ApplicationId":"a1","RoleArn":"arn:aws:iam::123456789012:role/r","ExternalId":"x","UserDataShared":true}`},
	{name: "AnalyticsConfiguration", given: `{"ApplicationArn":"arn:aws:mobiletargeting:eu-central-1:123456789012:apps/a1"}`,
		shown: `{"ApplicationArn":"arn:aws:mobiletargeting:eu-central-1:123456789012:apps/a1","RoleArn":"arn:aws:iam::123456789012:role/aws-service-role/cognito-idp.amazonaws.com/AWSServiceRoleForAmazonCognitoIdp","UserDataShared":false}`},
	{name: "PreventUserExistenceErrors", given: `"ENABLED"`},
	{name: "PreventUserExistenceErrors", given: `"LEGACY"`},
	{name: "EnableTokenRevocation", given: `false`},
	{name: "EnablePropagateAdditionalUserContextData", given: `true`, beside: `,"GenerateSecret":true`},
	{name: "AuthSessionValidity", given: `15`},
	{name: "RefreshTokenRotation", given: `{"Feature":"ENABLED","RetryGracePeriodSeconds":0}`},
	{name: "RefreshTokenRotation", given: `{"Feature":"DISABLED"}`},
}

// Every member that is given comes back, and what a look at the client shows
// can be sent as an update that changes nothing.
func TestMembersComeBack(t *testing.T) {
	w := newWorld(t)
	for _, c := range memberCases {
		t.Run(c.name, func(t *testing.T) {
			given := c.beside
			if c.name != "ClientName" && c.name != "UserPoolId" {
				given += `,"` + c.name + `":` + c.given
			}
			created := w.create(t, given)
			described := members(t, w.describe(t, created.ClientId))
			if diff := cmp.Diff(members(t, created), described); diff != "" {
				t.Errorf("described (-created +described):\n%s", diff)
			}
			as, shown := c.as, c.shown
			if as == "" {
				as = c.name
			}
			if shown == "" {
				shown = c.given
			}
			if diff := cmp.Diff(parse(t, shown), described[as]); diff != "" {
				t.Errorf("%s (-want +got):\n%s", as, diff)
			}
			checkRepeats(t, w, created.ClientId, described)
		})
	}
}

func checkRepeats(t *testing.T, w *world, id *string, described map[string]any) {
	t.Helper()
	in := &wire.UpdateUserPoolClientRequest{}
	from, to := reflect.ValueOf(w.describe(t, id)).Elem(), reflect.ValueOf(in).Elem()
	for i := range to.NumField() {
		to.Field(i).Set(from.FieldByName(to.Type().Field(i).Name))
	}
	out, err := w.UpdateUserPoolClient(signed(t), in)
	if err != nil {
		t.Fatalf("sending back what was shown: %v", err)
	}
	after := members(t, out.UserPoolClient)
	if after["LastModifiedDate"] == described["LastModifiedDate"] {
		t.Error("LastModifiedDate did not move")
	}
	after["LastModifiedDate"] = described["LastModifiedDate"]
	if diff := cmp.Diff(described, after); diff != "" {
		t.Errorf("client after sending back what was shown (-before +after):\n%s", diff)
	}
}

func TestEveryMemberIsTried(t *testing.T) {
	tried := map[string]bool{}
	for _, c := range memberCases {
		tried[c.name] = true
	}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[wire.CreateUserPoolClientRequest]()) {
		if !tried[f.Name] {
			t.Errorf("no case gives %s", f.Name)
		}
	}
}
