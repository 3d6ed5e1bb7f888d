package conformance

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"
)

// wantFactors wants GetUser, AdminGetUser, GetUserAuthFactors and
// AdminGetUserAuthFactors to agree about a user's factors; preferred "" is none.
func (f *fixture) wantFactors(t *testing.T, what, name string, token *string, preferred string, list ...string) {
	t.Helper()
	type shown struct {
		Preferred *string
		List      []string
	}
	want := shown{List: list}
	if preferred != "" {
		want.Preferred = &preferred
	}
	user, own := f.shown(t, name), did(f.GetUser(t.Context(), &cip.GetUserInput{AccessToken: token}))(t)
	mine := did(f.GetUserAuthFactors(t.Context(), &cip.GetUserAuthFactorsInput{AccessToken: token}))(t)
	theirs := f.authFactors(t, name)
	for operation, got := range map[string]shown{
		"AdminGetUser": {user.PreferredMfaSetting, user.UserMFASettingList}, "GetUser": {own.PreferredMfaSetting, own.UserMFASettingList},
		"GetUserAuthFactors": {mine.PreferredMfaSetting, mine.UserMFASettingList}, "AdminGetUserAuthFactors": {theirs.PreferredMfaSetting, theirs.UserMFASettingList},
	} {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s, %s (-want +got):\n%s", what, operation, diff)
		}
	}
	var options []types.MFAOptionType
	if slices.Contains(list, "SMS_MFA") {
		options = []types.MFAOptionType{{DeliveryMedium: "SMS", AttributeName: aws.String("phone_number")}}
	}
	for operation, got := range map[string][]types.MFAOptionType{"AdminGetUser": user.MFAOptions, "GetUser": own.MFAOptions} {
		if len(got) != len(options) || len(got) > 0 && (got[0].DeliveryMedium != "SMS" || *got[0].AttributeName != "phone_number") {
			t.Errorf("%s, %s: MFAOptions %v", what, operation, got)
		}
	}
}

// authFactors calls AdminGetUserAuthFactors, which the SDK of the tests does not know yet.
func (f *fixture) authFactors(t *testing.T, name string) (out cip.GetUserAuthFactorsOutput) {
	t.Helper()
	parseInto(t, []byte(encode(t, f.wantCall(t, "AdminGetUserAuthFactors", f.named(name), ""))), &out)
	return out
}

// deleteToken calls AdminDeleteSoftwareToken, which neither does.
func (f *fixture) deleteToken(t *testing.T, name, refusal string) {
	t.Helper()
	f.wantCall(t, "AdminDeleteSoftwareToken", f.named(name), refusal)
}

// named is a request that names a user and no more.
func (f *fixture) named(name string) string {
	return `{"UserPoolId":"` + f.pool + `","Username":"` + name + `"}`
}

// preferring calls SetUserMFAPreference, or AdminSetUserMFAPreference where there is no
// token, with members.
func (f *fixture) preferring(t *testing.T, token *string, name, members, refusal string) {
	t.Helper()
	if token != nil {
		f.wantCall(t, "SetUserMFAPreference", `{"AccessToken":"`+*token+`",`+members+`}`, refusal)
		return
	}
	f.wantCall(t, "AdminSetUserMFAPreference", `{"UserPoolId":"`+f.pool+`","Username":"`+name+`",`+members+`}`, refusal)
}

