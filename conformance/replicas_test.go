package conformance

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A pool is its own and only replica, and gets no others.
func TestReplicas(t *testing.T) {
	covers(t, "ListUserPoolReplicas", "InvalidParameterException", "ResourceNotFoundException")
	for _, operation := range []string{"CreateUserPoolReplica", "UpdateUserPoolReplica", "DeleteUserPoolReplica"} {
		refuses(t, operation, "OperationNotEnabledException", "InvalidParameterException", "ResourceNotFoundException")
	}
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		id := func(pool string) string { return `"UserPoolId":"` + pool + `"` }
		want := map[string]any{"UserPoolReplicas": []any{map[string]any{
			"RegionName": "us-east-1", "Status": "ACTIVE", "Role": "PRIMARY", "UserPoolArn": "arn:aws:cognito-idp:us-east-1:000000000000:userpool/" + f.pool,
		}}}
		if diff := cmp.Diff(want, e.wantCall(t, "ListUserPoolReplicas", `{`+id(f.pool)+`}`, "")); diff != "" {
			t.Errorf("replicas (-want +got):\n%s", diff)
		}
		const gone = "ResourceNotFoundException: User pool us-east-1_nothing does not exist."
		e.wantCall(t, "ListUserPoolReplicas", `{`+id(f.pool)+`,"NextToken":"x"}`, "InvalidParameterException: Invalid NextToken: the list has one page.")
		e.wantCall(t, "ListUserPoolReplicas", `{`+id("us-east-1_nothing")+`}`, gone)
		const refused = "OperationNotEnabledException: Replicas of user pools are not enabled: this installation is one Region to its pools. Several nodes over one database take the place of replicas."
		for operation, members := range map[string]string{
			"CreateUserPoolReplica": `,"RegionName":"eu-west-1"`, "DeleteUserPoolReplica": `,"RegionName":"eu-west-1"`,
			"UpdateUserPoolReplica": `,"RegionName":"eu-west-1","Status":"ACTIVE"`,
		} {
			e.wantCall(t, operation, `{`+id(f.pool)+members+`}`, refused)
			e.wantCall(t, operation, `{`+id("us-east-1_nothing")+members+`}`, gone)
			if _, refusal := e.call(t, operation, `{`+id(f.pool)+`}`); !strings.HasPrefix(refusal, "InvalidParameterException: ") {
				t.Errorf("%s without a region: %s", operation, refusal)
			}
		}
	})
}
