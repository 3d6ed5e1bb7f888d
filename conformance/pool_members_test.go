package conformance

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	lambda  = "arn:aws:lambda:us-east-1:000000000000:function:f"
	smsRole = `"SmsConfiguration":{"SnsCallerArn":"arn:aws:iam::000000000000:role/sns","ExternalId":"x"}`
)

// poolMembers are members that CreateUserPool and UpdateUserPool share, and what
// a look at the pool shows of them: want, or, where that is "", the same.
var poolMembers = []struct{ name, members, want string }{
	{"policies", `"Policies":{"PasswordPolicy":{"MinimumLength":12,"RequireUppercase":false,"RequireLowercase":true,"RequireNumbers":false,"RequireSymbols":true,"PasswordHistorySize":3,"TemporaryPasswordValidityDays":2},"SignInPolicy":{"AllowedFirstAuthFactors":["PASSWORD","EMAIL_OTP"]}}`, ""},
	{"temporary life of no days", `"Policies":{"PasswordPolicy":{"MinimumLength":8,"TemporaryPasswordValidityDays":0}}`, `"Policies":{"PasswordPolicy":{"MinimumLength":8,"RequireUppercase":false,"RequireLowercase":false,"RequireNumbers":false,"RequireSymbols":false,"TemporaryPasswordValidityDays":7},"SignInPolicy":{"AllowedFirstAuthFactors":["PASSWORD"]}}`},
	{"protection", `"DeletionProtection":"ACTIVE"`, ""},
	{"triggers", `"LambdaConfig":{"PreSignUp":"` + lambda + `","CustomMessage":"` + lambda + `","PostConfirmation":"` + lambda + `","PreAuthentication":"` + lambda + `","PostAuthentication":"` + lambda + `","DefineAuthChallenge":"` + lambda + `","CreateAuthChallenge":"` + lambda + `","VerifyAuthChallengeResponse":"` + lambda + `","UserMigration":"` + lambda + `"}`, ""},
	{"trigger of tokens", `"LambdaConfig":{"PreTokenGeneration":"` + lambda + `"}`, `"LambdaConfig":{"PreTokenGeneration":"` + lambda + `","PreTokenGenerationConfig":{"LambdaVersion":"V1_0","LambdaArn":"` + lambda + `"}}`},
	{"senders", `"LambdaConfig":{"KMSKeyID":"arn:aws:kms:us-east-1:000000000000:key/k","CustomSMSSender":{"LambdaVersion":"V1_0","LambdaArn":"` + lambda + `"},"CustomEmailSender":{"LambdaVersion":"V1_0","LambdaArn":"` + lambda + `"}}`, ""},
	{"verified automatically", `"AutoVerifiedAttributes":["email"],"UserAttributeUpdateSettings":{"AttributesRequireVerificationBeforeUpdate":["email"]}`, ""},
	{"no proof before an update", `"UserAttributeUpdateSettings":{"AttributesRequireVerificationBeforeUpdate":[]}`, ""},
	{"sms", `"SmsConfiguration":{"SnsCallerArn":"arn:aws:iam::000000000000:role/sns","ExternalId":"x","SnsRegion":"us-east-1"},"MfaConfiguration":"OPTIONAL","SmsAuthenticationMessage":"Sign in with {####}"`, ""},
	{"older message members", `"EmailVerificationMessage":"Code {####}","EmailVerificationSubject":"Code","SmsVerificationMessage":"Text {####}"`, `"EmailVerificationMessage":"Code {####}","EmailVerificationSubject":"Code","SmsVerificationMessage":"Text {####}","VerificationMessageTemplate":{"DefaultEmailOption":"CONFIRM_WITH_CODE","EmailMessage":"Code {####}","EmailSubject":"Code","SmsMessage":"Text {####}"}`},
	{"message template", `"VerificationMessageTemplate":{"DefaultEmailOption":"CONFIRM_WITH_CODE","EmailMessage":"Code {####}","EmailSubject":"Code","SmsMessage":"Text {####}"}`, `"EmailVerificationMessage":"Code {####}","EmailVerificationSubject":"Code","SmsVerificationMessage":"Text {####}","VerificationMessageTemplate":{"DefaultEmailOption":"CONFIRM_WITH_CODE","EmailMessage":"Code {####}","EmailSubject":"Code","SmsMessage":"Text {####}"}`},
	{"message with a link", `"VerificationMessageTemplate":{"DefaultEmailOption":"CONFIRM_WITH_LINK","EmailMessageByLink":"Press {##here##}","EmailSubjectByLink":"Press"}`, ""},
	{"devices", `"DeviceConfiguration":{"ChallengeRequiredOnNewDevice":true,"DeviceOnlyRememberedOnUserPrompt":false}`, ""},
	{"email", `"EmailConfiguration":{"EmailSendingAccount":"DEVELOPER","SourceArn":"arn:aws:ses:us-east-1:000000000000:identity/a@b.example","From":"Ann <a@b.example>","ReplyToEmailAddress":"r@b.example","ConfigurationSet":"set"}`, ""},
	{"tags", `"UserPoolTags":{"team":"a","empty":""}`, ""},
	{"invitation", `"AdminCreateUserConfig":{"AllowAdminCreateUserOnly":true,"UnusedAccountValidityDays":7,"InviteMessageTemplate":{"EmailSubject":"Hi","EmailMessage":"{username} {####}","SMSMessage":"{username} {####}"}}`, ""},
	{"life of unused accounts", `"AdminCreateUserConfig":{"UnusedAccountValidityDays":3}`, `"AdminCreateUserConfig":{"AllowAdminCreateUserOnly":false,"UnusedAccountValidityDays":3}`},
	{"threat protection", `"UserPoolTier":"PLUS","UserPoolAddOns":{"AdvancedSecurityMode":"AUDIT","AdvancedSecurityAdditionalFlows":{"CustomAuthMode":"ENFORCED"}}`, ""},
	{"tier", `"UserPoolTier":"LITE"`, ""},
	{"recovery", `"AccountRecoverySetting":{"RecoveryMechanisms":[{"Name":"admin_only","Priority":1}]}`, ""},
}