// SetUserMFAPreference and AdminSetUserMFAPreference turn factors on and off, prefer one,
// and leave the factors that they do not name.
func TestMFAPreference(t *testing.T) {
	covers(t, "SetUserMFAPreference")
	covers(t, "AdminSetUserMFAPreference")
	covers(t, "GetUserAuthFactors")
	covers(t, "AdminGetUserAuthFactors")
	covers(t, "GetUser")
	covers(t, "AdminGetUser")
	inFrozenTime(t, func(t *testing.T, e *env, c *clock) {
		const on, best, off = `{"Enabled":true}`, `{"Enabled":true,"PreferredMfa":true}`, `{"Enabled":false}`
		for _, admin := range []bool{false, true} {
			f := newMFA(t, e, "OPTIONAL", "sms email totp")
			f.user(t, "ann", "phone_number="+number(), "email="+address("ann"))
			token := f.signIn(t, "ann").AccessToken
			f.enrol(t, token, c)
			by := token
			if admin {
				by = nil
			}
			f.wantFactors(t, "at first", "ann", token, "")
			for _, step := range []struct {
				members, preferred string
				list               []string
			}{
				{`"SMSMfaSettings":` + on, "", []string{"SMS_MFA"}},
				{`"EmailMfaSettings":` + best, "EMAIL_OTP", []string{"SMS_MFA", "EMAIL_OTP"}},
				{`"SoftwareTokenMfaSettings":` + best, "SOFTWARE_TOKEN_MFA", []string{"SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"}},
				{`"SMSMfaSettings":` + off, "SOFTWARE_TOKEN_MFA", []string{"SOFTWARE_TOKEN_MFA", "EMAIL_OTP"}},
				// A member that is absent is false: clients cannot say it otherwise.
				{`"SoftwareTokenMfaSettings":` + on, "", []string{"SOFTWARE_TOKEN_MFA", "EMAIL_OTP"}},
				{`"EmailMfaSettings":{}`, "", []string{"SOFTWARE_TOKEN_MFA"}},
				{`"SMSMfaSettings":` + best + `,"SoftwareTokenMfaSettings":` + on, "SMS_MFA", []string{"SMS_MFA", "SOFTWARE_TOKEN_MFA"}},
				// One that goes off is preferred no more, and is not when it comes back.
				{`"SMSMfaSettings":` + off, "", []string{"SOFTWARE_TOKEN_MFA"}},
				{`"SMSMfaSettings":` + on, "", []string{"SMS_MFA", "SOFTWARE_TOKEN_MFA"}},
				{`"SMSMfaSettings":` + off + `,"SoftwareTokenMfaSettings":` + off + `,"EmailMfaSettings":` + off, "", nil},
			} {
				f.preferring(t, by, "ann", step.members, "")
				f.wantFactors(t, step.members, "ann", token, step.preferred, step.list...)
			}
		}
	})
}

// Preferences that cannot be are refused, and change nothing.
func TestMFAPreferenceRefusals(t *testing.T) {
	refuses(t, "SetUserMFAPreference", "InvalidParameterException")
	refuses(t, "AdminSetUserMFAPreference", "InvalidParameterException")
	inFrozenTime(t, func(t *testing.T, e *env, c *clock) {
		const best, invalid = `{"Enabled":true,"PreferredMfa":true}`, "InvalidParameterException: "
		for _, admin := range []bool{false, true} {
			f := newMFA(t, e, "OPTIONAL", "totp")
			f.user(t, "ann")
			token := f.signIn(t, "ann").AccessToken
			by := token
			if admin {
				by = nil
			}
			refused := func(members, refusal string) {
				t.Helper()
				f.preferring(t, by, "ann", members, invalid+refusal)
				f.wantFactors(t, "after "+members, "ann", token, "")
			}
			refused(`"SoftwareTokenMfaSettings":`+best, "User has not set up software token mfa")
			f.associate(t, token)
			refused(`"SoftwareTokenMfaSettings":`+best, "User has not verified software token mfa")
			refused(`"SMSMfaSettings":`+best, "User does not have delivery config set to turn on SMS_MFA")
			refused(`"EmailMfaSettings":`+best, "User does not have delivery config set to turn on EMAIL_OTP")
			noError(t, f.adminUpdate(t, "ann", "phone_number="+number(), "email="+address("ann")))
			refused(`"SMSMfaSettings":`+best, "SMS_MFA is not an MFA method of the user pool.")
			refused(`"EmailMfaSettings":`+best, "EMAIL_OTP is not an MFA method of the user pool.")
			refused(`"WebAuthnMfaSettings":{"Enabled":true}`, "Passkeys are not an MFA method of the user pool.")
			f.offer(t, "OPTIONAL", "sms email totp")
			f.enrol(t, token, c)
			refused(`"SMSMfaSettings":`+best+`,"SoftwareTokenMfaSettings":`+best, "Only one MFA method can be preferred.")
			refused(`"SMSMfaSettings":{"Enabled":true},"EmailMfaSettings":{"Enabled":false,"PreferredMfa":true}`, "A preferred MFA method has to be enabled.")
			refused(`"SMSMfaSettings":{"PreferredMfa":true}`, "A preferred MFA method has to be enabled.")
			f.setMFA(t, `"MfaConfiguration":"OPTIONAL",`+tokenFactor+","+passkeyFactor, "")
			refused(`"WebAuthnMfaSettings":{"Enabled":true}`, "A passkey as MFA needs another MFA method beside it.")
			f.preferring(t, by, "ann", `"WebAuthnMfaSettings":{"Enabled":true},"SMSMfaSettings":{"Enabled":true}`, "")
			f.wantFactors(t, "a passkey", "ann", token, "", "SMS_MFA")
		}
	})
}

