package pool_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/pool"
)

const (
	testAccount = "123456789012"
	testRole    = "arn:aws:iam::123456789012:role/sms"
	testLambda  = "arn:aws:lambda:eu-central-1:123456789012:function:f"
)

func barePool() *pool.Pool {
	return &pool.Pool{ID: "eu-central-1_abcdefghi", Region: "eu-central-1", Account: testAccount, Name: "people", Settings: pool.DefaultSettings()}
}

func TestPoolCheck(t *testing.T) {
	withSMS := func(s *pool.Settings) { s.SMS = &pool.SMSSettings{SNSCallerARN: testRole} }
	for _, c := range []struct {
		name   string
		change func(s *pool.Settings)
		want   string
	}{
		{"defaults", func(*pool.Settings) {}, ""},
		{"two kinds of sign-in names", func(s *pool.Settings) {
			s.Aliases, s.UsernameAttributes = []string{"email"}, []string{"phone_number"}
		}, invalid + "Only one of the aliasAttributes or usernameAttributes can be set in a User pool."},
		{"required alias preferred_username", func(s *pool.Settings) {
			a, _ := s.Schema.Find(pool.AttrPreferredUsername)
			a.Required = true
			s.Aliases = []string{pool.AttrPreferredUsername}
		}, invalid + "preferred_username cannot be both a required attribute and an alias in AliasAttributes."},
		{"owned key", func(s *pool.Settings) { s.KeyConfig = &pool.KeyConfig{Type: "AWS_OWNED_KEY"} }, ""},
		{"customer key", func(s *pool.Settings) { s.KeyConfig = &pool.KeyConfig{Type: "CUSTOMER_MANAGED_KEY"} },
			invalid + "KeyConfiguration asks for a customer managed key, which is not built in this version of poolhouse."},
		{"customer key by its ARN alone", func(s *pool.Settings) {
			s.KeyConfig = &pool.KeyConfig{ARN: "arn:aws:kms:eu-central-1:123456789012:key/k"}
		},
			invalid + "KeyConfiguration asks for a customer managed key, which is not built in this version of poolhouse."},
		{"software token first", func(s *pool.Settings) { s.FirstFactors = []string{"PASSWORD", "SOFTWARE_TOKEN"} },
			invalid + "SOFTWARE_TOKEN is not supported in AllowedFirstAuthFactors."},
		{"passkey alone", func(s *pool.Settings) { s.FirstFactors = []string{"WEB_AUTHN"} },
			invalid + "WEB_AUTHN cannot be the only factor in AllowedFirstAuthFactors."},
		{"one-time code with MFA", func(s *pool.Settings) {
			withSMS(s)
			s.MFA, s.FirstFactors = pool.MFAOn, []string{"PASSWORD", "SMS_OTP"}
		}, invalid + "EMAIL_OTP and SMS_OTP are not allowed in AllowedFirstAuthFactors when MfaConfiguration is ON."},
		{"MFA without text messages", func(s *pool.Settings) { s.MFA = pool.MFAOptional },
			invalid + "SMS configuration and Auto verification for phone_number are required when MFA is required/optional"},
		{"MFA with text messages", func(s *pool.Settings) { withSMS(s); s.MFA = pool.MFAOn }, ""},
		{"phone verified without text messages", func(s *pool.Settings) { s.AutoVerified = []string{"email", "phone_number"} },
			invalid + "SMS configuration is required when phone_number is selected for auto verification"},
		{"verified before update only", func(s *pool.Settings) { s.VerifyBeforeUpdate = []string{"email"} },
			invalid + "All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes"},
		{"own sender without identity", func(s *pool.Settings) { s.Email.Account = pool.SenderDeveloper },
			invalid + "Source ARN is required to use DEVELOPER email sending owner"},
		{"identity in the pool's Region", func(s *pool.Settings) { s.Email.SourceARN = "arn:aws:ses:eu-central-1:123456789012:identity/a.example" }, ""},
		{"identity in another Region", func(s *pool.Settings) { s.Email.SourceARN = "arn:aws:ses:eu-north-1:123456789012:identity/a.example" },
			invalid + "Provided SourceArn must be in one of the following SES regions: eu-central-1, eu-west-1, us-east-1, us-west-2."},
		{"From with a name", func(s *pool.Settings) { s.Email.From = "The Pool <pool@a.example>" }, ""},
		{"From without an address", func(s *pool.Settings) { s.Email.From = "The Pool" }, invalid + "Provided From email address is invalid"},
		{"From with a line break", func(s *pool.Settings) { s.Email.From = "The\r\n Pool <pool@a.example>" }, invalid + "Provided From email address is invalid"},
		{"custom sender without key", func(s *pool.Settings) {
			s.Triggers.CustomSMSSender = &pool.VersionedHook{ARN: testLambda, Version: "V1_0"}
		},
			invalid + "KMSKeyId parameter is required when Custom SMS/Email Lambda trigger is used."},
		{"key of another Region", func(s *pool.Settings) { s.Triggers.KMSKeyID = "arn:aws:kms:us-east-1:123456789012:key/k" }, invalid + "Invalid arn us-east-1"},
		{"trigger of another Region", func(s *pool.Settings) { s.Triggers.PreSignUp = "arn:aws:lambda:us-east-1:123456789012:function:f" },
			invalid + "Cross-region lambda functions are not supported"},
		{"versioned trigger of another Region", func(s *pool.Settings) {
			s.Triggers.InboundFederation = &pool.VersionedHook{ARN: "arn:aws:lambda:us-east-1:123456789012:function:f"}
		}, invalid + "Cross-region lambda functions are not supported"},
		{"text messages from elsewhere", func(s *pool.Settings) { withSMS(s); s.SMS.SNSRegion = "us-west-2" },
			invalid + "Invalid snsRegion. Allowed SNS region for eu-central-1 is eu-central-1"},
		{"text messages from the alternate Region", func(s *pool.Settings) { withSMS(s); s.SMS.SNSRegion = "eu-west-1" }, ""},
		{"role of another account", func(s *pool.Settings) { s.SMS = &pool.SMSSettings{SNSCallerARN: "arn:aws:iam::210987654321:role/sms"} },
			invalid + "Cross-account pass role is not allowed."},
		{"both kinds of text messages", func(s *pool.Settings) { withSMS(s); s.SMS.EUMS = &pool.EUMSSettings{CallerARN: testRole} },
			invalid + "SmsConfiguration takes either SnsCallerArn or EumsSms, not both."},
		{"no kind of text messages", func(s *pool.Settings) { s.SMS = &pool.SMSSettings{ExternalID: "x"} },
			invalid + "SmsConfiguration requires SnsCallerArn or EumsSms."},
		{"end user messaging elsewhere", func(s *pool.Settings) {
			s.SMS = &pool.SMSSettings{EUMS: &pool.EUMSSettings{CallerARN: testRole, Region: "us-east-1"}}
		}, invalid + "SmsConfiguration EumsSms Region must be the Region of the user pool: eu-central-1."},
		{"code and link", func(s *pool.Settings) {
			s.Templates.EmailMessage, s.Templates.EmailMessageByLink = "Code {####}", "Click {##here##}"
		}, invalid + "VerificationMessageTemplate takes either EmailMessage or EmailMessageByLink, not both."},
		{"invitation without a name", func(s *pool.Settings) { s.Invite.EmailMessage = "Use {####}" }, invalid + "InviteMessageTemplate EmailMessage must contain {username}."},
		{"invitation without a password", func(s *pool.Settings) { s.Invite.EmailMessage = "Hello {username}" }, invalid + "InviteMessageTemplate EmailMessage must contain {####}."},
		{"invitation to a pool without passwords", func(s *pool.Settings) {
			s.Invite.EmailMessage, s.FirstFactors = "Hello {username}", []string{"PASSWORD", "EMAIL_OTP"}
		}, ""},
		{"administrator and mail", func(s *pool.Settings) {
			s.Recovery = []pool.RecoveryOption{{Name: "admin_only", Priority: 1}, {Name: "verified_email", Priority: 2}}
		}, invalid + "admin_only cannot be combined with other RecoveryMechanisms in AccountRecoverySetting."},
		{"same priority twice", func(s *pool.Settings) {
			s.Recovery = []pool.RecoveryOption{{Name: "verified_phone_number", Priority: 1}, {Name: "verified_email", Priority: 1}}
		}, invalid + "RecoveryMechanisms in AccountRecoverySetting must have different names and priorities."},
		{"level named like another's default", func(s *pool.Settings) { s.ACR = map[string]string{"Level1": "urn:cognito:loa:2"} },
			invalid + "AcrConfiguration gives two levels the same AcrValue: urn:cognito:loa:2."},
		{"reserved tag", func(s *pool.Settings) { s.Tags = map[string]string{"aws:x": ""} },
			"UserPoolTaggingException: UserPoolTags cannot have keys that begin with aws:."},
		{"many tags", func(s *pool.Settings) {
			s.Tags = map[string]string{}
			for i := range 51 {
				s.Tags[fmt.Sprint(i)] = ""
			}
		}, "UserPoolTaggingException: UserPoolTags cannot have more than 50 tags."},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := barePool()
			c.change(&p.Settings)
			checkFault(t, p.Check(), c.want)
		})
	}
}

