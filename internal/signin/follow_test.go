package signin_test

import (
	"encoding/base32"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/internal/api/apitest"
	"poolhouse.dev/internal/signin"
	"poolhouse.dev/internal/totp"
	"poolhouse.dev/internal/user"
)

// follower answers challenges rightly, the first choice where there is one, until there
// are none or none that can be answered.
type follower struct {
	t      *testing.T
	w      *apitest.World
	name   string
	secret []byte
	// request is what its answers come with.
	request func() signin.Request
}

func (f *follower) follow(first string, o *signin.Outcome) []string {
	chain := []string{first}
	for o != nil && o.Challenge != nil && o.Challenge.Name != signin.SelectChallenge {
		responses, session := f.answer(o.Challenge)
		if responses == nil {
			return chain
		}
		r := f.request()
		if key, ok := responses["DEVICE_KEY"]; ok {
			r.DeviceKey = key
		}
		var err error
		o, err = f.w.SignIn.Respond(f.t.Context(), r, o.Challenge.Name, &session, responses)
		chain = append(chain, cell(o, err))
	}
	return chain
}

// answer is a right answer, nil for a challenge that has none.
func (f *follower) answer(c *signin.Challenge) (responses map[string]string, session string) {
	r := map[string]string{"USERNAME": f.name}
	newest := func(to string) string {
		sent := f.w.Messages.To(to)
		return sent[len(sent)-1].Code
	}
	switch c.Name {
	case signin.NewPasswordRequired:
		r["NEW_PASSWORD"] = right
	case signin.SMSMFA:
		r["SMS_MFA_CODE"] = newest("+15550100")
	case signin.EmailOTP:
		r["EMAIL_OTP_CODE"] = newest("a@example.com")
	case signin.SoftwareTokenMFA:
		f.w.Forward(time.Minute) // the code of each period counts once
		r["SOFTWARE_TOKEN_MFA_CODE"] = totp.Code(f.secret, totp.Step(f.w.Now()))
	case signin.SelectMFAType:
		var choices []string
		if err := json.Unmarshal([]byte(c.Parameters["MFAS_CAN_CHOOSE"]), &choices); err != nil {
			f.t.Fatal(err)
		}
		r["ANSWER"] = choices[0]
	case signin.MFASetup:
		switch choices := c.Parameters["MFAS_CAN_SETUP"]; {
		case strings.Contains(choices, user.FactorTOTP):
			return r, f.enrol(c.Session)
		case strings.Contains(choices, user.FactorEmail):
			r["EMAIL"] = "a@example.com"
		default:
			return nil, ""
		}
	case signin.CustomChallenge:
		r["ANSWER"] = "yes"
	case signin.DeviceSRP, signin.DeviceVerifier:
		deviceAnswer(f.t, f.w, c, r)
	default:
		return nil, ""
	}
	return r, c.Session
}

// enrol sets a software token up with the session of MFA_SETUP.
func (f *follower) enrol(session string) string {
	f.t.Helper()
	step := func(err error) {
		f.t.Helper()
		if err != nil {
			f.t.Fatal(err)
		}
	}
	e, err := f.w.SignIn.OpenEnrolment(f.t.Context(), session)
	step(err)
	text, session, err := f.w.SignIn.Associate(f.t.Context(), e)
	step(err)
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text)
	step(err)
	e, err = f.w.SignIn.OpenEnrolment(f.t.Context(), session)
	step(err)
	session, err = f.w.SignIn.Prove(f.t.Context(), e, totp.Code(secret, totp.Step(f.w.Now())), "")
	step(err)
	return session
}
