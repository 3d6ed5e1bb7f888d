package conformance

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/conformance/functions"
)

// A custom sign-in that begins with the proof of the password, and goes on only after
// the right one; other challenges that the pool asks for come in between.
func TestCustomSignInAfterThePassword(t *testing.T) {
	withCustom(t, func(in *cip.CreateUserPoolInput) {
		byPhoneToo(in)
		in.MfaConfiguration = "OPTIONAL"
	}, func(t *testing.T, f *fixture, r *functions.Runtime) {
		f.user(t, "ann")
		enter := func(p *prover, name, asked string) *stage {
			t.Helper()
			return wantStage(t, did(f.byQuestions(t, name, asked, "SRP_A", "SRP_A", p.public().Text(16)))(t), nil, "PASSWORD_VERIFIER")
		}
		p := f.passwordOf("ann")
		s := enter(p, "ann", "CHALLENGE_NAME")
		if s.session == nil || s.parameters["USER_ID_FOR_SRP"] != "ann" {
			t.Errorf("session %v, parameters %v", s.session, s.parameters)
		}
		proof := joined(p.proof(t, s.parameters), wish("USERNAME", "ann"))
		_, err := f.answerTo(t, &stage{challenge: s.challenge}, nil, proof)
		wantFault(t, err, "InvalidParameterException", "Missing required parameter Session")
		other := enter(p, "ann", "ChallengeName")
		_, err = f.answerTo(t, &stage{challenge: s.challenge, session: other.session}, nil, proof)
		wantFault(t, err, "NotAuthorizedException", "Invalid session for the user.")
		_, err = f.answerTo(t, s, nil, proof, wish("PASSWORD_CLAIM_SIGNATURE", "AAAA"))
		wantFault(t, err, "NotAuthorizedException", wrongLogin)
		question := wantStage(t, did(f.answerTo(t, s, nil, proof))(t), nil, "CUSTOM_CHALLENGE")
		_, err = f.answerTo(t, s, nil, proof)
		wantFault(t, err, "NotAuthorizedException", wrongLogin)
		wantStage(t, did(f.says(t, question, "ann", "42"))(t), nil, "")

		phone := f.careful(t, "bob")
		p = f.passwordOf("bob")
		s = enter(p, "bob", "CHALLENGE_NAME")
		s = wantStage(t, did(f.answerTo(t, s, nil, p.proof(t, s.parameters), wish("USERNAME", "bob")))(t), nil, "SMS_MFA")
		s = did(f.answerTo(t, s, nil, wish("USERNAME", "bob", "SMS_MFA_CODE", f.code(t, phone))))(t)
		wantStage(t, did(f.says(t, wantStage(t, s, nil, "CUSTOM_CHALLENGE"), "bob", "42"))(t), nil, "")

		f.user(t, "early", "profile=early")
		s = did(f.byQuestions(t, "early", "CHALLENGE_NAME", "SRP_A", "SRP_A", p.public().Text(16)))(t)
		wantStage(t, s, nil, "CUSTOM_CHALLENGE")

		var got []any
		for _, e := range customEvents(t, f, r) {
			if e.TriggerSource == define && (e.UserName == "bob" || e.UserName == "early") {
				got = append(got, e.Request["session"])
			}
		}
		want := []any{
			rounds("SRP_A"), rounds("SRP_A", "PASSWORD_VERIFIER", "SMS_MFA"), rounds("SRP_A", "PASSWORD_VERIFIER", "SMS_MFA", "CUSTOM_CHALLENGE"), rounds("SRP_A"),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("sessions (-want +got):\n%s", diff)
		}
		for name, c := range map[string]struct{ parameters, message string }{
			"another beginning": {`"CHALLENGE_NAME":"SMS_MFA"`, "CHALLENGE_NAME SMS_MFA cannot begin a custom sign-in; SRP_A can."},
			"no public value":   {`"CHALLENGE_NAME":"SRP_A"`, "Missing required parameter SRP_A"},
			"a bad one":         {`"CHALLENGE_NAME":"SRP_A","SRP_A":"0"`, "SRP_A is not an acceptable public value."},
		} {
			_, refusal := f.call(t, "InitiateAuth", `{"ClientId":"`+f.client+`","AuthFlow":"CUSTOM_AUTH","AuthParameters":{"USERNAME":"ann",`+c.parameters+`}}`)
			if refusal != invalid+c.message {
				t.Errorf("%s: %s", name, refusal)
			}
		}
	})
}

// Big parameters that a function keeps from the client reach the one that judges.
func TestCustomSignInKeepsMuch(t *testing.T) {
	withCustom(t, nil, func(t *testing.T, f *fixture, _ *functions.Runtime) {
		f.user(t, "ann", "profile=big")
		s := did(f.byQuestions(t, "ann"))(t)
		if n := len(aws.ToString(s.session)); n > 2048 {
			t.Errorf("a session of %d characters", n)
		}
		s = did(f.says(t, s, "ann", "41"))(t)
		wantStage(t, did(f.says(t, s, "ann", "42"))(t), nil, "")
	})
}

// At the end of a custom sign-in a remembered device proves itself.
func TestCustomSignInOnADevice(t *testing.T) {
	withCustom(t, tracking(true, false), func(t *testing.T, f *fixture, r *functions.Runtime) {
		f.user(t, "ann")
		s := did(f.says(t, did(f.byQuestions(t, "ann"))(t), "ann", "42"))(t)
		d, _ := f.confirmDevice(t, s.tokens, "")
		for _, atOnce := range []bool{true, false} {
			more := wish()
			if atOnce {
				s = did(f.byQuestions(t, "ann", "DEVICE_KEY", d.key))(t)
			} else {
				s, more = did(f.byQuestions(t, "ann"))(t), d.named()
			}
			s = did(f.answerTo(t, s, nil, wish("USERNAME", "ann", "ANSWER", "42"), more))(t)
			f.wantOn(t, d, did(f.proves(t, d, f.greets(t, d, s)))(t))
		}
		calls := len(r.Events(f.pool))
		s = did(f.byQuestions(t, "ann", "DEVICE_KEY", noDeviceKey))(t)
		s = did(f.says(t, s, "ann", "42"))(t)
		if wantStage(t, s, nil, ""); s.tokens.NewDeviceMetadata == nil {
			t.Error("a device that is not known is told of no new one")
		}
		if n := len(r.Events(f.pool)) - calls; n != 4 {
			t.Errorf("%d calls for one question", n)
		}
	})
}