func TestPoolCheckTier(t *testing.T) {
	for _, c := range []struct {
		name, tier string
		change     func(s *pool.Settings)
		features   string
	}{
		{"threat protection", pool.TierEssentials, func(s *pool.Settings) { s.AddOns = &pool.AddOns{SecurityMode: "AUDIT"} }, "Threat Protection"},
		{"threat protection with PLUS", pool.TierPlus, func(s *pool.Settings) { s.AddOns = &pool.AddOns{SecurityMode: "ENFORCED"} }, ""},
		{"threat protection off", pool.TierLite, func(s *pool.Settings) { s.AddOns = &pool.AddOns{SecurityMode: "OFF"} }, ""},
		{"one-time code", pool.TierLite, func(s *pool.Settings) { s.FirstFactors = []string{"PASSWORD", "EMAIL_OTP"} }, "Passwordless Sign-In"},
		{"tokens, version 3", pool.TierLite, func(s *pool.Settings) {
			s.Triggers.PreTokenGenerationSet = &pool.VersionedHook{ARN: testLambda, Version: "V3_0"}
		}, "Token Customization with Pre-Token Generation Lambda V3_0"},
		{"tokens, version 1", pool.TierLite, func(s *pool.Settings) {
			s.Triggers.PreTokenGenerationSet = &pool.VersionedHook{ARN: testLambda, Version: "V1_0"}
		}, ""},
		{"several", pool.TierLite, func(s *pool.Settings) {
			s.AddOns = &pool.AddOns{SecurityMode: "AUDIT"}
			s.FirstFactors = []string{"PASSWORD", "WEB_AUTHN"}
			s.PasswordPolicy.HistorySize = ptr(int32(3))
			dcr := pool.DefaultDCR()
			s.DCR = &dcr
			s.ACR = map[string]string{"Level4": "gold"}
		}, "Threat Protection, Passwordless Sign-In, Password History, Dynamic Client Registration, Custom Authentication Context Class References"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := barePool()
			p.Settings.Tier = c.tier
			c.change(&p.Settings)
			want := ""
			if c.features != "" {
				want = "FeatureUnavailableInTierException: The following features need to be disabled for the " + c.tier + " pricing tier configured: " + c.features
			}
			checkFault(t, p.Check(), want)
		})
	}
}

