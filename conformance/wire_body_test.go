package conformance

import (
	"strings"
	"testing"
)

// How request bodies are read: what is no JSON, of another type, null, unknown.
func TestRequestBodies(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		const (
			garbled   = "SerializationException: "
			violation = invalid + "1 validation error detected: "
			number    = garbled + "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String"
		)
		gone := "ResourceNotFoundException: User pool client x does not exist."
		for _, c := range []struct{ name, operation, body, want string }{
			{"no JSON", "InitiateAuth", `nonsense`, garbled},
			{"half of it", "InitiateAuth", `{"ClientId":"x"`, garbled},
			{"a list", "InitiateAuth", `[]`, garbled},
			{"two objects", "InitiateAuth", `{}{}`, garbled},
			{"no UTF-8", "InitiateAuth", "{\"ClientId\":\"\xff\"}", garbled},
			{"number for a string", "InitiateAuth", `{"AuthFlow":"USER_PASSWORD_AUTH","ClientId":1}`, number},
			{"boolean for a string", "InitiateAuth", `{"AuthFlow":"USER_PASSWORD_AUTH","ClientId":true}`, garbled + "Unexpected field type"},
			{"string for a list", "SignUp", `{"ClientId":"x","Username":"x","UserAttributes":"nope"}`, garbled + "Unexpected field type"},
			{"strings for structures", "SignUp", `{"ClientId":"x","Username":"x","UserAttributes":["x"]}`, garbled + "Unexpected value type in payload"},
			{"boolean for an attribute's value", "SignUp", `{"ClientId":"x","Username":"x","UserAttributes":[{"Name":"email","Value":true}]}`, garbled + "Unexpected field type"},
			{"string for a number", "ListUserPools", `{"MaxResults":"1"}`, garbled + "Unexpected field type"},
			{"number beyond its bits", "ListUserPools", `{"MaxResults":4294967296}`, garbled + "Number out of range"},
			{"a half", "ListUserPools", `{"MaxResults":1.5}`, garbled + "Unexpected field type"},
			{"1.0", "ListUserPools", `{"MaxResults":1.0}`, ""},
			{"unknown member", "ListUserPools", `{"MaxResults":1,"Colour":{"red":[1,null]}}`, ""},
			{"the last of two", "ListUserPools", `{"MaxResults":99,"MaxResults":1}`, ""},
			{"null is absent", "ListUserPools", `{"MaxResults":1,"NextToken":null}`, ""},
			{"null for what is required", "ListUserPools", `{"MaxResults":null}`, violation + "Value null at 'maxResults' failed to satisfy constraint: Member must not be null"},
			{"no body", "ListUserPools", ``, violation + "Value null at 'maxResults' failed to satisfy constraint: Member must not be null"},
			{"string for a boolean", "UpdateUserPoolClient", `{"UserPoolId":"` + f.pool + `","ClientId":"` + f.client + `","EnableTokenRevocation":"yes"}`, ""},
			{"number for a boolean", "UpdateUserPoolClient", `{"UserPoolId":"` + f.pool + `","ClientId":"` + f.client + `","EnableTokenRevocation":1}`, garbled + "Unexpected field type"},
			{"nothing but blanks", "ListUserPools", " \n", violation + "Value null at 'maxResults' failed to satisfy constraint: Member must not be null"},
			{"in order", "InitiateAuth", `{"AuthFlow":"USER_PASSWORD_AUTH","ClientId":"x"}`, gone},
		} {
			if _, got := e.call(t, c.operation, c.body); strings.TrimSuffix(got, ": ") != strings.TrimSuffix(c.want, ": ") {
				t.Errorf("%s\n got %q\nwant %q", c.name, got, c.want)
			}
		}
	})
}

// Violations of the model come all at once, in the order of the service, and do
// not show what is secret.
func TestConstraintViolations(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		for _, c := range []struct{ operation, body, want string }{
			{"SignUp", `{}`, "2 validation errors detected: Value null at 'clientId' failed to satisfy constraint: Member must not be null; Value at 'username' failed to satisfy constraint: Member must not be null"},
			{"SignUp", `{"ClientId":"bad client id!","Username":"","Password":"x"}`, "4 validation errors detected: Value 'bad client id!' at 'clientId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+]+; Value at 'password' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[\\S]+.*[\\S]+$; Value at 'username' failed to satisfy constraint: Member must have length greater than or equal to 1; Value at 'username' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+"},
			{"InitiateAuth", `{"AuthFlow":"","ClientId":"x"}`, "1 validation error detected: Value '' at 'authFlow' failed to satisfy constraint: Member must satisfy enum value set: [USER_SRP_AUTH, REFRESH_TOKEN_AUTH, REFRESH_TOKEN, CUSTOM_AUTH, ADMIN_NO_SRP_AUTH, USER_PASSWORD_AUTH, ADMIN_USER_PASSWORD_AUTH, USER_AUTH]"},
			{"CreateUserPoolClient", `{"UserPoolId":"us-east-1_000000000","ClientName":"x","AllowedOAuthFlows":["code","token"]}`, "1 validation error detected: Value '[code, token]' at 'allowedOAuthFlows' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [implicit, client_credentials, code]]"},
			{"CreateUserPool", `{"PoolName":"x","AutoVerifiedAttributes":["name"]}`, "1 validation error detected: Value '[name]' at 'autoVerifiedAttributes' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [phone_number, email]]"},
			{"RespondToAuthChallenge", `{"ClientId":"x","ChallengeName":"NEW_PASSWORD_REQUIRED","Session":"short"}`, "1 validation error detected: Value at 'session' failed to satisfy constraint: Member must have length greater than or equal to 20"},
		} {
			e.wantCall(t, c.operation, c.body, invalid+c.want)
		}
	})
}
