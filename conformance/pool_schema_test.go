package conformance

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// custom returns the attributes of a described pool behind the standard ones.
func (f *fixture) custom(t *testing.T) []any {
	t.Helper()
	pool, _ := f.wantCall(t, "DescribeUserPool", `{"UserPoolId":"`+f.pool+`"}`, "")["UserPool"].(map[string]any)
	schema, _ := pool["SchemaAttributes"].([]any)
	if len(schema) < 20 {
		t.Fatalf("a schema of %d attributes", len(schema))
	}
	return schema[20:]
}

// AddCustomAttributes appends to the schema, in order, and never changes it.
func TestAddCustomAttributes(t *testing.T) {
	covers(t, "AddCustomAttributes", "InvalidParameterException", "ResourceNotFoundException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		add := func(list, want string) {
			t.Helper()
			answer := e.wantCall(t, "AddCustomAttributes", `{"UserPoolId":"`+f.pool+`","CustomAttributes":`+list+`}`, want)
			if want == "" && (answer == nil || len(answer) != 0) {
				t.Errorf("AddCustomAttributes answers %v, want {}", answer)
			}
		}
		add(`[{"Name":"tier","AttributeDataType":"String"},{"Name":"rank","AttributeDataType":"Number","Mutable":true,"NumberAttributeConstraints":{"MaxValue":"9"}}]`, "")
		add(`[{"Name":"since","AttributeDataType":"DateTime"},{"Name":"vip","AttributeDataType":"Boolean"},{"Name":"note","AttributeDataType":"String","DeveloperOnlyAttribute":true,"StringAttributeConstraints":{"MaxLength":"2048"}}]`, "")
		want := parse(t, `[
			{"Name":"custom:tier","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":false,"Required":false,"StringAttributeConstraints":{}},
			{"Name":"custom:rank","AttributeDataType":"Number","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"NumberAttributeConstraints":{"MaxValue":"9"}},
			{"Name":"custom:since","AttributeDataType":"DateTime","DeveloperOnlyAttribute":false,"Mutable":false,"Required":false},
			{"Name":"custom:vip","AttributeDataType":"Boolean","DeveloperOnlyAttribute":false,"Mutable":false,"Required":false},
			{"Name":"dev:custom:note","AttributeDataType":"String","DeveloperOnlyAttribute":true,"Mutable":false,"Required":false,"StringAttributeConstraints":{"MaxLength":"2048"}}
		]`)
		if diff := cmp.Diff(want, any(f.custom(t))); diff != "" {
			t.Errorf("custom attributes (-want +got):\n%s", diff)
		}
		add(`[{"Name":"new","AttributeDataType":"String"},{"Name":"tier","AttributeDataType":"String"}]`, invalid+"custom:tier: Existing attribute already has name custom:tier.")
		add(`[{"Name":"a","AttributeDataType":"String"},{"Name":"a","AttributeDataType":"String"}]`, invalid+"Duplicate custom attribute names custom:a are not allowed in a user pool schema.")
		add(`[{"Name":"a"}]`, invalid+"Invalid AttributeDataType input, consider using the provided AttributeDataType enum.")
		add(`[{"Name":"a","AttributeDataType":"String","Required":true}]`, invalid+"Required custom attributes are not supported currently.")
		add(`[]`, invalid+"1 validation error detected: Value '[]' at 'customAttributes' failed to satisfy constraint: Member must have length greater than or equal to 1")
		if diff := cmp.Diff(want, any(f.custom(t))); diff != "" {
			t.Errorf("custom attributes after refusals (-want +got):\n%s", diff)
		}
		e.wantCall(t, "AddCustomAttributes", `{"UserPoolId":"us-east-1_000000000","CustomAttributes":[{"Name":"a","AttributeDataType":"String"}]}`, "ResourceNotFoundException: User pool us-east-1_000000000 does not exist.")
	})
}

// CreateUserPool lets a standard attribute be required, or bounded, and keeps
// the order of custom ones.
func TestCreateUserPoolSchema(t *testing.T) {
	covers(t, "CreateUserPool")
	onEachEngine(t, func(t *testing.T, e *env) {
		pool, _ := e.wantCall(t, "CreateUserPool", `{"PoolName":"x","Schema":[
			{"Name":"z","AttributeDataType":"String"},
			{"Name":"email","Required":true,"Mutable":false,"StringAttributeConstraints":{"MinLength":"5","MaxLength":"50"}},
			{"Name":"a","AttributeDataType":"Number"}]}`, "")["UserPool"].(map[string]any)
		want, _ := parse(t, barePool).(map[string]any)["SchemaAttributes"].([]any)
		want[10] = parse(t, `{"Name":"email","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":false,"Required":true,"StringAttributeConstraints":{"MinLength":"5","MaxLength":"50"}}`)
		want = append(want,
			parse(t, `{"Name":"custom:z","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":false,"Required":false,"StringAttributeConstraints":{}}`),
			parse(t, `{"Name":"custom:a","AttributeDataType":"Number","DeveloperOnlyAttribute":false,"Mutable":false,"Required":false,"NumberAttributeConstraints":{}}`))
		if diff := cmp.Diff(any(want), pool["SchemaAttributes"]); diff != "" {
			t.Errorf("schema (-want +got):\n%s", diff)
		}
	})
}
