package conformance

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"
)

// twoFactors has the pool take a passkey for two factors, or for one, where it requires
// software tokens, or not.
func (f *fixture) twoFactors(t *testing.T, site string, mode types.UserPoolMfaType, factors types.WebAuthnFactorConfigurationType) {
	t.Helper()
	f.passkeysFor(t, site, func(in *cip.SetUserPoolMfaConfigInput) {
		in.MfaConfiguration, in.WebAuthnConfiguration.FactorConfiguration = mode, factors
		if mode != "OFF" {
			in.SoftwareTokenMfaConfiguration = &types.SoftwareTokenMfaConfigType{Enabled: true}
		}
	})
}

// A pool that requires a second factor lets a passkey stand for both, if the pool wants
// that and the authenticator verified its user.
func TestPasskeyAsTwoFactors(t *testing.T) {
	refuses(t, "RespondToAuthChallenge", "NotAuthorizedException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newPasskeyPool(t, e)
		a := f.withPasskey(t, "ann")
		weak, weakSession := f.askedForPasskey(t, "ann")
		choices := func(want ...types.ChallengeNameType) {
			t.Helper()
			out := did(f.beginChoice(t, "ann"))(t)
			if diff := cmp.Diff(want, out.AvailableChallenges); diff != "" || out.ChallengeName != "SELECT_CHALLENGE" {
				t.Errorf("%s (-want +got):\n%s", out.ChallengeName, diff)
			}
		}
		f.twoFactors(t, site, "ON", "SINGLE_FACTOR")
		choices("PASSWORD_SRP", "PASSWORD")
		if out := did(f.beginChoice(t, "ann", "PREFERRED_CHALLENGE", "WEB_AUTHN"))(t); out.ChallengeName != "SELECT_CHALLENGE" {
			t.Errorf("a passkey that is one factor leads to %s", out.ChallengeName)
		}
		// One that was asked for before does not get by.
		_, err := f.usePasskey(t, weakSession, "ann", did(a.Get(weak))(t))
		wantFault(t, err, "NotAuthorizedException", badSession)
		f.twoFactors(t, site, "OFF", "SINGLE_FACTOR")
		weak, weakSession = f.askedForPasskey(t, "ann")

		f.twoFactors(t, site, "ON", "MULTI_FACTOR_WITH_USER_VERIFICATION")
		choices("PASSWORD_SRP", "PASSWORD", "WEB_AUTHN")
		unverified := a.Clone()
		unverified.Unverified = true
		_, err = f.usePasskey(t, weakSession, "ann", did(unverified.Get(weak))(t))
		wantFault(t, err, "NotAuthorizedException", noPasskeyProof)
		options, session := f.askedForPasskey(t, "ann")
		_, err = f.usePasskey(t, session, "ann", did(unverified.Get(options))(t))
		wantFault(t, err, "NotAuthorizedException", noPasskeyProof)
		if tokens := did(f.usePasskey(t, session, "ann", did(a.Get(options))(t)))(t); tokens == nil || tokens.RefreshToken == nil {
			t.Error("no tokens")
		}
		// The password alone still needs a second factor.
		out := did(f.beginChoice(t, "ann", "PREFERRED_CHALLENGE", "PASSWORD", "PASSWORD", password))(t)
		if out.ChallengeName != "MFA_SETUP" || out.AuthenticationResult != nil {
			t.Errorf("a password leads to %s", out.ChallengeName)
		}
	})
}

// Where second factors are optional, a user who has one begins with the password; a
// passkey counts beside it only where it is two factors.
func TestPasskeyOfUserWithSecondFactor(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newChooser(t, e, func(in *cip.CreateUserPoolInput) {
			beginningWith("PASSWORD", "WEB_AUTHN", "EMAIL_OTP", "SMS_OTP")(in)
			byPhoneToo(in)
		})
		f.passkeysFor(t, site, nil)
		a := f.withPasskey(t, "ann")
		noError(t, f.adminUpdate(t, "ann", "email=ann@two.example", "phone_number=+15555550111", "phone_number_verified=true"))
		all := []types.ChallengeNameType{"PASSWORD_SRP", "PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"}
		for _, step := range []struct {
			factors types.WebAuthnFactorConfigurationType
			sms     bool
			want    []types.ChallengeNameType
		}{
			{"SINGLE_FACTOR", false, all},
			{"SINGLE_FACTOR", true, all[:2]},
			{"MULTI_FACTOR_WITH_USER_VERIFICATION", true, []types.ChallengeNameType{"PASSWORD_SRP", "PASSWORD", "WEB_AUTHN"}},
			{"MULTI_FACTOR_WITH_USER_VERIFICATION", false, all},
		} {
			f.passkeysFor(t, site, func(in *cip.SetUserPoolMfaConfigInput) {
				in.MfaConfiguration, in.WebAuthnConfiguration.FactorConfiguration = "OPTIONAL", step.factors
				in.SmsMfaConfiguration = &types.SmsMfaConfigType{SmsConfiguration: &types.SmsConfigurationType{
					SnsCallerArn: aws.String("arn:aws:iam::000000000000:role/sns"), ExternalId: aws.String("x"),
				}}
			})
			on := fmt.Sprint(step.sms)
			e.wantCall(t, "AdminSetUserMFAPreference", `{"UserPoolId":"`+f.pool+`","Username":"ann","SMSMfaSettings":{"Enabled":`+on+`,"PreferredMfa":`+on+`}}`, "")
			out := did(f.beginChoice(t, "ann"))(t)
			if diff := cmp.Diff(step.want, out.AvailableChallenges); diff != "" {
				t.Errorf("%+v (-want +got):\n%s", step, diff)
			}
			out = did(f.beginChoice(t, "ann", "PREFERRED_CHALLENGE", "PASSWORD", "PASSWORD", password))(t)
			if wants := map[bool]types.ChallengeNameType{true: "SMS_MFA"}[step.sms]; out.ChallengeName != wants {
				t.Errorf("%+v: the password leads to %q", step, out.ChallengeName)
			}
			if len(step.want) != 2 {
				options, session := f.askedForPasskey(t, "ann")
				did(f.usePasskey(t, session, "ann", did(a.Get(options))(t)))(t)
			}
		}
	})
}
