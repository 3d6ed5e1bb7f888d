package conformance

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// secondFactorCases say what follows a right password: by the pool's mode, its factors and
// how it recovers accounts, and by what the user has ("phone", "email", "totp") and
// prefers.
var secondFactorCases = []struct {
	mode                             types.UserPoolMfaType
	factors, recovery, has, prefers  string
	challenge, choose, setUp, refuse string
}{
	{mode: "OFF", has: "phone email totp", prefers: "sms* email totp"},
	{mode: "OPTIONAL", factors: "sms email totp", has: "phone email totp"},
	{mode: "OPTIONAL", factors: "sms email totp", has: "phone email totp", prefers: "sms", challenge: "SMS_MFA"},
	{mode: "OPTIONAL", factors: "sms email totp", has: "phone email totp", prefers: "email", challenge: "EMAIL_OTP"},
	{mode: "OPTIONAL", factors: "sms email totp", has: "phone email totp", prefers: "totp", challenge: "SOFTWARE_TOKEN_MFA"},
	{mode: "OPTIONAL", factors: "sms email totp", has: "phone email totp", prefers: "sms totp*", challenge: "SOFTWARE_TOKEN_MFA"},
	{mode: "OPTIONAL", factors: "sms email totp", has: "phone email", prefers: "sms email", challenge: "SELECT_MFA_TYPE", choose: "SMS_MFA EMAIL_OTP"},
	{mode: "OPTIONAL", factors: "sms email totp", has: "phone email", recovery: "verified_phone_number", prefers: "sms*", challenge: "SMS_MFA"},
	// A pool that stops to take a token does not let its users by with less.
	{mode: "OPTIONAL", factors: "sms", has: "totp", prefers: "totp", challenge: "SOFTWARE_TOKEN_MFA"},
	{mode: "OPTIONAL", factors: "totp", has: "email", prefers: "email"},
	{mode: "ON", factors: "sms email totp", recovery: "admin_only", has: "phone email totp", challenge: "SELECT_MFA_TYPE", choose: "SMS_MFA SOFTWARE_TOKEN_MFA EMAIL_OTP"},
	{mode: "ON", factors: "sms email totp", recovery: "admin_only", has: "phone email totp", prefers: "email*", challenge: "EMAIL_OTP"},
	{mode: "ON", factors: "sms email totp", recovery: "admin_only", has: "phone email", challenge: "SELECT_MFA_TYPE", choose: "SMS_MFA EMAIL_OTP"},
	{mode: "ON", factors: "sms email totp", has: "phone email", challenge: "SMS_MFA"},
	{mode: "ON", factors: "sms email totp", recovery: "verified_phone_number", has: "phone email", challenge: "EMAIL_OTP"},
	{mode: "ON", factors: "totp", has: "phone email totp", challenge: "SOFTWARE_TOKEN_MFA"},
	{mode: "ON", factors: "sms totp", has: "phone totp", challenge: "SELECT_MFA_TYPE", choose: "SMS_MFA SOFTWARE_TOKEN_MFA"},
	{mode: "ON", factors: "sms totp", recovery: "verified_phone_number", has: "phone", challenge: "MFA_SETUP", setUp: "SOFTWARE_TOKEN_MFA"},
	{mode: "ON", factors: "sms email totp", has: "email", challenge: "MFA_SETUP", setUp: "SMS_MFA SOFTWARE_TOKEN_MFA"},
	{mode: "ON", factors: "sms email totp", recovery: "admin_only", challenge: "MFA_SETUP", setUp: "SMS_MFA SOFTWARE_TOKEN_MFA EMAIL_OTP"},
	{mode: "ON", factors: "totp", challenge: "MFA_SETUP", setUp: "SOFTWARE_TOKEN_MFA"},
	{mode: "ON", factors: "sms", challenge: "MFA_SETUP", setUp: "SMS_MFA"},
	// Nothing that could be asked for or set up.
	{mode: "ON", factors: "sms", recovery: "verified_phone_number", has: "phone", refuse: "The user pool requires MFA, and the user has no factor that it offers."},
	{mode: "ON", factors: "sms", recovery: "verified_phone_number", refuse: "The user pool requires MFA, and the user has no factor that it offers."},
}

