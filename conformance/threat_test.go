package conformance

import (
	"fmt"
	"strings"
	"testing"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"
)

// watched makes the threat protection of a pool record what it sees.
func watched(in *cip.CreateUserPoolInput) {
	in.UserPoolTier = types.UserPoolTierTypePlus
	in.UserPoolAddOns = &types.UserPoolAddOnsType{AdvancedSecurityMode: types.AdvancedSecurityModeTypeAudit}
}

const (
	noAddOns = "UserPoolAddOnNotEnabledException: User pool add-ons are not enabled for this user pool."
	noUser   = "UserNotFoundException: User does not exist."
	noEvent  = "ResourceNotFoundException: Event not found."
)

// What a pool and its clients do about risks: set, described, replaced and reset.
func TestRiskConfigurations(t *testing.T) {
	for _, operation := range []string{"SetRiskConfiguration", "DescribeRiskConfiguration"} {
		covers(t, operation, "ResourceNotFoundException", "InvalidParameterException", "UserPoolAddOnNotEnabledException")
	}
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, watched)
		id := `"UserPoolId":"` + f.pool + `"`
		ofClient := id + `,"ClientId":"` + f.client + `"`
		answer := func(operation, members string) map[string]any {
			t.Helper()
			c := e.wantCall(t, operation, "{"+members+"}", "")["RiskConfiguration"].(map[string]any)
			_, dated := c["LastModifiedDate"].(float64)
			if delete(c, "LastModifiedDate"); dated != (len(c) > 2 || len(c) == 2 && c["ClientId"] == nil) {
				t.Errorf("%s: a date: %v, in %v", operation, dated, c)
			}
			return c
		}
		want := func(members string, want map[string]any) {
			t.Helper()
			if diff := cmp.Diff(want, answer("DescribeRiskConfiguration", members)); diff != "" {
				t.Errorf("the configuration (-want +got):\n%s", diff)
			}
		}
		bare, bareClient := map[string]any{"UserPoolId": f.pool}, map[string]any{"UserPoolId": f.pool, "ClientId": f.client}
		want(id, bare)
		want(ofClient, bareClient)
		actions := `,"AccountTakeoverRiskConfiguration":{"NotifyConfiguration":{"SourceArn":"arn:aws:ses:us-east-1:123456789012:identity/help@example.com","BlockEmail":{"Subject":"blocked","TextBody":"{device-name}"}},` +
			`"Actions":{"LowAction":{"Notify":true,"EventAction":"NO_ACTION"},"HighAction":{"Notify":false,"EventAction":"MFA_REQUIRED"}}}`
		all := answer("SetRiskConfiguration", id+actions+`,"CompromisedCredentialsRiskConfiguration":{"Actions":{"EventAction":"BLOCK"}}`)
		want(id, all)
		filter := all["CompromisedCredentialsRiskConfiguration"].(map[string]any)["EventFilter"]
		if diff := cmp.Diff([]any{"SIGN_IN", "PASSWORD_CHANGE", "SIGN_UP"}, filter); diff != "" {
			t.Error(diff)
		}
		want(ofClient, bareClient)
		ranges := `,"RiskExceptionConfiguration":{"BlockedIPRangeList":["192.0.2.0/24","2001:db8::/32"]}`
		own := answer("SetRiskConfiguration", ofClient+ranges)
		want(ofClient, own)
		want(id, all)
		want(id, all)
		for _, of := range []string{id, ofClient} {
			answer("SetRiskConfiguration", of)
		}
		want(id, bare)
		want(ofClient, bareClient)

		for members, text := range map[string]string{
			`,"RiskExceptionConfiguration":{"SkippedIPRangeList":["10.0.0.1"]}`: invalid + "Incorrect CIDR format",
			strings.Replace(actions, "us-east-1", "ap-south-1", 1):              invalid + "Provided SourceArn must be in one of the following SES regions: eu-west-1, us-east-1, us-west-2.",
			`,"CompromisedCredentialsRiskConfiguration":{}`:                     invalid + "1 validation error detected: Value null at 'compromisedCredentialsRiskConfiguration.actions' failed to satisfy constraint: Member must not be null",
			`,"RiskExceptionConfiguration":{"BlockedIPRangeList":["` + strings.Repeat(`1.2.3.0/24","`, 200) + `1.2.3.0/24"]}`: invalid + "1 validation error detected: Value '" +
				"[" + strings.Repeat("1.2.3.0/24, ", 200) + "1.2.3.0/24]" + "' at 'riskExceptionConfiguration.blockedIPRangeList' failed to satisfy constraint: Member must have length less than or equal to 200",
		} {
			e.wantCall(t, "SetRiskConfiguration", "{"+id+members+"}", text)
		}
		plain := newFixture(t, e, nil)
		for _, operation := range []string{"SetRiskConfiguration", "DescribeRiskConfiguration"} {
			e.wantCall(t, operation, `{`+id+`,"ClientId":"nothing"}`, "ResourceNotFoundException: User pool client nothing does not exist.")
			e.wantCall(t, operation, `{"UserPoolId":"us-east-1_nothing"}`, noPool)
			e.wantCall(t, operation, `{"UserPoolId":"`+plain.pool+`"}`, noAddOns)
			e.wantCall(t, operation, `{}`, invalid+"1 validation error detected: Value null at 'userPoolId' failed to satisfy constraint: Member must not be null")
		}
	})
}

