package conformance

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/google/go-cmp/cmp"
)

const (
	factorsWithOff = "InvalidParameterException: Invalid MFA configuration given, can't turn off MFA and configure an MFA together."
	noFactorsWith  = "InvalidParameterException: Invalid MFA configuration given, can't disable all MFAs with a required or optional configuration."
	smsFactor      = `"SmsMfaConfiguration":{"SmsAuthenticationMessage":"Sign in with {####}","SmsConfiguration":{"SnsCallerArn":"arn:aws:iam::000000000000:role/sns"}}`
	tokenFactor    = `"SoftwareTokenMfaConfiguration":{"Enabled":true}`
	emailFactor    = `"EmailMfaConfiguration":{"Message":"Mail {####}","Subject":"Sign in"}`
	passkeyFactor  = `"WebAuthnConfiguration":{"RelyingPartyId":"login.example","UserVerification":"required","FactorConfiguration":"MULTI_FACTOR_WITH_USER_VERIFICATION"}`
)

// setMFA calls SetUserPoolMfaConfig with members and returns the answer or the refusal.
func (f *fixture) setMFA(t *testing.T, members, refusal string) map[string]any {
	t.Helper()
	return f.wantCall(t, "SetUserPoolMfaConfig", `{"UserPoolId":"`+f.pool+`"`+strings.TrimSuffix(","+members, ",")+`}`, refusal)
}

// wantMFA wants GetUserPoolMfaConfig to answer exactly the members.
func (f *fixture) wantMFA(t *testing.T, what, members string) {
	t.Helper()
	got := f.wantCall(t, "GetUserPoolMfaConfig", `{"UserPoolId":"`+f.pool+`"}`, "")
	if diff := cmp.Diff(parse(t, "{"+members+"}"), any(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// SetUserPoolMfaConfig judges which members are there and not what they say, answers
// what then holds, and a refusal changes nothing.
func TestMFAConfigPresence(t *testing.T) {
	covers(t, "SetUserPoolMfaConfig", "InvalidParameterException")
	covers(t, "GetUserPoolMfaConfig")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, byOwnEmail)
		const off = `"MfaConfiguration":"OFF"`
		f.wantMFA(t, "a new pool", off)
		for _, c := range []struct{ members, refusal string }{
			{off + "," + smsFactor, factorsWithOff},
			{off + "," + tokenFactor, factorsWithOff},
			{off + `,"SoftwareTokenMfaConfiguration":{"Enabled":false}`, factorsWithOff},
			{off + "," + emailFactor, factorsWithOff},
			{tokenFactor, factorsWithOff},
			{`"MfaConfiguration":"ON"`, noFactorsWith},
			{`"MfaConfiguration":"OPTIONAL"`, noFactorsWith},
			{`"MfaConfiguration":"ON",` + passkeyFactor, noFactorsWith},
		} {
			f.setMFA(t, c.members, c.refusal)
			f.wantMFA(t, "after a refusal of "+c.members, off)
		}
		for _, members := range []string{
			off,
			off + "," + passkeyFactor,
			`"MfaConfiguration":"ON",` + tokenFactor + "," + passkeyFactor,
			`"MfaConfiguration":"OPTIONAL",` + emailFactor + "," + passkeyFactor,
			`"MfaConfiguration":"OPTIONAL",` + smsFactor + "," + tokenFactor + "," + emailFactor + "," + passkeyFactor,
			`"MfaConfiguration":"ON",` + smsFactor + "," + passkeyFactor,
		} {
			answer := f.setMFA(t, members, "")
			if diff := cmp.Diff(parse(t, "{"+members+"}"), any(answer)); diff != "" {
				t.Errorf("the answer to %s (-want +got):\n%s", members, diff)
			}
			f.wantMFA(t, "after "+members, members)
		}
		// Without the mode all goes off, but for the passkeys.
		f.setMFA(t, "", "")
		f.wantMFA(t, "off by nothing", off+","+passkeyFactor)
		f.offer(t, "OPTIONAL", "totp")
		f.wantMFA(t, "text messages stay with the pool's role for them",
			`"MfaConfiguration":"OPTIONAL",`+tokenFactor+","+passkeyFactor+","+smsFactor)
	})
}