// Where the pool requires a second factor a user may prefer and not turn off; an
// administrator may.
func TestMFAPreferenceWhereRequired(t *testing.T) {
	refuses(t, "SetUserMFAPreference", "InvalidParameterException")
	refuses(t, "SetUserSettings", "InvalidParameterException")
	covers(t, "AdminSetUserMFAPreference")
	inFrozenTime(t, func(t *testing.T, e *env, c *clock) {
		f := newMFA(t, e, "OPTIONAL", "sms totp")
		f.user(t, "ann", "phone_number="+number())
		token := f.signIn(t, "ann").AccessToken
		f.enrol(t, token, c)
		f.prefer(t, "ann", "sms* totp")
		f.offer(t, "ON", "sms totp")
		const required = "InvalidParameterException: The user pool requires MFA: SMS_MFA cannot be turned off."
		f.preferring(t, token, "ann", `"SMSMfaSettings":{"Enabled":false}`, required)
		f.preferring(t, token, "ann", `"SMSMfaSettings":{}`, required)
		f.wantCall(t, "SetUserSettings", `{"AccessToken":"`+*token+`","MFAOptions":[]}`, required)
		f.wantFactors(t, "refused", "ann", token, "SMS_MFA", "SMS_MFA", "SOFTWARE_TOKEN_MFA")
		f.preferring(t, token, "ann", `"SoftwareTokenMfaSettings":{"Enabled":true,"PreferredMfa":true}`, "")
		f.wantFactors(t, "preferred", "ann", token, "SOFTWARE_TOKEN_MFA", "SMS_MFA", "SOFTWARE_TOKEN_MFA")
		f.preferring(t, nil, "ann", `"SMSMfaSettings":{"Enabled":false}`, "")
		f.wantFactors(t, "by an administrator", "ann", token, "SOFTWARE_TOKEN_MFA", "SOFTWARE_TOKEN_MFA")
		f.preferring(t, token, "ann", `"EmailMfaSettings":{"Enabled":false}`, "") // it is off already
	})
}

// SetUserSettings and AdminSetUserSettings, which know text messages only.
func TestUserSettings(t *testing.T) {
	covers(t, "SetUserSettings", "InvalidParameterException")
	covers(t, "AdminSetUserSettings", "InvalidParameterException")
	onEachEngine(t, func(t *testing.T, e *env) {
		for _, admin := range []bool{false, true} {
			f := newMFA(t, e, "OPTIONAL", "sms email")
			f.user(t, "ann", "email="+address("ann"))
			token := f.signIn(t, "ann").AccessToken
			set := func(options, refusal string) {
				t.Helper()
				if admin {
					f.wantCall(t, "AdminSetUserSettings", `{"UserPoolId":"`+f.pool+`","Username":"ann","MFAOptions":`+options+`}`, refusal)
					return
				}
				f.wantCall(t, "SetUserSettings", `{"AccessToken":"`+*token+`","MFAOptions":`+options+`}`, refusal)
			}
			const sms, invalid = `[{"DeliveryMedium":"SMS","AttributeName":"phone_number"}]`, "InvalidParameterException: "
			set(sms, invalid+"User does not have delivery config set to turn on SMS_MFA")
			noError(t, f.adminUpdate(t, "ann", "phone_number="+number()))
			for _, bad := range []string{`[{}]`, `[{"DeliveryMedium":"EMAIL","AttributeName":"email"}]`, `[{"DeliveryMedium":"SMS","AttributeName":"email"}]`, `[{"DeliveryMedium":"SMS"}]`} {
				set(bad, invalid+"MFAOptions can have SMS to phone_number only.")
			}
			f.wantFactors(t, "refused", "ann", token, "")
			f.prefer(t, "ann", "email*")
			set(sms, "")
			f.wantFactors(t, "on", "ann", token, "EMAIL_OTP", "SMS_MFA", "EMAIL_OTP")
			f.prefer(t, "ann", "sms* email")
			set(sms, "")
			f.wantFactors(t, "on again", "ann", token, "SMS_MFA", "SMS_MFA", "EMAIL_OTP")
			set(`[]`, "")
			f.wantFactors(t, "off", "ann", token, "", "EMAIL_OTP")
		}
	})
}