// UpdateUserPool: every member comes back from DescribeUserPool.
func TestPoolMembersComeBack(t *testing.T) {
	covers(t, "UpdateUserPool")
	covers(t, "DescribeUserPool")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		for _, c := range poolMembers {
			e.wantCall(t, "UpdateUserPool", `{"UserPoolId":"`+f.pool+`",`+c.members+`}`, "")
			wantMembers(t, c.name, e.wantCall(t, "DescribeUserPool", `{"UserPoolId":"`+f.pool+`"}`, "")["UserPool"], c.members, c.want)
			e.wantCall(t, "UpdateUserPool", `{"UserPoolId":"`+f.pool+`","UserAttributeUpdateSettings":{},"UserPoolTier":"ESSENTIALS","DeletionProtection":"INACTIVE","Policies":{}}`, "")
		}
	})
}

// CreateUserPool: so does every one of them here, as many at once as get along.
func TestPoolMembersOfCreationComeBack(t *testing.T) {
	covers(t, "CreateUserPool")
	onEachEngine(t, func(t *testing.T, e *env) {
		for _, names := range [][]string{
			{"policies", "senders", "no proof before an update", "older message members"},
			{"protection", "triggers", "verified automatically", "sms", "message template", "devices", "email", "tags", "invitation", "threat protection", "recovery"},
			{"temporary life of no days", "trigger of tokens", "message with a link", "tier"},
			{"life of unused accounts"},
		} {
			request := `{"PoolName":"x"`
			for _, c := range poolMembers {
				if slices.Contains(names, c.name) {
					request += "," + c.members
				}
			}
			created := e.wantCall(t, "CreateUserPool", request+"}", "")["UserPool"]
			for _, c := range poolMembers {
				if slices.Contains(names, c.name) {
					wantMembers(t, c.name, created, c.members, c.want)
				}
			}
		}
	})
}

