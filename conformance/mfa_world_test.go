package conformance

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// Texts of refusals around second factors.
const (
	wrongFactorCode = "Invalid code or auth state for the user."
	wrongTokenCode  = "Invalid code received for user"
	usedTokenCode   = "Your software token has already been used once."
	badStep         = "Invalid session for the user."
	expiredStep     = "Invalid session for the user, session is expired."
	usedStep        = "Invalid session for the user, session can only be used once."
)

// smsSender is the role of pools that send text messages.
func smsSender() *types.SmsConfigurationType {
	return &types.SmsConfigurationType{SnsCallerArn: aws.String(snsRole)}
}

// byOwnEmail gives a pool a sender of its own, without which there is no second factor
// by e-mail.
func byOwnEmail(in *cip.CreateUserPoolInput) {
	in.EmailConfiguration = &types.EmailConfigurationType{EmailSendingAccount: "DEVELOPER", SourceArn: aws.String(identity)}
}

// recoversBy makes a pool recover accounts in one way.
func recoversBy(name types.RecoveryOptionNameType) func(*cip.CreateUserPoolInput) {
	return func(in *cip.CreateUserPoolInput) {
		in.AccountRecoverySetting = &types.AccountRecoverySettingType{RecoveryMechanisms: []types.RecoveryOptionType{{Name: name, Priority: aws.Int32(1)}}}
	}
}

// newMFA makes a pool with second factors, a list of "sms", "email" and "totp".
func newMFA(t *testing.T, e *env, mode types.UserPoolMfaType, factors string, change ...func(*cip.CreateUserPoolInput)) *fixture {
	t.Helper()
	f := newFixture(t, e, func(in *cip.CreateUserPoolInput) {
		byOwnEmail(in)
		for _, c := range change {
			c(in)
		}
	})
	f.offer(t, mode, factors)
	return f
}

// offer sets the second factors of a pool.
func (f *fixture) offer(t *testing.T, mode types.UserPoolMfaType, factors string) {
	t.Helper()
	in := &cip.SetUserPoolMfaConfigInput{UserPoolId: &f.pool, MfaConfiguration: mode}
	for _, name := range strings.Fields(factors) {
		switch name {
		case "sms":
			in.SmsMfaConfiguration = &types.SmsMfaConfigType{SmsConfiguration: smsSender()}
		case "email":
			in.EmailMfaConfiguration = &types.EmailMfaConfigType{}
		case "totp":
			in.SoftwareTokenMfaConfiguration = &types.SoftwareTokenMfaConfigType{Enabled: true}
		}
	}
	did(f.SetUserPoolMfaConfig(t.Context(), in))(t)
}

// prefer sets the preference of a user as an administrator: the factors that are on, a
// list of "sms", "email" and "totp", with a star behind the preferred one. The others
// go off.
func (f *fixture) prefer(t *testing.T, name, factors string) {
	t.Helper()
	noError(t, f.tryPrefer(t, name, factors))
}

func (f *fixture) tryPrefer(t *testing.T, name, factors string) error {
	t.Helper()
	has := func(factor string) (on, preferred bool) {
		return strings.Contains(factors, factor), strings.Contains(factors, factor+"*")
	}
	sms, email, token := &types.SMSMfaSettingsType{}, &types.EmailMfaSettingsType{}, &types.SoftwareTokenMfaSettingsType{}
	sms.Enabled, sms.PreferredMfa = has("sms")
	email.Enabled, email.PreferredMfa = has("email")
	token.Enabled, token.PreferredMfa = has("totp")
	_, err := f.AdminSetUserMFAPreference(t.Context(), &cip.AdminSetUserMFAPreferenceInput{
		UserPoolId: &f.pool, Username: &name, SMSMfaSettings: sms, EmailMfaSettings: email, SoftwareTokenMfaSettings: token,
	})
	return err
}

// mfaStep is what a sign-in has come to.
type mfaStep struct {
	name       string
	session    *string
	parameters map[string]string
	tokens     *types.AuthenticationResultType
}