// The customer's own key is refused where it would be set, and listed as such.
func TestCustomerKeyIsListedAsUnbuilt(t *testing.T) {
	for _, u := range pool.UnbuiltSettings {
		if strings.HasPrefix(u.Setting, "KeyConfiguration") && u.Refused == "CreateUserPool and UpdateUserPool with it" {
			return
		}
	}
	t.Error("KeyConfiguration is not among pool.UnbuiltSettings")
}

func TestResetKeepsWhatProtects(t *testing.T) {
	dcr := pool.DefaultDCR()
	s := pool.DefaultSettings()
	s.Schema = append(s.Schema, pool.Attribute{Name: "custom:tier", Type: pool.TypeString})
	s.Aliases, s.UsernameAttributes, s.CaseSensitive = []string{"email"}, []string{"email"}, ptr(false)
	s.FirstFactors, s.DeletionProtection, s.VerifyBeforeUpdate = []string{"PASSWORD", "EMAIL_OTP"}, true, []string{"email"}
	s.Tags, s.Tier, s.KeyConfig = map[string]string{"a": "b"}, pool.TierPlus, &pool.KeyConfig{Type: "AWS_OWNED_KEY"}
	s.Issuer, s.DCR, s.ACR = "UPDATED", &dcr, map[string]string{"Level1": "x"}
	kept := s
	s.PasswordPolicy.MinLength, s.AutoVerified, s.MFA = 12, []string{"email"}, pool.MFAOn
	s.Triggers.PreSignUp, s.Templates.EmailMessage, s.Devices = testLambda, "{####}", &pool.DeviceSettings{}
	s.Email.Account, s.SMS, s.Invite.AdminOnly = pool.SenderDeveloper, &pool.SMSSettings{}, true
	s.AddOns, s.Recovery = &pool.AddOns{SecurityMode: "ENFORCED"}, nil
	if diff := cmp.Diff(kept, s.Reset()); diff != "" {
		t.Errorf("settings after a reset (-want +got):\n%s", diff)
	}
}
