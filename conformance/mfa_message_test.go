package conformance

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/conformance/functions"
	"poolhouse.dev/poolhousetest"
)

// choose answers SELECT_MFA_TYPE with ClientMetadata.
func (f *fixture) choose(t *testing.T, admin bool, s mfaStep, name, factor string, metadata map[string]string) (mfaStep, error) {
	t.Helper()
	responses := map[string]string{"USERNAME": name, "ANSWER": factor}
	if admin {
		out, err := f.AdminRespondToAuthChallenge(t.Context(), &cip.AdminRespondToAuthChallengeInput{
			UserPoolId: &f.pool, ClientId: &f.client, ChallengeName: "SELECT_MFA_TYPE", Session: s.session, ChallengeResponses: responses, ClientMetadata: metadata,
		})
		if err != nil {
			return mfaStep{}, err
		}
		return mfaStep{string(out.ChallengeName), out.Session, out.ChallengeParameters, out.AuthenticationResult}, nil
	}
	out, err := f.RespondToAuthChallenge(t.Context(), &cip.RespondToAuthChallengeInput{
		ClientId: &f.client, ChallengeName: "SELECT_MFA_TYPE", Session: s.session, ChallengeResponses: responses, ClientMetadata: metadata,
	})
	if err != nil {
		return mfaStep{}, err
	}
	return mfaStep{string(out.ChallengeName), out.Session, out.ChallengeParameters, out.AuthenticationResult}, nil
}

// The pool has words of its own for the codes of second factors.
func TestWordsOfSecondFactors(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, byOwnEmail)
		f.setMFA(t, `"MfaConfiguration":"OPTIONAL",`+smsFactor+","+emailFactor, "")
		mail, phone := address("ann"), number()
		f.user(t, "ann", "email="+mail, "phone_number="+phone)
		f.prefer(t, "ann", "email*")
		f.led(t, false, "ann", "EMAIL_OTP")
		if m := f.newest(t, mail); m.Subject != "Sign in" || m.Body != "Mail "+m.Code {
			t.Errorf("by e-mail: %q, %q", m.Subject, m.Body)
		}
		f.prefer(t, "ann", "sms*")
		f.led(t, false, "ann", "SMS_MFA")
		if m := f.newest(t, phone); m.Body != "Sign in with "+m.Code {
			t.Errorf("by text message: %q", m.Body)
		}
	})
}