// wantMembers wants a pool to show the members that were given, or want.
func wantMembers(t *testing.T, name string, pool any, given, want string) {
	t.Helper()
	if want == "" {
		want = given
	}
	expected, _ := parse(t, "{"+want+"}").(map[string]any)
	shown, _ := pool.(map[string]any)
	if diff := cmp.Diff(expected, pick(shown, expected)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// CreateUserPool with the members that never change afterwards.
func TestPoolMembersOfCreation(t *testing.T) {
	covers(t, "CreateUserPool")
	onEachEngine(t, func(t *testing.T, e *env) {
		for _, members := range []string{
			`"AliasAttributes":["email","preferred_username"]`,
			`"UsernameAttributes":["email"],"UsernameConfiguration":{"CaseSensitive":false}`,
			`"UsernameConfiguration":{"CaseSensitive":true}`,
		} {
			given, _ := parse(t, "{"+members+"}").(map[string]any)
			created, _ := e.wantCall(t, "CreateUserPool", `{"PoolName":"x",`+members+`}`, "")["UserPool"].(map[string]any)
			if diff := cmp.Diff(given, pick(created, given)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", members, diff)
			}
		}
	})
}

// UpdateUserPool resets what it leaves out, but for what the service keeps.
func TestUpdateUserPoolResets(t *testing.T) {
	covers(t, "UpdateUserPool")
	const all = `"Policies":{"PasswordPolicy":{"MinimumLength":12},"SignInPolicy":{"AllowedFirstAuthFactors":["PASSWORD","EMAIL_OTP"]}},
		"LambdaConfig":{"PreSignUp":"` + lambda + `"},"AutoVerifiedAttributes":["email"],` + smsRole + `,"MfaConfiguration":"OPTIONAL",
		"AdminCreateUserConfig":{"AllowAdminCreateUserOnly":true},"DeviceConfiguration":{"ChallengeRequiredOnNewDevice":true},
		"EmailConfiguration":{"ReplyToEmailAddress":"r@b.example"},"VerificationMessageTemplate":{"SmsMessage":"Text {####}"},
		"SmsAuthenticationMessage":"Now {####}","AccountRecoverySetting":{"RecoveryMechanisms":[{"Name":"admin_only","Priority":1}]},
		"UserPoolAddOns":{"AdvancedSecurityMode":"AUDIT"},"UserPoolTier":"PLUS","DeletionProtection":"ACTIVE","UserPoolTags":{"a":"b"}`
	onEachEngine(t, func(t *testing.T, e *env) {
		created, _ := e.wantCall(t, "CreateUserPool", `{"PoolName":"x",`+all+`}`, "")["UserPool"].(map[string]any)
		id, _ := created["Id"].(string)
		if answer := e.wantCall(t, "UpdateUserPool", `{"UserPoolId":"`+id+`"}`, ""); len(answer) != 0 {
			t.Errorf("UpdateUserPool answers %v", answer)
		}
		described, _ := e.wantCall(t, "DescribeUserPool", `{"UserPoolId":"`+id+`"}`, "")["UserPool"].(map[string]any)
		want, _ := parse(t, barePool).(map[string]any)
		for name, kept := range map[string]string{
			"DeletionProtection": `"ACTIVE"`, "UserPoolTier": `"PLUS"`, "UserPoolTags": `{"a":"b"}`,
		} {
			want[name] = parse(t, kept)
		}
		want["Policies"].(map[string]any)["SignInPolicy"] = parse(t, `{"AllowedFirstAuthFactors":["PASSWORD","EMAIL_OTP"]}`)
		rest := takeIdentity(t, described, map[string]string{"Id": id, "Arn": ".*" + id})
		if diff := cmp.Diff(want, rest); diff != "" {
			t.Errorf("after an empty update (-want +got):\n%s", diff)
		}
		if described["CreationDate"] != created["CreationDate"] || described["LastModifiedDate"] == created["LastModifiedDate"] {
			t.Errorf("dates %v and %v after an update, %v before", described["CreationDate"], described["LastModifiedDate"], created["CreationDate"])
		}
		e.wantCall(t, "UpdateUserPool", `{"UserPoolId":"`+id+`","Policies":{},"PoolName":"renamed","DeletionProtection":"INACTIVE"}`, "")
		described, _ = e.wantCall(t, "DescribeUserPool", `{"UserPoolId":"`+id+`"}`, "")["UserPool"].(map[string]any)
		if diff := cmp.Diff(parse(t, `{"AllowedFirstAuthFactors":["PASSWORD"]}`), described["Policies"].(map[string]any)["SignInPolicy"]); diff != "" || described["Name"] != "renamed" {
			t.Errorf("name %v; sign-in policy after Policies without one (-want +got):\n%s", described["Name"], diff)
		}
	})
}

// UpdateUserPool takes what DescribeUserPool shows, without the members that
// the service's guide names.
func TestDescribedPoolUpdatesItself(t *testing.T) {
	covers(t, "UpdateUserPool")
	onEachEngine(t, func(t *testing.T, e *env) {
		for _, members := range []string{
			``, `,"AliasAttributes":["email"],"AutoVerifiedAttributes":["email"],"UserAttributeUpdateSettings":{"AttributesRequireVerificationBeforeUpdate":["email"]},"LambdaConfig":{"PreTokenGeneration":"` + lambda + `"},"EmailVerificationMessage":"Code {####}"`,
		} {
			pool, _ := e.wantCall(t, "CreateUserPool", `{"PoolName":"x"`+members+`}`, "")["UserPool"].(map[string]any)
			request := map[string]any{}
			for name, value := range pool {
				request[name] = value
			}
			for _, name := range []string{
				"Arn", "CreationDate", "CustomDomain", "Domain", "EmailConfigurationFailure", "EstimatedNumberOfUsers", "Id",
				"LastModifiedDate", "Name", "SchemaAttributes", "SmsConfigurationFailure", "Status", "AliasAttributes",
			} {
				delete(request, name)
			}
			request["UserPoolId"] = pool["Id"]
			e.wantCall(t, "UpdateUserPool", encode(t, request), "")
			after, _ := e.wantCall(t, "DescribeUserPool", `{"UserPoolId":`+quote(pool["Id"].(string))+`}`, "")["UserPool"].(map[string]any)
			delete(after, "LastModifiedDate")
			delete(pool, "LastModifiedDate")
			if diff := cmp.Diff(pool, after); diff != "" {
				t.Errorf("updated by its own description (-before +after):\n%s", diff)
			}
		}
	})
}
