package pools_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/wire"
)

// barePool is what a pool of which only the name was given shows.
const barePool = `{
	"Name": "people",
	"CreationDate": 1772366401, "LastModifiedDate": 1772366401,
	"Policies": {
		"PasswordPolicy": {"MinimumLength": 8, "RequireUppercase": true, "RequireLowercase": true, "RequireNumbers": true, "RequireSymbols": true, "TemporaryPasswordValidityDays": 7},
		"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]}
	},
	"DeletionProtection": "INACTIVE",
	"LambdaConfig": {},
	"VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_CODE"},
	"MfaConfiguration": "OFF",
	"EstimatedNumberOfUsers": 0,
	"EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"},
	"UserPoolTags": {},
	"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": false, "UnusedAccountValidityDays": 7},
	"AccountRecoverySetting": {"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_email"}, {"Priority": 2, "Name": "verified_phone_number"}]},
	"UserPoolTier": "ESSENTIALS"
}`

func TestBarePool(t *testing.T) {
	w := newWorld(t)
	created := w.create(t, "")
	got := members(t, created)
	id, _ := got["Id"].(string)
	if !strings.HasPrefix(id, region+"_") || len(id) != len(region)+10 {
		t.Errorf("Id = %q", id)
	}
	want := parse(t, barePool).(map[string]any)
	want["Id"], want["Arn"] = id, "arn:aws:cognito-idp:"+region+":"+account+":userpool/"+id
	want["SchemaAttributes"] = got["SchemaAttributes"]
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pool (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(got, members(t, w.describe(t, created.Id))); diff != "" {
		t.Errorf("described (-created +described):\n%s", diff)
	}
}

func TestStandardAttributes(t *testing.T) {
	w := newWorld(t)
	text := func(name string) string {
		return `{"Name":"` + name + `","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"0","MaxLength":"2048"}}`
	}
	flag := func(name string) string {
		return `{"Name":"` + name + `","AttributeDataType":"Boolean","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false}`
	}
	want := `[{"Name":"sub","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":false,"Required":true,"StringAttributeConstraints":{"MinLength":"1","MaxLength":"2048"}}`
	for _, name := range []string{"name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture", "website", "email"} {
		want += "," + text(name)
	}
	want += "," + flag("email_verified") + "," + text("gender")
	want += `,{"Name":"birthdate","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MinLength":"10","MaxLength":"10"}}`
	want += "," + text("zoneinfo") + "," + text("locale") + "," + text("phone_number") + "," + flag("phone_number_verified") + "," + text("address")
	want += `,{"Name":"updated_at","AttributeDataType":"Number","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"NumberAttributeConstraints":{"MinValue":"0"}}]`
	got := members(t, w.create(t, ""))["SchemaAttributes"]
	if diff := cmp.Diff(parse(t, want), got); diff != "" {
		t.Errorf("SchemaAttributes (-want +got):\n%s", diff)
	}
}

// sms and others are members that a member under test needs beside it.
const (
	sms      = `,"SmsConfiguration":{"SnsCallerArn":"arn:aws:iam::123456789012:role/sms"}`
	lambda   = `"arn:aws:lambda:eu-central-1:123456789012:function:f"`
	kms      = `"arn:aws:kms:eu-central-1:123456789012:key/k"`
	identity = `"arn:aws:ses:eu-west-1:123456789012:identity/a.example"`
)

// member is one that a request gives and what a look at the pool then shows:
// the same under the same name unless shown or as say otherwise.
type member struct {
	name, given, beside string
	as, shown           string
}

var memberCases = []member{
	{name: "PoolName", given: `"people"`, as: "Name"},
	{name: "Policies", given: `{"PasswordPolicy":{"MinimumLength":12,"RequireUppercase":false,"RequireLowercase":true,"RequireNumbers":false,"RequireSymbols":true,"PasswordHistorySize":3,"TemporaryPasswordValidityDays":30},"SignInPolicy":{"AllowedFirstAuthFactors":["PASSWORD","EMAIL_OTP"]}}`},
	{name: "Policies", given: `{"PasswordPolicy":{"MinimumLength":6}}`, shown: `{"PasswordPolicy":{"MinimumLength":6,"RequireUppercase":false,"RequireLowercase":false,"RequireNumbers":false,"RequireSymbols":false,"TemporaryPasswordValidityDays":7},"SignInPolicy":{"AllowedFirstAuthFactors":["PASSWORD"]}}`},
	{name: "DeletionProtection", given: `"ACTIVE"`},
	{name: "LambdaConfig", given: `{"PreSignUp":` + lambda + `,"CustomMessage":` + lambda + `,"PostConfirmation":` + lambda + `,"PreAuthentication":` + lambda + `,"PostAuthentication":` + lambda + `,"DefineAuthChallenge":` + lambda + `,"CreateAuthChallenge":` + lambda + `,"VerifyAuthChallengeResponse":` + lambda + `,"PreTokenGeneration":` + lambda + `,"UserMigration":` + lambda + `,"PreTokenGenerationConfig":{"LambdaVersion":"V2_0","LambdaArn":` + lambda + `},"CustomSMSSender":{"LambdaVersion":"V1_0","LambdaArn":` + lambda + `},"CustomEmailSender":{"LambdaVersion":"V1_0","LambdaArn":` + lambda + `},"KMSKeyID":` + kms + `,"InboundFederation":{"LambdaVersion":"V1_0","LambdaArn":` + lambda + `}}`},
	{name: "LambdaConfig", given: `{"PreTokenGeneration":` + lambda + `}`, shown: `{"PreTokenGeneration":` + lambda + `,"PreTokenGenerationConfig":{"LambdaVersion":"V1_0","LambdaArn":` + lambda + `}}`},
	{name: "LambdaConfig", given: `{"PreTokenGenerationConfig":{"LambdaVersion":"V3_0","LambdaArn":` + lambda + `}}`, shown: `{"PreTokenGeneration":` + lambda + `,"PreTokenGenerationConfig":{"LambdaVersion":"V3_0","LambdaArn":` + lambda + `}}`},
	{name: "AutoVerifiedAttributes", given: `["email","phone_number"]`, beside: sms},
	{name: "AliasAttributes", given: `["email","phone_number","preferred_username"]`},
	{name: "UsernameAttributes", given: `["email","phone_number"]`},
	{name: "SmsVerificationMessage", given: `"Code {####}"`},
	{name: "SmsVerificationMessage", given: `"Code {####}"`, as: "VerificationMessageTemplate", shown: `{"DefaultEmailOption":"CONFIRM_WITH_CODE","SmsMessage":"Code {####}"}`},
	{name: "EmailVerificationMessage", given: `"Code {####}"`},
	{name: "EmailVerificationMessage", given: `"Code {####}"`, as: "VerificationMessageTemplate", shown: `{"DefaultEmailOption":"CONFIRM_WITH_CODE","EmailMessage":"Code {####}"}`},
	{name: "EmailVerificationSubject", given: `"Your code"`},
	{name: "VerificationMessageTemplate", given: `{"SmsMessage":"Code {####}","EmailMessage":"Code {####}","EmailSubject":"Your code","EmailSubjectByLink":"Your link","DefaultEmailOption":"CONFIRM_WITH_CODE"}`},
	{name: "VerificationMessageTemplate", given: `{"EmailMessageByLink":"Click {##here##}","DefaultEmailOption":"CONFIRM_WITH_LINK"}`},
	{name: "VerificationMessageTemplate", given: `{"EmailMessage":"Code {####}"}`, as: "EmailVerificationMessage", shown: `"Code {####}"`},
	{name: "VerificationMessageTemplate", given: `{"EmailSubject":"Your code"}`, as: "EmailVerificationSubject", shown: `"Your code"`},
	{name: "VerificationMessageTemplate", given: `{"SmsMessage":"Code {####}"}`, as: "SmsVerificationMessage", shown: `"Code {####}"`},
	{name: "SmsAuthenticationMessage", given: `"Code {####}"`},
	{name: "MfaConfiguration", given: `"OPTIONAL"`, beside: sms},
	{name: "UserAttributeUpdateSettings", given: `{"AttributesRequireVerificationBeforeUpdate":["email"]}`, beside: `,"AutoVerifiedAttributes":["email"]`},
	{name: "UserAttributeUpdateSettings", given: `{"AttributesRequireVerificationBeforeUpdate":[]}`},
	{name: "DeviceConfiguration", given: `{"ChallengeRequiredOnNewDevice":true,"DeviceOnlyRememberedOnUserPrompt":false}`},
	{name: "EmailConfiguration", given: `{"SourceArn":` + identity + `,"ReplyToEmailAddress":"r@a.example","EmailSendingAccount":"DEVELOPER","From":"Pool <p@a.example>","ConfigurationSet":"set"}`},
	{name: "SmsConfiguration", given: `{"SnsCallerArn":"arn:aws:iam::123456789012:role/sms","ExternalId":"x","SnsRegion":"eu-central-1"}`},
	{name: "SmsConfiguration", given: `{"EumsSms":{"CallerArn":"arn:aws:iam::123456789012:role/sms","ExternalId":"x","OriginationIdentity":"o","ConfigurationSetName":"c","InEntityId":"e","InTemplateId":"t","Region":"eu-central-1"}}`},
	{name: "SmsConfiguration", given: `{"SnsCallerArn":""}`, shown: `null`},
	{name: "UserPoolTags", given: `{"team":"a","empty":""}`},
	{name: "AdminCreateUserConfig", given: `{"AllowAdminCreateUserOnly":true,"InviteMessageTemplate":{"SMSMessage":"{username} {####}","EmailMessage":"{username} {####}","EmailSubject":"Welcome"}}`, shown: `{"AllowAdminCreateUserOnly":true,"UnusedAccountValidityDays":7,"InviteMessageTemplate":{"SMSMessage":"{username} {####}","EmailMessage":"{username} {####}","EmailSubject":"Welcome"}}`},
	{name: "AdminCreateUserConfig", given: `{"UnusedAccountValidityDays":21}`, shown: `{"AllowAdminCreateUserOnly":false,"UnusedAccountValidityDays":21}`},
	{name: "AdminCreateUserConfig", given: `{}`, beside: `,"Policies":{"PasswordPolicy":{"TemporaryPasswordValidityDays":9}}`, shown: `{"AllowAdminCreateUserOnly":false,"UnusedAccountValidityDays":9}`},
	{name: "UserPoolAddOns", given: `{"AdvancedSecurityMode":"ENFORCED","AdvancedSecurityAdditionalFlows":{"CustomAuthMode":"AUDIT"}}`, beside: `,"UserPoolTier":"PLUS"`},
	{name: "UserPoolAddOns", given: `{"AdvancedSecurityMode":"OFF"}`},
	{name: "UsernameConfiguration", given: `{"CaseSensitive":false}`},
	{name: "UsernameConfiguration", given: `{"CaseSensitive":true}`},
	{name: "AccountRecoverySetting", given: `{"RecoveryMechanisms":[{"Priority":1,"Name":"admin_only"}]}`},
	{name: "UserPoolTier", given: `"LITE"`},
	{name: "KeyConfiguration", given: `{"KeyType":"AWS_OWNED_KEY"}`},
	{name: "IssuerConfiguration", given: `{"Type":"UPDATED"}`},
	{name: "DcrConfiguration", given: `{"EnableStatus":"Disabled","OpenDcrEnabled":true,"AuthenticatedGrantTypes":[],"OpenDcrGrantTypes":["code","implicit"],"AllowedScopes":["a/b"]}`},
	{name: "DcrConfiguration", given: `{}`, shown: `{"EnableStatus":"Enabled","OpenDcrEnabled":false,"AuthenticatedGrantTypes":["code","client_credentials"],"OpenDcrGrantTypes":["code"]}`},
	{name: "AcrConfiguration", given: `{"Level2":{"AcrValue":"silver"}}`, shown: `{"Level1":{"AcrValue":"urn:cognito:loa:1"},"Level2":{"AcrValue":"silver"},"Level3":{"AcrValue":"urn:cognito:loa:3"},"Level4":{"AcrValue":"urn:cognito:loa:4"}}`},
	{name: "Schema", given: `[{"Name":"tier","AttributeDataType":"String","Mutable":true,"StringAttributeConstraints":{"MaxLength":"2048"}}]`, as: "SchemaAttributes"},
}

// shownOnly are the members that a look at a pool has and an update does not take.
var shownOnly = []string{"Arn", "CustomDomain", "Domain", "EmailConfigurationFailure", "EstimatedNumberOfUsers", "Id", "LastModifiedDate", "CreationDate", "Name", "SchemaAttributes", "SmsConfigurationFailure", "Status", "AliasAttributes", "UsernameAttributes", "UsernameConfiguration"}

// Every member that is given comes back, and what a look at the pool shows can
// be sent as an update that changes nothing.
func TestMembersComeBack(t *testing.T) {
	w := newWorld(t)
	for _, c := range memberCases {
		t.Run(c.name, func(t *testing.T) {
			given := c.beside
			if c.name != "PoolName" {
				given += `,"` + c.name + `":` + c.given
			}
			created := w.create(t, given)
			described := members(t, w.describe(t, created.Id))
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
			got := described[as]
			if as == "SchemaAttributes" {
				got = described[as].([]any)[20]
				shown = `{"Name":"custom:tier","AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Required":false,"StringAttributeConstraints":{"MaxLength":"2048"}}`
			}
			if diff := cmp.Diff(parse(t, shown), got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", as, diff)
			}
			checkRepeats(t, w, created.Id, described)
		})
	}
}

func checkRepeats(t *testing.T, w *world, id *string, described map[string]any) {
	t.Helper()
	again := w.describe(t, id)
	in := &wire.UpdateUserPoolRequest{UserPoolId: id}
	from, to := reflect.ValueOf(again).Elem(), reflect.ValueOf(in).Elem()
	for i := range from.NumField() {
		name := from.Type().Field(i).Name
		if field := to.FieldByName(name); field.IsValid() {
			field.Set(from.Field(i))
		} else if !slices.Contains(shownOnly, name) {
			t.Errorf("%s is shown and cannot be sent back", name)
		}
	}
	if _, err := w.UpdateUserPool(signed(t), in); err != nil {
		t.Fatalf("sending back what was shown: %v", err)
	}
	after := members(t, w.describe(t, id))
	if after["LastModifiedDate"] == described["LastModifiedDate"] {
		t.Error("LastModifiedDate did not move")
	}
	after["LastModifiedDate"] = described["LastModifiedDate"]
	if diff := cmp.Diff(described, after); diff != "" {
		t.Errorf("pool after sending back what was shown (-before +after):\n%s", diff)
	}
}

func TestEveryMemberIsTried(t *testing.T) {
	tried := map[string]bool{}
	for _, c := range memberCases {
		tried[c.name] = true
	}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[wire.CreateUserPoolRequest]()) {
		if !tried[f.Name] {
			t.Errorf("no case gives %s", f.Name)
		}
	}
}

func TestDescribeCountsUsers(t *testing.T) {
	w := newWorld(t)
	one, other := w.create(t, ""), w.create(t, "")
	set := store.NewChangeSet()
	for _, sub := range []user.Sub{"a", "b"} {
		set.Insert(&user.User{PoolID: pool.ID(*one.Id), Sub: sub, Username: string(sub), Status: user.Confirmed})
	}
	if err := w.store.Commit(t.Context(), set); err != nil {
		t.Fatal(err)
	}
	if n := *w.describe(t, one.Id).EstimatedNumberOfUsers; n != 2 {
		t.Errorf("EstimatedNumberOfUsers = %d, want 2", n)
	}
	if n := *w.describe(t, other.Id).EstimatedNumberOfUsers; n != 0 {
		t.Errorf("EstimatedNumberOfUsers of the other pool = %d, want 0", n)
	}
}