// SetUserPoolMfaConfig refuses what the pool could not do.
func TestMFAConfigRefusals(t *testing.T) {
	covers(t, "SetUserPoolMfaConfig", "InvalidParameterException", "ResourceNotFoundException", "FeatureUnavailableInTierException")
	refuses(t, "GetUserPoolMfaConfig", "ResourceNotFoundException", "InvalidParameterException")
	onEachEngine(t, func(t *testing.T, e *env) {
		const on, invalid = `"MfaConfiguration":"ON",`, "InvalidParameterException: "
		f := newFixture(t, e, nil)
		for _, c := range []struct{ members, refusal string }{
			{on + emailFactor, invalid + "Cannot set EmailMfaConfiguration when user pool EmailConfiguration contains an EmailSendingAccount of COGNITO_DEFAULT."},
			{on + `"SoftwareTokenMfaConfiguration":{"Enabled":false}`, invalid + "SMS configuration and Auto verification for phone_number are required when MFA is required/optional"},
			{on + `"SmsMfaConfiguration":{}`, invalid + "SMS configuration and Auto verification for phone_number are required when MFA is required/optional"},
			{on + `"SmsMfaConfiguration":{"SmsConfiguration":{"SnsCallerArn":"arn:aws:iam::111111111111:role/sns"}}`, invalid + "Cross-account pass role is not allowed."},
			{on + `"SmsMfaConfiguration":{"SmsAuthenticationMessage":"without a code"}`, invalid + `1 validation error detected: Value 'without a code' at 'smsMfaConfiguration.smsAuthenticationMessage' failed to satisfy constraint: Member must satisfy regular expression pattern: .*\{####\}.*`},
			{`"WebAuthnConfiguration":{"RelyingPartyId":"https://login.example"}`, invalid + "RelyingPartyId has to be a domain name in lower case, without scheme, port and path."},
			{`"MfaConfiguration":"SOMETIMES"`, invalid + `1 validation error detected: Value 'SOMETIMES' at 'mfaConfiguration' failed to satisfy constraint: Member must satisfy enum value set: [OFF, ON, OPTIONAL]`},
		} {
			f.setMFA(t, c.members, c.refusal)
			f.wantMFA(t, "after a refusal", `"MfaConfiguration":"OFF"`)
		}
		own := newFixture(t, e, byOwnEmail)
		own.setMFA(t, on+`"EmailMfaConfiguration":{"Message":"Mail {####}","Subject":"Two\nlines"}`, invalid+"The subject of an e-mail message must be one line without control characters.")
		lite := newFixture(t, e, func(in *cip.CreateUserPoolInput) { byOwnEmail(in); in.UserPoolTier = "LITE" })
		lite.setMFA(t, on+emailFactor, "FeatureUnavailableInTierException: EmailMfaConfiguration is not available in the LITE tier.")
		lite.setMFA(t, on+tokenFactor, "")
		only := newFixture(t, e, func(in *cip.CreateUserPoolInput) { byOwnEmail(in); recoversBy("verified_email")(in) })
		only.setMFA(t, on+emailFactor, invalid+"verified_email cannot be the only one of RecoveryMechanisms in AccountRecoverySetting with EmailMfaConfiguration.")
		only.setMFA(t, on+tokenFactor, "")
		for operation, members := range map[string]string{"SetUserPoolMfaConfig": "", "GetUserPoolMfaConfig": ""} {
			e.wantCall(t, operation, `{"UserPoolId":"us-east-1_unknown00"`+members+`}`, "ResourceNotFoundException: User pool us-east-1_unknown00 does not exist.")
			e.wantCall(t, operation, `{"UserPoolId":"pool"}`, invalid+`1 validation error detected: Value 'pool' at 'userPoolId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w-]+_[0-9a-zA-Z]+`)
		}
		// One-time codes as a first factor and a second factor that is required exclude
		// each other.
		first := newFixture(t, e, nil)
		e.wantCall(t, "UpdateUserPool", `{"UserPoolId":"`+first.pool+`","Policies":{"SignInPolicy":{"AllowedFirstAuthFactors":["PASSWORD","EMAIL_OTP"]}}}`, "")
		first.setMFA(t, on+tokenFactor, invalid+"EMAIL_OTP and SMS_OTP are not allowed in AllowedFirstAuthFactors when MfaConfiguration is ON.")
		first.setMFA(t, `"MfaConfiguration":"OPTIONAL",`+tokenFactor, "")
	})
}

// UpdateUserPool keeps the factors that only SetUserPoolMfaConfig sets, and judges the
// mode with them; DescribeUserPool shows the mode.
func TestMFAConfigAndUpdates(t *testing.T) {
	covers(t, "UpdateUserPool")
	covers(t, "DescribeUserPool")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, byOwnEmail)
		update := func(members, refusal string) {
			t.Helper()
			e.wantCall(t, "UpdateUserPool", `{"UserPoolId":"`+f.pool+`"`+members+`}`, refusal)
		}
		mode := func() string {
			t.Helper()
			return string(did(f.DescribeUserPool(t.Context(), &cip.DescribeUserPoolInput{UserPoolId: &f.pool}))(t).UserPool.MfaConfiguration)
		}
		update(`,"MfaConfiguration":"ON"`, "InvalidParameterException: SMS configuration and Auto verification for phone_number are required when MFA is required/optional")
		f.setMFA(t, `"MfaConfiguration":"ON",`+tokenFactor+","+passkeyFactor, "")
		if got := mode(); got != "ON" {
			t.Errorf("the mode is %s", got)
		}
		update(`,"MfaConfiguration":"OPTIONAL"`, "")
		f.wantMFA(t, "after an update", `"MfaConfiguration":"OPTIONAL",`+tokenFactor+","+passkeyFactor)
		// What an update leaves out goes back to its default: off.
		update("", "")
		f.wantMFA(t, "after an update without the mode", `"MfaConfiguration":"OFF",`+tokenFactor+","+passkeyFactor)
		if got := mode(); got != "OFF" {
			t.Errorf("the mode is %s", got)
		}
		update(`,"MfaConfiguration":"ON"`, "")
		f.wantMFA(t, "on again", `"MfaConfiguration":"ON",`+tokenFactor+","+passkeyFactor)
		// The text of SetUserPoolMfaConfig is the pool's.
		f.setMFA(t, `"MfaConfiguration":"ON",`+smsFactor, "")
		pool := did(f.DescribeUserPool(t.Context(), &cip.DescribeUserPoolInput{UserPoolId: &f.pool}))(t).UserPool
		if aws.ToString(pool.SmsAuthenticationMessage) != "Sign in with {####}" || pool.SmsConfiguration == nil || aws.ToString(pool.SmsConfiguration.SnsCallerArn) != snsRole {
			t.Errorf("the pool shows %v, %v", aws.ToString(pool.SmsAuthenticationMessage), pool.SmsConfiguration)
		}
	})
}