// InitiateAuth and AdminInitiateAuth after a right password, by pool and user.
func TestWhichSecondFactor(t *testing.T) {
	covers(t, "InitiateAuth", "InvalidParameterException")
	covers(t, "AdminInitiateAuth", "InvalidParameterException")
	inFrozenTime(t, func(t *testing.T, e *env, clock *clock) {
		for _, c := range secondFactorCases {
			what := string(c.mode) + " " + c.factors + ", recovery " + c.recovery + ", user " + c.has + ", prefers " + c.prefers
			f := newMFA(t, e, "OPTIONAL", "sms email totp")
			var attributes []string
			if strings.Contains(c.has, "phone") {
				attributes = append(attributes, "phone_number="+number())
			}
			if strings.Contains(c.has, "email") {
				attributes = append(attributes, "email="+address("ann"))
			}
			f.user(t, "ann", attributes...)
			if strings.Contains(c.has, "totp") {
				f.enrol(t, f.signIn(t, "ann").AccessToken, clock)
			}
			f.prefer(t, "ann", c.prefers)
			update := &cip.UpdateUserPoolInput{UserPoolId: &f.pool, EmailConfiguration: &types.EmailConfigurationType{EmailSendingAccount: "DEVELOPER", SourceArn: aws.String(identity)}}
			if c.recovery != "" {
				update.AccountRecoverySetting = &types.AccountRecoverySettingType{RecoveryMechanisms: []types.RecoveryOptionType{{Name: types.RecoveryOptionNameType(c.recovery), Priority: aws.Int32(1)}}}
			}
			did(f.UpdateUserPool(t.Context(), update))(t)
			f.offer(t, c.mode, c.factors)
			for _, admin := range []bool{false, true} {
				step, err := f.begin(t, admin, "ann", password)
				if c.refuse != "" {
					wantFaultNamed(t, what, err, "InvalidParameterException", c.refuse)
					continue
				}
				if err != nil || step.name != c.challenge || (step.tokens != nil) != (c.challenge == "") {
					t.Errorf("%s: led to %q, tokens %v, %v; want %q", what, step.name, step.tokens != nil, err, c.challenge)
					continue
				}
				for parameter, want := range map[string]string{"MFAS_CAN_CHOOSE": c.choose, "MFAS_CAN_SETUP": c.setUp} {
					got := ""
					if text := step.parameters[parameter]; text != "" {
						got = strings.Join(choices(t, text), " ")
					}
					if got != want {
						t.Errorf("%s: %s is %q, want %q", what, parameter, got, want)
					}
				}
				for _, a := range []string{"phone_number", "email"} {
					if to := f.attributes(t, "ann")[a]; step.name == "SELECT_MFA_TYPE" && to != "" && f.messages(t, to) > 0 {
						t.Errorf("%s: a code was sent before the choice", what)
					}
				}
			}
		}
	})
}

// A user who signs up has no way around the factor that the pool requires.
func TestSecondFactorOfTheFirstSignIn(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newMFA(t, e, "ON", "totp")
		did(f.signUp(t, "ann"))(t)
		did(f.AdminConfirmSignUp(t.Context(), &cip.AdminConfirmSignUpInput{UserPoolId: &f.pool, Username: aws.String("ann")}))(t)
		f.led(t, false, "ann", "MFA_SETUP")
		g := newMFA(t, e, "ON", "sms", byEmail, byOwnEmail)
		mail, phone := address("bob"), number()
		did(g.signUp(t, "bob", "email="+mail, "phone_number="+phone))(t)
		noError(t, g.confirm(t, "bob", g.code(t, mail)))
		did(g.repeat(t, false, g.led(t, false, "bob", "SMS_MFA"), "bob", g.code(t, phone)))(t).want(t, "")
	})
}
