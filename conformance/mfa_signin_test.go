package conformance

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/google/go-cmp/cmp"
)

// signInOperations are those that a sign-in with a second factor goes through.
var signInOperations = []string{"InitiateAuth", "AdminInitiateAuth", "RespondToAuthChallenge", "AdminRespondToAuthChallenge"}

// choices parses the list that a challenge lets the client choose from.
func choices(t *testing.T, text string) (list []string) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		t.Fatalf("choices %q: %v", text, err)
	}
	return list
}

// SMS_MFA and EMAIL_OTP as second factors: the code goes where the parameters say, has
// six digits, and verifies what it was sent to; a wrong one leaves the session.
func TestCodesAsSecondFactors(t *testing.T) {
	for _, operation := range signInOperations[:2] {
		covers(t, operation)
	}
	for _, operation := range signInOperations[2:] {
		covers(t, operation, "CodeMismatchException", "InvalidParameterException", "NotAuthorizedException")
	}
	onEachEngine(t, func(t *testing.T, e *env) {
		for _, admin := range []bool{false, true} {
			for _, c := range contacts() {
				factor, prefer := "SMS_MFA", "sms*"
				if c.attribute == "email" {
					factor, prefer = "EMAIL_OTP", "email*"
				}
				f := newMFA(t, e, "OPTIONAL", "sms email")
				f.user(t, "ann", c.attribute+"="+c.new)
				f.prefer(t, "ann", prefer)
				step := f.led(t, admin, "ann", factor)
				want := map[string]string{"CODE_DELIVERY_DELIVERY_MEDIUM": string(c.medium), "CODE_DELIVERY_DESTINATION": c.mask, "USER_ID_FOR_SRP": "ann"}
				if diff := cmp.Diff(want, step.parameters); diff != "" {
					t.Errorf("%s: parameters (-want +got):\n%s", factor, diff)
				}
				code := f.code(t, c.new)
				if m := f.newest(t, c.new); len(code) != 6 || m.Body != "Your authentication code is "+code || f.messages(t, c.new) != 1 {
					t.Errorf("%s: %d messages, the last is %q", factor, f.messages(t, c.new), m.Body)
				}
				for range 3 {
					_, err := f.repeat(t, admin, step, "ann", wrongCode(code))
					wantFault(t, err, "CodeMismatchException", wrongFactorCode)
				}
				_, err := f.answer(t, admin, step, "ann")
				wantFault(t, err, "InvalidParameterException", "Missing required parameter "+factor+"_CODE")
				if f.attributes(t, "ann")[c.flag] != "false" && f.attributes(t, "ann")[c.flag] != "" {
					t.Errorf("%s is verified before the proof", c.attribute)
				}
				tokens := did(f.repeat(t, admin, step, "ann", code))(t).want(t, "").tokens
				f.wantContact(t, tokens.AccessToken, c, c.new, "true")
				if _, claims := f.verified(t, *tokens.IdToken); claims[c.flag] != true {
					t.Errorf("%s: the ID token says %v", c.flag, claims[c.flag])
				}
				_, err = f.repeat(t, admin, step, "ann", code)
				wantFault(t, err, "NotAuthorizedException", usedStep)
			}
		}
	})
}

// SOFTWARE_TOKEN_MFA takes the code of the present half minute and of its neighbours,
// each once.
func TestSoftwareTokenAsSecondFactor(t *testing.T) {
	for _, operation := range signInOperations[2:] {
		covers(t, operation, "CodeMismatchException", "ExpiredCodeException")
	}
	inFrozenTime(t, func(t *testing.T, e *env, c *clock) {
		for _, admin := range []bool{false, true} {
			f := newMFA(t, e, "OPTIONAL", "totp")
			f.user(t, "ann")
			secret := f.enrol(t, f.signIn(t, "ann").AccessToken, c)
			f.prefer(t, "ann", "totp*")
			step := f.led(t, admin, "ann", "SOFTWARE_TOKEN_MFA")
			if diff := cmp.Diff(map[string]string{"USER_ID_FOR_SRP": "ann"}, step.parameters); diff != "" {
				t.Errorf("parameters (-want +got):\n%s", diff)
			}
			at := func(periods int) string {
				return totp(t, secret, c.now().Add(time.Duration(periods)*30*time.Second))
			}
			for _, far := range []int{-2, 2} {
				_, err := f.repeat(t, admin, step, "ann", at(far))
				wantFault(t, err, "CodeMismatchException", wrongTokenCode)
			}
			did(f.repeat(t, admin, step, "ann", at(0)))(t).want(t, "")
			step = f.led(t, admin, "ann", "SOFTWARE_TOKEN_MFA")
			for _, used := range []int{-1, 0} {
				_, err := f.repeat(t, admin, step, "ann", at(used))
				wantFault(t, err, "ExpiredCodeException", usedTokenCode)
			}
			did(f.repeat(t, admin, step, "ann", at(1)))(t).want(t, "")
			c.advance(time.Minute)
			did(f.repeat(t, admin, f.led(t, admin, "ann", "SOFTWARE_TOKEN_MFA"), "ann", at(0)))(t).want(t, "")
		}
	})
}

