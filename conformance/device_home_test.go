package conformance

import (
	"strings"
	"testing"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// atHome makes a pool that tracks devices and has ann repeat a code after her password,
// and a client of all flows. It returns her phone number.
func atHome(t *testing.T, e *env, challenge, onPrompt bool) (f *fixture, phone string) {
	t.Helper()
	f = newFixture(t, e, func(in *cip.CreateUserPoolInput) {
		byPhoneToo(in)
		tracking(challenge, onPrompt)(in)
		in.MfaConfiguration = "OPTIONAL"
	})
	f.client = f.everyFlow(t)
	return f, f.careful(t, "ann")
}

func (f *fixture) everyFlow(t *testing.T) string {
	t.Helper()
	return f.newClient(t, func(in *cip.CreateUserPoolClientInput) {
		in.ExplicitAuthFlows = append(in.ExplicitAuthFlows, "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH")
	})
}

// careful makes a user who repeats a code from a phone after the password.
func (f *fixture) careful(t *testing.T, name string, attributes ...string) (phone string) {
	t.Helper()
	phone = "+1555" + strings.ReplaceAll(unique("0000000"), "-", "")
	f.user(t, name, append(attributes, "phone_number="+phone, "phone_number_verified=true")...)
	did(f.AdminSetUserMFAPreference(t.Context(), &cip.AdminSetUserMFAPreferenceInput{
		UserPoolId: &f.pool, Username: &name, SMSMfaSettings: &types.SMSMfaSettingsType{Enabled: true, PreferredMfa: true},
	}))(t)
	return phone
}

// byPassword begins with ann's password, on a device or, nil, without one.
func (f *fixture) byPassword(t *testing.T, d *device) *stage {
	t.Helper()
	parameters := wish("USERNAME", "ann", "PASSWORD", password)
	if d != nil {
		parameters["DEVICE_KEY"] = d.key
	}
	return did(f.enterBy(t, "USER_PASSWORD_AUTH", parameters))(t)
}

// byCode answers the challenge for a code from ann's phone.
func (f *fixture) byCode(t *testing.T, s *stage, phone string) *stage {
	t.Helper()
	wantStage(t, s, nil, "SMS_MFA")
	return did(f.answerTo(t, s, nil, wish("USERNAME", "ann", "SMS_MFA_CODE", f.code(t, phone))))(t)
}

// remembered signs ann in and confirms the device.
func (f *fixture) remembered(t *testing.T, phone string) (*device, *types.AuthenticationResultType) {
	t.Helper()
	s := f.byCode(t, f.byPassword(t, nil), phone)
	d, _ := f.confirmDevice(t, s.tokens, "")
	return d, s.tokens
}

// greets answers DEVICE_SRP_AUTH.
func (f *fixture) greets(t *testing.T, d *device, s *stage) *stage {
	t.Helper()
	wantStage(t, s, nil, "DEVICE_SRP_AUTH")
	return did(f.answerTo(t, s, nil, d.named("USERNAME", "ann", "SRP_A", d.public().Text(16))))(t)
}

// proves answers DEVICE_PASSWORD_VERIFIER.
func (f *fixture) proves(t *testing.T, d *device, s *stage, change ...map[string]string) (*stage, error) {
	t.Helper()
	wantStage(t, s, nil, "DEVICE_PASSWORD_VERIFIER")
	return f.answerTo(t, s, nil, append([]map[string]string{d.named("USERNAME", "ann"), d.proof(t, s.parameters)}, change...)...)
}

// wantOn fails the test unless a sign-in ended with tokens of the device and of no new
// one.
func (f *fixture) wantOn(t *testing.T, d *device, s *stage) {
	t.Helper()
	wantStage(t, s, nil, "")
	if key := parseJWT(t, *s.tokens.AccessToken).claims["device_key"]; s.tokens.NewDeviceMetadata != nil || key != d.key {
		t.Errorf("signed in on %v, and a new device %v", key, s.tokens.NewDeviceMetadata)
	}
}