// The history of a user, and what is said of it.
func TestAuthEvents(t *testing.T) {
	covers(t, "AdminListUserAuthEvents", "ResourceNotFoundException", "InvalidParameterException", "UserNotFoundException", "UserPoolAddOnNotEnabledException")
	refuses(t, "AdminUpdateAuthEventFeedback", "ResourceNotFoundException", "InvalidParameterException", "UserNotFoundException", "UserPoolAddOnNotEnabledException")
	refuses(t, "UpdateAuthEventFeedback", "ResourceNotFoundException", "InvalidParameterException", "NotAuthorizedException", "UserPoolAddOnNotEnabledException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f, plain := newFixture(t, e, watched), newFixture(t, e, nil)
		f.user(t, "ann")
		of := func(pool, name, more string) string {
			return fmt.Sprintf(`{"UserPoolId":%q,"Username":%q%s}`, pool, name, more)
		}
		out := e.wantCall(t, "AdminListUserAuthEvents", of(f.pool, "ann", ""), "")
		if diff := cmp.Diff(map[string]any{"AuthEvents": []any{}}, out); diff != "" {
			t.Errorf("the events (-want +got):\n%s", diff)
		}
		e.wantCall(t, "AdminListUserAuthEvents", of(f.pool, "ann", `,"MaxResults":61`), invalid+"1 validation error detected: Value '61' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 60")
		e.wantCall(t, "AdminListUserAuthEvents", of(f.pool, "ann", `,"NextToken":"x"`), invalid+badToken)
		admin, feedback := `,"EventId":"e","FeedbackValue":"Valid"`, `,"EventId":"e","FeedbackValue":"Valid","FeedbackToken":"t"`
		for operation, more := range map[string]string{"AdminListUserAuthEvents": "", "AdminUpdateAuthEventFeedback": admin, "UpdateAuthEventFeedback": feedback} {
			e.wantCall(t, operation, of("us-east-1_nothing", "ann", more), noPool)
			e.wantCall(t, operation, of(plain.pool, "ann", more), noAddOns)
			if operation != "UpdateAuthEventFeedback" { // which tells nobody who there is
				e.wantCall(t, operation, of(f.pool, "nobody", more), noUser)
			}
		}
		e.wantCall(t, "AdminUpdateAuthEventFeedback", of(f.pool, "ann", admin), noEvent)
		for _, name := range []string{"ann", "nobody"} {
			e.wantCall(t, "UpdateAuthEventFeedback", of(f.pool, name, feedback), "NotAuthorizedException: Invalid feedback token.")
		}
		maybe := invalid + "1 validation error detected: Value 'Maybe' at 'feedbackValue' failed to satisfy constraint: Member must satisfy enum value set: [Valid, Invalid]"
		e.wantCall(t, "AdminUpdateAuthEventFeedback", of(f.pool, "ann", strings.Replace(admin, "Valid", "Maybe", 1)), maybe)
		e.wantCall(t, "UpdateAuthEventFeedback", of(f.pool, "ann", strings.Replace(feedback, "Valid", "Maybe", 1)), maybe)
	})
}
