package conformance

import (
	"maps"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// barePool is what a pool is of which only the name was given, but for its id,
// its ARN and its dates.
const barePool = `{
	"Name": "x",
	"Policies": {
		"PasswordPolicy": {"MinimumLength":8,"RequireUppercase":true,"RequireLowercase":true,"RequireNumbers":true,"RequireSymbols":true,"TemporaryPasswordValidityDays":7},
		"SignInPolicy": {"AllowedFirstAuthFactors":["PASSWORD"]}
	},
	"DeletionProtection": "INACTIVE",
	"LambdaConfig": {},
	"SchemaAttributes": [
		{"Name":"sub","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":false,"Required":true,"StringAttributeConstraints":{"MinLength":"1","MaxLength":"2048"}},
		{"Name":"name","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},
		{"Name":"given_name","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},
		{"Name":"family_name","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},
		{"Name":"middle_name","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},
		{"Name":"nickname","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},
		{"Name":"preferred_username","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},
		{"Name":"profile","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},
		{"Name":"picture","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},
		{"Name":"website","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},
		{"Name":"email","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},
		{"Name":"email_verified","AttributeDataType":"Boolean","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false},
		{"Name":"gender","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},
		{"Name":"birthdate","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"10","MaxLength":"10"}},
		{"Name":"zoneinfo","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},
		{"Name":"locale","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},
		{"Name":"phone_number","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},
		{"Name":"phone_number_verified","AttributeDataType":"Boolean","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false},
		{"Name":"address","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}},
		{"Name":"updated_at","AttributeDataType":"Number","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"NumberAttributeConstraints":{"MinValue":"0"}}
	],
	"VerificationMessageTemplate": {"DefaultEmailOption":"CONFIRM_WITH_CODE"},
	"MfaConfiguration": "OFF",
	"EstimatedNumberOfUsers": 0,
	"EmailConfiguration": {"EmailSendingAccount":"COGNITO_DEFAULT"},
	"UserPoolTags": {},
	"AdminCreateUserConfig": {"AllowAdminCreateUserOnly":false,"UnusedAccountValidityDays":7},
	"AccountRecoverySetting": {"RecoveryMechanisms":[{"Priority":1,"Name":"verified_email"},{"Priority":2,"Name":"verified_phone_number"}]},
	"UserPoolTier": "ESSENTIALS"
}`

// bareClient is what an app client is of which only the name was given, but for
// its ids and its dates.
const bareClient = `{
	"ClientName": "app",
	"RefreshTokenValidity": 30,
	"TokenValidityUnits": {},
	"AllowedOAuthFlowsUserPoolClient": false,
	"EnableTokenRevocation": true,
	"EnablePropagateAdditionalUserContextData": false,
	"AuthSessionValidity": 3
}`

// takeIdentity removes the members that differ between any two pools or
// clients and fails the test when one is not of its form.
func takeIdentity(t *testing.T, answer map[string]any, forms map[string]string) map[string]any {
	t.Helper()
	rest := maps.Clone(answer)
	for name, form := range forms {
		text, _ := rest[name].(string)
		if !regexp.MustCompile("^" + form + "$").MatchString(text) {
			t.Errorf("%s = %v, want %s", name, rest[name], form)
		}
		delete(rest, name)
	}
	for _, name := range []string{"CreationDate", "LastModifiedDate"} {
		seconds, _ := rest[name].(float64)
		if when := time.UnixMilli(int64(seconds * 1000)); time.Since(when).Abs() > 10*time.Minute {
			t.Errorf("%s = %v, which is %v", name, rest[name], when)
		}
		delete(rest, name)
	}
	return rest
}

// CreateUserPool and DescribeUserPool of a pool of which only the name is given.
func TestBarePool(t *testing.T) {
	covers(t, "CreateUserPool")
	covers(t, "DescribeUserPool")
	onEachEngine(t, func(t *testing.T, e *env) {
		created, _ := e.wantCall(t, "CreateUserPool", `{"PoolName":"x"}`, "")["UserPool"].(map[string]any)
		id, _ := created["Id"].(string)
		rest := takeIdentity(t, created, map[string]string{
			"Id": "us-east-1_[0-9A-Za-z]{9}", "Arn": "arn:aws:cognito-idp:us-east-1:[0-9]{12}:userpool/" + id,
		})
		if diff := cmp.Diff(parse(t, barePool), any(rest)); diff != "" {
			t.Errorf("the bare pool (-want +got):\n%s", diff)
		}
		if created["CreationDate"] != created["LastModifiedDate"] {
			t.Errorf("made %v, changed %v", created["CreationDate"], created["LastModifiedDate"])
		}
		described := e.wantCall(t, "DescribeUserPool", `{"UserPoolId":"`+id+`"}`, "")["UserPool"]
		if diff := cmp.Diff(any(created), described); diff != "" {
			t.Errorf("described (-created +described):\n%s", diff)
		}
	})
}

// CreateUserPoolClient, DescribeUserPoolClient and UpdateUserPoolClient of a
// client of which only the name is given.
func TestBareClient(t *testing.T) {
	covers(t, "CreateUserPoolClient")
	covers(t, "DescribeUserPoolClient")
	covers(t, "UpdateUserPoolClient")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		created, _ := e.wantCall(t, "CreateUserPoolClient", `{"UserPoolId":"`+f.pool+`","ClientName":"app"}`, "")["UserPoolClient"].(map[string]any)
		rest := takeIdentity(t, created, map[string]string{"UserPoolId": f.pool, "ClientId": "[0-9a-z]{26}"})
		if diff := cmp.Diff(parse(t, bareClient), any(rest)); diff != "" {
			t.Errorf("the bare client (-want +got):\n%s", diff)
		}
		ids := `{"UserPoolId":"` + f.pool + `","ClientId":"` + created["ClientId"].(string) + `"}`
		if diff := cmp.Diff(any(created), e.wantCall(t, "DescribeUserPoolClient", ids, "")["UserPoolClient"]); diff != "" {
			t.Errorf("described (-created +described):\n%s", diff)
		}
		updated, _ := e.wantCall(t, "UpdateUserPoolClient", ids, "")["UserPoolClient"].(map[string]any)
		if diff := cmp.Diff(any(rest), any(takeIdentity(t, updated, map[string]string{"UserPoolId": f.pool, "ClientId": "[0-9a-z]{26}"}))); diff != "" {
			t.Errorf("updated with nothing (-created +updated):\n%s", diff)
		}
	})
}

// pick returns the members of an answer that a request gave.
func pick(answer, given map[string]any) map[string]any {
	out := map[string]any{}
	for name := range given {
		out[name] = answer[name]
	}
	return out
}
