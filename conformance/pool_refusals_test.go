package conformance

import "testing"

// poolRefusals are settings that both CreateUserPool and UpdateUserPool refuse,
// each with the exact answer.
var poolRefusals = []struct{ name, members, want string }{
	{"two lives of temporary passwords", `"Policies":{"PasswordPolicy":{"TemporaryPasswordValidityDays":3}},"AdminCreateUserConfig":{"UnusedAccountValidityDays":4}`, invalid + "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays"},
	{"two triggers of tokens", `"LambdaConfig":{"PreTokenGeneration":"` + lambda + `","PreTokenGenerationConfig":{"LambdaVersion":"V1_0","LambdaArn":"` + lambda + `2"}}`, invalid + "Cannot use PreTokenGenerationLambda and PreTokenGeneration with different Lambda function ARN's"},
	{"MFA without text messages", `"MfaConfiguration":"OPTIONAL"`, invalid + "SMS configuration and Auto verification for phone_number are required when MFA is required/optional"},
	{"required MFA without text messages", `"MfaConfiguration":"ON"`, invalid + "SMS configuration and Auto verification for phone_number are required when MFA is required/optional"},
	{"phone without text messages", `"AutoVerifiedAttributes":["phone_number"]`, invalid + "SMS configuration is required when phone_number is selected for auto verification"},
	{"proof of what is not verified", `"UserAttributeUpdateSettings":{"AttributesRequireVerificationBeforeUpdate":["email"]}`, invalid + "All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes"},
	{"own sender without its ARN", `"EmailConfiguration":{"EmailSendingAccount":"DEVELOPER"}`, invalid + "Source ARN is required to use DEVELOPER email sending owner"},
	{"sender in another region", `"EmailConfiguration":{"EmailSendingAccount":"DEVELOPER","SourceArn":"arn:aws:ses:eu-central-1:000000000000:identity/a@b.example"}`, invalid + "Provided SourceArn must be in one of the following SES regions: eu-west-1, us-east-1, us-west-2."},
	{"sender that is no address", `"EmailConfiguration":{"From":"nobody"}`, invalid + "Provided From email address is invalid"},
	{"sender trigger without a key", `"LambdaConfig":{"CustomSMSSender":{"LambdaVersion":"V1_0","LambdaArn":"` + lambda + `"}}`, invalid + "KMSKeyId parameter is required when Custom SMS/Email Lambda trigger is used."},
	{"key in another region", `"LambdaConfig":{"KMSKeyID":"arn:aws:kms:eu-west-1:000000000000:key/k"}`, invalid + "Invalid arn eu-west-1"},
	{"trigger in another region", `"LambdaConfig":{"PreSignUp":"arn:aws:lambda:eu-west-1:000000000000:function:f"}`, invalid + "Cross-region lambda functions are not supported"},
	{"text messages from another region", `"SmsConfiguration":{"SnsCallerArn":"arn:aws:iam::000000000000:role/sns","SnsRegion":"eu-west-1"}`, invalid + "Invalid snsRegion. Allowed SNS region for us-east-1 is us-east-1"},
	{"role of another account", `"SmsConfiguration":{"SnsCallerArn":"arn:aws:iam::111111111111:role/sns"}`, invalid + "Cross-account pass role is not allowed."},
	{"invitation without a name", `"AdminCreateUserConfig":{"InviteMessageTemplate":{"EmailMessage":"Hello {####}"}}`, invalid + "InviteMessageTemplate EmailMessage must contain {username}."},
	{"invitation without a password", `"AdminCreateUserConfig":{"InviteMessageTemplate":{"EmailMessage":"Hello {username}"}}`, invalid + "InviteMessageTemplate EmailMessage must contain {####}."},
	{"code and link at once", `"VerificationMessageTemplate":{"EmailMessage":"Code {####}","EmailMessageByLink":"{##here##}"}`, invalid + "VerificationMessageTemplate takes either EmailMessage or EmailMessageByLink, not both."},
	{"recovery by nobody and e-mail", `"AccountRecoverySetting":{"RecoveryMechanisms":[{"Name":"admin_only","Priority":1},{"Name":"verified_email","Priority":2}]}`, invalid + "admin_only cannot be combined with other RecoveryMechanisms in AccountRecoverySetting."},
	{"two recoveries of one priority", `"AccountRecoverySetting":{"RecoveryMechanisms":[{"Name":"verified_phone_number","Priority":1},{"Name":"verified_email","Priority":1}]}`, invalid + "RecoveryMechanisms in AccountRecoverySetting must have different names and priorities."},
	{"reserved tag", `"UserPoolTags":{"aws:team":"a"}`, "UserPoolTaggingException: UserPoolTags cannot have keys that begin with aws:."},
	{"threat protection in ESSENTIALS", `"UserPoolTier":"ESSENTIALS","UserPoolAddOns":{"AdvancedSecurityMode":"AUDIT"}`, "FeatureUnavailableInTierException: The following features need to be disabled for the ESSENTIALS pricing tier configured: Threat Protection"},
	{"passwordless in LITE", `"UserPoolTier":"LITE","Policies":{"SignInPolicy":{"AllowedFirstAuthFactors":["PASSWORD","EMAIL_OTP"]}}`, "FeatureUnavailableInTierException: The following features need to be disabled for the LITE pricing tier configured: Passwordless Sign-In"},
	{"access tokens in LITE", `"UserPoolTier":"LITE","LambdaConfig":{"PreTokenGenerationConfig":{"LambdaVersion":"V2_0","LambdaArn":"` + lambda + `"}}`, "FeatureUnavailableInTierException: The following features need to be disabled for the LITE pricing tier configured: Token Customization with Pre-Token Generation Lambda V2_0"},
	{"two features in LITE", `"UserPoolTier":"LITE","UserPoolAddOns":{"AdvancedSecurityMode":"ENFORCED"},"LambdaConfig":{"PreTokenGenerationConfig":{"LambdaVersion":"V3_0","LambdaArn":"` + lambda + `"}}`, "FeatureUnavailableInTierException: The following features need to be disabled for the LITE pricing tier configured: Threat Protection, Token Customization with Pre-Token Generation Lambda V3_0"},
	{"validation", `"MfaConfiguration":"SOMETIMES","Policies":{"PasswordPolicy":{"MinimumLength":5}}`, invalid + "2 validation errors detected: Value 'SOMETIMES' at 'mfaConfiguration' failed to satisfy constraint: Member must satisfy enum value set: [OFF, ON, OPTIONAL]; Value '5' at 'policies.passwordPolicy.minimumLength' failed to satisfy constraint: Member must have value greater than or equal to 6"},
}