// begin begins a sign-in with the password; with admin, as an administrator.
func (f *fixture) begin(t *testing.T, admin bool, name, password string) (mfaStep, error) {
	t.Helper()
	parameters := map[string]string{"USERNAME": name, "PASSWORD": password}
	if admin {
		out, err := f.AdminInitiateAuth(t.Context(), &cip.AdminInitiateAuthInput{UserPoolId: &f.pool, ClientId: &f.client, AuthFlow: "ADMIN_USER_PASSWORD_AUTH", AuthParameters: parameters})
		if err != nil {
			return mfaStep{}, err
		}
		return mfaStep{string(out.ChallengeName), out.Session, out.ChallengeParameters, out.AuthenticationResult}, nil
	}
	out, err := f.InitiateAuth(t.Context(), &cip.InitiateAuthInput{ClientId: &f.client, AuthFlow: "USER_PASSWORD_AUTH", AuthParameters: parameters})
	if err != nil {
		return mfaStep{}, err
	}
	return mfaStep{string(out.ChallengeName), out.Session, out.ChallengeParameters, out.AuthenticationResult}, nil
}

// led begins a sign-in and wants it to lead to a challenge; "" is tokens.
func (f *fixture) led(t *testing.T, admin bool, name, challenge string) mfaStep {
	t.Helper()
	return did(f.begin(t, admin, name, password))(t).want(t, challenge)
}

// want wants the step to be a challenge, or "" for tokens, and not both.
func (s mfaStep) want(t *testing.T, challenge string) mfaStep {
	t.Helper()
	if s.name != challenge || (s.tokens != nil) != (challenge == "") || (aws.ToString(s.session) != "") != (challenge != "") {
		t.Fatalf("led to %q, tokens %v, session %v; want %q", s.name, s.tokens != nil, s.session != nil, challenge)
	}
	return s
}

// answer answers the step's challenge; with admin, as an administrator.
func (f *fixture) answer(t *testing.T, admin bool, s mfaStep, name string, pairs ...string) (mfaStep, error) {
	t.Helper()
	responses := map[string]string{"USERNAME": name}
	for i := 0; i+1 < len(pairs); i += 2 {
		responses[pairs[i]] = pairs[i+1]
	}
	if admin {
		out, err := f.AdminRespondToAuthChallenge(t.Context(), &cip.AdminRespondToAuthChallengeInput{
			UserPoolId: &f.pool, ClientId: &f.client, ChallengeName: types.ChallengeNameType(s.name), Session: s.session, ChallengeResponses: responses,
		})
		if err != nil {
			return mfaStep{}, err
		}
		return mfaStep{string(out.ChallengeName), out.Session, out.ChallengeParameters, out.AuthenticationResult}, nil
	}
	out, err := f.RespondToAuthChallenge(t.Context(), &cip.RespondToAuthChallengeInput{
		ClientId: &f.client, ChallengeName: types.ChallengeNameType(s.name), Session: s.session, ChallengeResponses: responses,
	})
	if err != nil {
		return mfaStep{}, err
	}
	return mfaStep{string(out.ChallengeName), out.Session, out.ChallengeParameters, out.AuthenticationResult}, nil
}

// repeat answers a challenge with the code that it asks for.
func (f *fixture) repeat(t *testing.T, admin bool, s mfaStep, name, code string) (mfaStep, error) {
	t.Helper()
	return f.answer(t, admin, s, name, s.name+"_CODE", code)
}

// totp returns the code of a software token at a time.
func totp(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	noError(t, err)
	mac := hmac.New(sha1.New, key)
	_ = binary.Write(mac, binary.BigEndian, at.Unix()/30)
	sum := mac.Sum(nil)
	number := binary.BigEndian.Uint32(sum[sum[19]&15:]) & 0x7fffffff
	return fmt.Sprintf("%06d", number%1000000)
}

// associate asks for the secret of a software token.
func (f *fixture) associate(t *testing.T, token *string) (secret string) {
	t.Helper()
	return *did(f.AssociateSoftwareToken(t.Context(), &cip.AssociateSoftwareTokenInput{AccessToken: token}))(t).SecretCode
}

// proveToken answers a code of a software token.
func (f *fixture) proveToken(t *testing.T, token *string, code string) error {
	t.Helper()
	_, err := f.VerifySoftwareToken(t.Context(), &cip.VerifySoftwareTokenInput{AccessToken: token, UserCode: &code})
	return err
}

// enrol sets up a software token with the code before the present one, so that the
// present one is still good.
func (f *fixture) enrol(t *testing.T, token *string, c *clock) (secret string) {
	t.Helper()
	secret = f.associate(t, token)
	noError(t, f.proveToken(t, token, totp(t, secret, c.now().Add(-30*time.Second))))
	return secret
}