// SELECT_MFA_TYPE leads to the factor that is chosen, whichever of its names is used.
func TestChoiceOfSecondFactor(t *testing.T) {
	for _, operation := range signInOperations[2:] {
		covers(t, operation, "InvalidParameterException", "NotAuthorizedException")
	}
	inFrozenTime(t, func(t *testing.T, e *env, c *clock) {
		for _, admin := range []bool{false, true} {
			f := newMFA(t, e, "OPTIONAL", "sms email totp")
			mail, phone := address("ann"), number()
			f.user(t, "ann", "email="+mail, "phone_number="+phone)
			secret := f.enrol(t, f.signIn(t, "ann").AccessToken, c)
			f.prefer(t, "ann", "sms email totp")
			for answer, factor := range map[string]string{"SMS_MFA": "SMS_MFA", "EMAIL_OTP": "EMAIL_OTP", "EMAIL_MFA": "EMAIL_OTP", "SOFTWARE_TOKEN_MFA": "SOFTWARE_TOKEN_MFA"} {
				step := f.led(t, admin, "ann", "SELECT_MFA_TYPE")
				if got := choices(t, step.parameters["MFAS_CAN_CHOOSE"]); !cmp.Equal(got, []string{"SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"}) || step.parameters["USER_ID_FOR_SRP"] != "ann" {
					t.Errorf("parameters %v", step.parameters)
				}
				_, err := f.answer(t, admin, step, "ann", "ANSWER", "WEB_AUTHN")
				wantFault(t, err, "InvalidParameterException", "WEB_AUTHN is not one of the choices of the challenge.")
				_, err = f.answer(t, admin, step, "ann")
				wantFault(t, err, "InvalidParameterException", "Missing required parameter ANSWER")
				chosen := did(f.answer(t, admin, step, "ann", "ANSWER", answer))(t).want(t, factor)
				code := map[string]string{"SMS_MFA": phone, "EMAIL_OTP": mail}[factor]
				if code != "" {
					code = f.code(t, code)
				} else {
					code = totp(t, secret, c.now())
				}
				_, err = f.answer(t, admin, step, "ann", "ANSWER", answer)
				wantFault(t, err, "NotAuthorizedException", usedStep)
				did(f.repeat(t, admin, chosen, "ann", code))(t).want(t, "")
			}
			// A choice that is none any more.
			step := f.led(t, admin, "ann", "SELECT_MFA_TYPE")
			did(f.AdminDeleteUserAttributes(t.Context(), &cip.AdminDeleteUserAttributesInput{UserPoolId: &f.pool, Username: aws.String("ann"), UserAttributeNames: []string{"phone_number"}}))(t)
			_, err := f.answer(t, admin, step, "ann", "ANSWER", "SMS_MFA")
			wantFault(t, err, "NotAuthorizedException", badStep)
			did(f.answer(t, admin, step, "ann", "ANSWER", "EMAIL_OTP"))(t).want(t, "EMAIL_OTP")
		}
	})
}

// A temporary password is replaced first, and the second factor is asked for next.
func TestSecondFactorAfterNewPassword(t *testing.T) {
	for _, operation := range signInOperations {
		covers(t, operation)
	}
	onEachEngine(t, func(t *testing.T, e *env) {
		for _, admin := range []bool{false, true} {
			f := newMFA(t, e, "ON", "sms totp")
			phone := number()
			for name, challenge := range map[string]string{"ann": "SMS_MFA", "bob": "MFA_SETUP"} {
				attributes := []string{"phone_number=" + phone}
				if name == "bob" {
					attributes = nil
				}
				did(f.invite(t, name, func(in *cip.AdminCreateUserInput) {
					in.TemporaryPassword, in.MessageAction = aws.String(temporary), "SUPPRESS"
				}, attributes...))(t)
				first := did(f.begin(t, admin, name, temporary))(t).want(t, "NEW_PASSWORD_REQUIRED")
				sent := f.messages(t, phone)
				step := did(f.answer(t, admin, first, name, "NEW_PASSWORD", password))(t).want(t, challenge)
				if challenge == "SMS_MFA" {
					if f.messages(t, phone) != sent+1 {
						t.Errorf("%d messages", f.messages(t, phone))
					}
					did(f.repeat(t, admin, step, name, f.code(t, phone)))(t).want(t, "")
				}
				// The password is set, and leads to the factor, not around it.
				if f.status(t, name) != "CONFIRMED" {
					t.Errorf("%s is %s", name, f.status(t, name))
				}
				f.led(t, admin, name, challenge)
			}
		}
	})
}