// CreateUserPool and UpdateUserPool refuse settings that do not fit together.
func TestPoolSettingsAreRefused(t *testing.T) {
	covers(t, "CreateUserPool", "InvalidParameterException", "UserPoolTaggingException", "FeatureUnavailableInTierException")
	covers(t, "UpdateUserPool", "InvalidParameterException", "UserPoolTaggingException", "FeatureUnavailableInTierException", "ResourceNotFoundException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		for _, c := range poolRefusals {
			t.Run(c.name, func(t *testing.T) {
				e.wantCall(t, "CreateUserPool", `{"PoolName":"x",`+c.members+`}`, c.want)
				e.wantCall(t, "UpdateUserPool", `{"UserPoolId":"`+f.pool+`",`+c.members+`}`, c.want)
			})
		}
		e.wantCall(t, "UpdateUserPool", `{"UserPoolId":"`+f.pool+`"}`, "")
		e.wantCall(t, "UpdateUserPool", `{"UserPoolId":"us-east-1_000000000"}`, "ResourceNotFoundException: User pool us-east-1_000000000 does not exist.")
		e.wantCall(t, "UpdateUserPool", `{"UserPoolId":"us-east-1_000000000","MfaConfiguration":"ON"}`, "ResourceNotFoundException: User pool us-east-1_000000000 does not exist.")
	})
}