// CustomMessage writes the code's message, with the metadata of the call that asks for
// it; the other functions are called when they are due, around it.
func TestEventsOfSecondFactors(t *testing.T) {
	change := func(in *cip.CreateUserPoolInput) {
		arn := in.LambdaConfig.PreSignUp
		in.LambdaConfig = &types.LambdaConfigType{PreAuthentication: arn, PostAuthentication: arn, CustomMessage: arn}
		byOwnEmail(in)
	}
	withFunctions(t, change, func(t *testing.T, f *fixture, r *functions.Runtime) {
		f.offer(t, "OPTIONAL", "sms email")
		mail, phone := address("ann"), number()
		f.user(t, "ann", "email="+mail, "phone_number="+phone)
		f.prefer(t, "ann", "sms email")
		for _, admin := range []bool{false, true} {
			step := f.led(t, admin, "ann", "SELECT_MFA_TYPE")
			asked := did(f.choose(t, admin, step, "ann", "EMAIL_OTP", wish("greeting", "Grüezi")))(t).want(t, "EMAIL_OTP")
			m := f.newest(t, mail)
			if m.Subject != "Grüezi" || m.Body != "Grüezi, your code is "+m.Code {
				t.Errorf("by e-mail: %q, %q", m.Subject, m.Body)
			}
			did(f.repeat(t, admin, asked, "ann", m.Code))(t).want(t, "")
			asked = did(f.choose(t, admin, f.led(t, admin, "ann", "SELECT_MFA_TYPE"), "ann", "SMS_MFA", wish("greeting", "Grüezi")))(t).want(t, "SMS_MFA")
			if m = f.newest(t, phone); m.Body != "Grüezi, your code is "+m.Code {
				t.Errorf("by text message: %q", m.Body)
			}
			did(f.repeat(t, admin, asked, "ann", m.Code))(t).want(t, "")
		}
		// The metadata of the call that begins is for those who judge whether it may.
		f.prefer(t, "ann", "sms* email")
		_, err := f.signInTelling(t, false, "ann", password, wish("greeting", "Grüezi"))
		noError(t, err)
		if m := f.newest(t, phone); m.Body != "Your authentication code is "+m.Code {
			t.Errorf("by the call that begins: %q", m.Body)
		}
		const before, message, after = "PreAuthentication_Authentication", "CustomMessage_Authentication", "PostAuthentication_Authentication"
		var want, got []string
		for range 4 {
			want = append(want, before, message, after)
		}
		want = append(want, before, message)
		for _, event := range r.Events(f.pool) {
			var e struct {
				TriggerSource string
				Request       struct {
					CodeParameter     string
					UsernameParameter *string
					UserAttributes    map[string]string
					ClientMetadata    map[string]string
				}
			}
			noError(t, json.Unmarshal(event, &e))
			got = append(got, e.TriggerSource)
			if e.TriggerSource == message && (e.Request.CodeParameter != "{####}" || e.Request.UsernameParameter != nil || e.Request.UserAttributes["email"] != mail) {
				t.Errorf("the event %s", event)
			}
			if e.TriggerSource == after && e.Request.ClientMetadata != nil {
				t.Errorf("metadata of another call: %s", event)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
		// A function that fails keeps the code back, and the failure is told.
		f.prefer(t, "ann", "sms email")
		for _, admin := range []bool{false, true} {
			sent := f.messages(t, phone)
			_, err := f.choose(t, admin, f.led(t, admin, "ann", "SELECT_MFA_TYPE"), "ann", "SMS_MFA", wish("mode", "throw"))
			wantFault(t, err, "UserLambdaValidationException", "CustomMessage failed with error Apikey non valida!.")
			if f.messages(t, phone) != sent {
				t.Error("a code was sent")
			}
		}
	})
}

// The codes of second factors go to the pool's own functions that send.
func TestSendersOfSecondFactors(t *testing.T) {
	skipElsewhere(t)
	onEachEngine(t, func(t *testing.T, e *env) {
		s := newSenders(t, e)
		did(s.UpdateUserPool(t.Context(), &cip.UpdateUserPoolInput{
			UserPoolId: &s.pool, EmailConfiguration: &types.EmailConfigurationType{EmailSendingAccount: "DEVELOPER", SourceArn: aws.String(identity)},
			LambdaConfig: did(s.DescribeUserPool(t.Context(), &cip.DescribeUserPoolInput{UserPoolId: &s.pool}))(t).UserPool.LambdaConfig,
		}))(t)
		s.offer(t, "OPTIONAL", "sms email")
		mail, phone := address("ann"), number()
		s.user(t, "ann", "email="+mail, "phone_number="+phone)
		for prefers, source := range map[string]string{"sms*": "CustomSMSSender_Authentication", "email*": "CustomEmailSender_Authentication"} {
			s.prefer(t, "ann", prefers)
			step := did(s.begin(t, false, "ann", password))(t)
			event, code := s.next(t, source)
			if event.UserName != "ann" || event.CallerContext.ClientID != s.client || len(event.Request.ClientMetadata) != 0 || event.Request.UserAttributes["email"] != mail {
				t.Errorf("the event %+v", event)
			}
			did(s.repeat(t, false, step, "ann", code))(t).want(t, "")
		}
		if s.messages(t, mail)+s.messages(t, phone) != 0 {
			t.Error("a code went another way")
		}
	})
}

// A code that cannot be sent is told as what keeps it back, and nobody is let in without.
func TestCodesOfSecondFactorsAreRefused(t *testing.T) {
	for _, operation := range signInOperations {
		refuses(t, operation, append([]string{"InvalidParameterException"}, senderFaults...)...)
	}
	throughAmazon(t, func(t *testing.T, e *env, a *amazon) {
		for _, c := range causes {
			a.refuse("", "")
			f := newMFA(t, e, "OPTIONAL", "sms email")
			mail, phone := address("ann"), number()
			f.user(t, "ann", "email="+mail, "phone_number="+phone)
			fault, factor, to := c.fault, "SMS_MFA", phone
			if c.attribute == "email" {
				factor, to = "EMAIL_OTP", mail
			}
			if fault == "CodeDeliveryFailureException" { // which no sign-in models
				fault = "InvalidParameterException"
			}
			for _, admin := range []bool{false, true} {
				f.prefer(t, "ann", "sms email")
				a.refuse(c.call, c.code)
				step := f.led(t, admin, "ann", "SELECT_MFA_TYPE")
				_, err := f.choose(t, admin, step, "ann", factor, nil)
				wantFaultNamed(t, c.call+" "+c.code, err, fault, c.text)
				f.prefer(t, "ann", map[string]string{"SMS_MFA": "sms*", "EMAIL_OTP": "email*"}[factor])
				_, err = f.begin(t, admin, "ann", password)
				wantFaultNamed(t, c.call+" "+c.code, err, fault, c.text)
				if got := a.to(to); got.body != "" && !admin {
					t.Errorf("%s %s: sent all the same: %q", c.call, c.code, got.body)
				}
				// Once the cause is gone the next sign-in works.
				a.refuse("", "")
				step = f.led(t, admin, "ann", factor)
				did(f.repeat(t, admin, step, "ann", strings.Trim(codeIn(a.to(to).body), ".")))(t).want(t, "")
			}
		}
	})
}

// A mail server that refuses the code's letter.
func TestCodesOfSecondFactorsAreUndeliverable(t *testing.T) {
	skipElsewhere(t)
	srv := poolhousetest.Start(t, poolhousetest.Options{SMTPHost: "127.0.0.1", SMTPPort: refusingMailServer(t)})
	f := newMFA(t, &env{Client: newClient(srv.URL), url: srv.URL, srv: srv}, "OPTIONAL", "email")
	f.user(t, "ann", "email="+address("ann"))
	f.prefer(t, "ann", "email*")
	for _, admin := range []bool{false, true} {
		_, err := f.begin(t, admin, "ann", password)
		wantFault(t, err, "InvalidParameterException", emailText)
	}
}