// UpdateUserPool refuses a lower tier while the pool has a feature of the
// higher one, and drops no proof silently.
func TestUpdateUserPoolMeetsWhatThePoolHas(t *testing.T) {
	covers(t, "UpdateUserPool", "FeatureUnavailableInTierException", "InvalidParameterException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		update := func(members, want string) {
			t.Helper()
			e.wantCall(t, "UpdateUserPool", `{"UserPoolId":"`+f.pool+`",`+members+`}`, want)
		}
		update(`"Policies":{"SignInPolicy":{"AllowedFirstAuthFactors":["PASSWORD","EMAIL_OTP"]}}`, "")
		update(`"UserPoolTier":"LITE"`, "FeatureUnavailableInTierException: The following features need to be disabled for the LITE pricing tier configured: Passwordless Sign-In")
		update(`"UserPoolTier":"LITE","Policies":{}`, "")
		update(`"AutoVerifiedAttributes":["email"],"UserAttributeUpdateSettings":{"AttributesRequireVerificationBeforeUpdate":["email"]}`, "")
		update(`"PoolName":"y"`, invalid+"All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes")
	})
}

// CreateUserPool refuses schemas and sign-in names that the service refuses.
func TestPoolSchemasAreRefused(t *testing.T) {
	covers(t, "CreateUserPool", "InvalidParameterException")
	onEachEngine(t, func(t *testing.T, e *env) {
		for _, c := range []struct{ name, members, want string }{
			{"both kinds of names", `"AliasAttributes":["email"],"UsernameAttributes":["email"]`, "Only one of the aliasAttributes or usernameAttributes can be set in a User pool."},
			{"type of a standard attribute", `"Schema":[{"Name":"email","AttributeDataType":"Number"}]`, "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute email"},
			{"standard attribute for developers", `"Schema":[{"Name":"email","DeveloperOnlyAttribute":true}]`, "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute email"},
			{"custom attribute without a type", `"Schema":[{"Name":"tier"}]`, "Invalid AttributeDataType input, consider using the provided AttributeDataType enum."},
			{"required custom attribute", `"Schema":[{"Name":"tier","AttributeDataType":"String","Required":true}]`, "Required custom attributes are not supported currently."},
			{"twice", `"Schema":[{"Name":"tier","AttributeDataType":"String"},{"Name":"tier","AttributeDataType":"Number"}]`, "Duplicate custom attribute names custom:tier are not allowed in a user pool schema."},
			{"lengths", `"Schema":[{"Name":"tier","AttributeDataType":"String","StringAttributeConstraints":{"MinLength":"9","MaxLength":"3"}}]`, "Attribute custom:tier cannot have a max length shorter than it's min length"},
			{"values", `"Schema":[{"Name":"tier","AttributeDataType":"Number","NumberAttributeConstraints":{"MinValue":"9","MaxValue":"3"}}]`, "Attribute custom:tier cannot have a max value smaller than it's min value"},
			{"too long", `"Schema":[{"Name":"tier","AttributeDataType":"String","StringAttributeConstraints":{"MaxLength":"2049"}}]`, "Attribute custom:tier: String attributes cannot have a length of more than 2048."},
			{"required preferred name as an alias", `"AliasAttributes":["preferred_username"],"Schema":[{"Name":"preferred_username","Required":true}]`, "preferred_username cannot be both a required attribute and an alias in AliasAttributes."},
			{"long name", `"Schema":[{"Name":"a12345678901234567890","AttributeDataType":"String"}]`, "1 validation error detected: Value 'a12345678901234567890' at 'schema.1.member.name' failed to satisfy constraint: Member must have length less than or equal to 20"},
			{"no name", `"PoolName":""`, "2 validation errors detected: Value '' at 'poolName' failed to satisfy constraint: Member must have length greater than or equal to 1; Value '' at 'poolName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w\\s+=,.@-]+"},
		} {
			t.Run(c.name, func(t *testing.T) { e.wantCall(t, "CreateUserPool", `{"PoolName":"x",`+c.members+`}`, invalid+c.want) })
		}
	})
}
