package user_test

import (
	"strings"
	"testing"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
)

// offering makes a pool with second factors, a list of sms, email and totp, that
// recovers accounts by the attributes in their order.
func offering(mode, factors string, recovery ...string) func(*pool.Settings) {
	return func(s *pool.Settings) {
		s.MFA = mode
		for _, name := range strings.Fields(factors) {
			switch name {
			case "sms":
				s.SMS = &pool.SMSSettings{SNSCallerARN: "role"}
			case "email":
				s.EmailMFA = &pool.EmailMFASettings{}
			case "totp":
				on := true
				s.SoftwareTokens = &on
			}
		}
		for i, name := range recovery {
			s.Recovery = append(s.Recovery, pool.RecoveryOption{Name: name, Priority: int32(i + 1)})
		}
	}
}

// ann's factors, from a list of sms, email and totp with a star behind the preferred
// one, and "token" for a software token.
func factors(list string) (f user.Factors) {
	for _, name := range strings.Fields(list) {
		bare := strings.TrimSuffix(name, "*")
		factor := map[string]string{"sms": user.FactorSMS, "email": user.FactorEmail, "totp": user.FactorTOTP}[bare]
		f.HasToken = f.HasToken || bare == "token"
		f.Set(factor, true)
		if bare != name {
			f.Preferred = factor
		}
	}
	return f
}

func TestDecideSecondFactor(t *testing.T) {
	const (
		all       = "sms email totp"
		phone     = "phone_number=+15550100"
		mail      = "email=ann@example.com"
		nothing   = "The user pool requires MFA, and the user has no factor that it offers."
		byMail    = "verified_email"
		byPhone   = "verified_phone_number"
		byNobody  = "admin_only"
		chooseAll = user.SelectMFA + " SMS_MFA SOFTWARE_TOKEN_MFA EMAIL_OTP"
	)
	for _, c := range []struct {
		mode, offers, recovery, has, chose, want, refused string
	}{
		{mode: pool.MFAOff, offers: all, has: phone + " " + mail, chose: "sms* email totp token"},
		{mode: pool.MFAOptional, offers: all, has: phone + " " + mail, chose: "token"},
		{mode: pool.MFAOptional, offers: all, has: phone, chose: "sms", want: "SMS_MFA"},
		{mode: pool.MFAOptional, offers: all, has: phone, chose: "sms*", recovery: byPhone, want: "SMS_MFA"},
		{mode: pool.MFAOptional, offers: all, has: mail, chose: "email", want: "EMAIL_OTP"},
		{mode: pool.MFAOptional, offers: all, chose: "totp token", want: "SOFTWARE_TOKEN_MFA"},
		{mode: pool.MFAOptional, offers: all, has: phone + " " + mail, chose: "sms email totp token", want: chooseAll},
		{mode: pool.MFAOptional, offers: all, has: phone + " " + mail, chose: "sms email* totp token", want: "EMAIL_OTP"},
		// What does not work does not count.
		{mode: pool.MFAOptional, offers: all, has: mail, chose: "sms* email", want: "EMAIL_OTP"},
		{mode: pool.MFAOptional, offers: "sms", has: phone + " " + mail, chose: "sms email*", want: "SMS_MFA"},
		{mode: pool.MFAOptional, offers: all, chose: "sms* totp"},
		{mode: pool.MFAOptional, offers: "sms", chose: "totp token", want: "SOFTWARE_TOKEN_MFA"},
		{mode: pool.MFAOn, offers: all, recovery: byNobody, has: phone + " " + mail, chose: "token", want: chooseAll},
		{mode: pool.MFAOn, offers: all, recovery: byMail, has: phone + " " + mail, chose: "token", want: user.SelectMFA + " SMS_MFA SOFTWARE_TOKEN_MFA"},
		{mode: pool.MFAOn, offers: all, recovery: byPhone, has: phone + " " + mail, want: "EMAIL_OTP"},
		{mode: pool.MFAOn, offers: all, recovery: byPhone, has: phone + " " + mail, chose: "sms", want: user.SelectMFA + " SMS_MFA EMAIL_OTP"},
		{mode: pool.MFAOn, offers: "totp", chose: "token", want: "SOFTWARE_TOKEN_MFA"},
		{mode: pool.MFAOn, offers: "sms", chose: "token", want: "SOFTWARE_TOKEN_MFA"},
		{mode: pool.MFAOn, offers: all, recovery: byMail, has: mail, want: user.SetUpMFA + " SMS_MFA SOFTWARE_TOKEN_MFA"},
		{mode: pool.MFAOn, offers: all, recovery: byNobody, want: user.SetUpMFA + " SMS_MFA SOFTWARE_TOKEN_MFA EMAIL_OTP"},
		{mode: pool.MFAOn, offers: "totp", has: phone + " " + mail, want: user.SetUpMFA + " SOFTWARE_TOKEN_MFA"},
		{mode: pool.MFAOn, offers: "sms", recovery: byPhone, has: phone, refused: nothing},
		{mode: pool.MFAOn, offers: "email", recovery: byMail, has: mail, refused: nothing},
	} {
		p := newPool(offering(c.mode, c.offers, strings.Fields(c.recovery)...))
		u := newAnn(p)
		for _, pair := range strings.Fields(c.has) {
			name, value, _ := strings.Cut(pair, "=")
			u.Attributes.Set(name, value)
		}
		u.Factors = factors(c.chose)
		got, err := user.DecideSecondFactor(p, u)
		code := ""
		if c.refused != "" {
			code = invalidParameter
		}
		wantFault(t, err, code, c.refused)
		if text := strings.Join(append([]string{got.Challenge}, got.Choices...), " "); text != c.want {
			t.Errorf("%+v: got %q", c, text)
		}
	}
}

func TestDecideFactors(t *testing.T) {
	on := func(name string) user.FactorPreference { return user.FactorPreference{Name: name, Enabled: true} }
	best := func(name string) user.FactorPreference {
		return user.FactorPreference{Name: name, Enabled: true, Preferred: true}
	}
	off := func(name string) user.FactorPreference { return user.FactorPreference{Name: name} }
	yes, no := true, false
	for _, c := range []struct {
		name, mode, has, chose string
		wants                  []user.FactorPreference
		passkey                *bool
		pending, admin         bool
		want, refused          string
	}{
		{name: "nothing", chose: "sms* totp token", want: "sms* totp token"},
		{name: "on", wants: []user.FactorPreference{on(user.FactorSMS)}, chose: "email*", want: "sms email*"},
		{name: "preferred", wants: []user.FactorPreference{best(user.FactorEmail)}, chose: "sms*", want: "sms email*"},
		{name: "not preferred any more", wants: []user.FactorPreference{on(user.FactorSMS)}, chose: "sms* email", want: "sms email"},
		{name: "off", wants: []user.FactorPreference{off(user.FactorSMS)}, chose: "sms* email", want: "email"},
		{name: "off, and another preferred", wants: []user.FactorPreference{off(user.FactorSMS), best(user.FactorTOTP)}, chose: "sms* token", want: "totp* token"},
		{name: "a token", wants: []user.FactorPreference{best(user.FactorTOTP)}, chose: "token", want: "totp* token"},
		{name: "no token", wants: []user.FactorPreference{on(user.FactorTOTP)}, refused: "User has not set up software token mfa"},
		{name: "a token without proof", wants: []user.FactorPreference{on(user.FactorTOTP)}, pending: true, refused: "User has not verified software token mfa"},
		{name: "no number", has: "email", wants: []user.FactorPreference{on(user.FactorSMS)}, refused: "User does not have delivery config set to turn on SMS_MFA"},
		{name: "no address", has: "phone_number", wants: []user.FactorPreference{on(user.FactorEmail)}, refused: "User does not have delivery config set to turn on EMAIL_OTP"},
		{name: "two preferred", wants: []user.FactorPreference{best(user.FactorSMS), best(user.FactorEmail)}, refused: "Only one MFA method can be preferred."},
		{name: "preferred and off", wants: []user.FactorPreference{{Name: user.FactorSMS, Preferred: true}}, refused: "A preferred MFA method has to be enabled."},
		{name: "off where required", mode: pool.MFAOn, chose: "sms", wants: []user.FactorPreference{off(user.FactorSMS)}, refused: "The user pool requires MFA: SMS_MFA cannot be turned off."},
		{name: "off already", mode: pool.MFAOn, chose: "email", wants: []user.FactorPreference{off(user.FactorSMS)}, want: "email"},
		{name: "off by an administrator", mode: pool.MFAOn, chose: "sms", wants: []user.FactorPreference{off(user.FactorSMS)}, admin: true},
		{name: "a passkey alone", passkey: &yes, refused: "A passkey as MFA needs another MFA method beside it."},
		{name: "no passkey", passkey: &no, chose: "sms", want: "sms"},
	} {
		if c.mode == "" {
			c.mode = pool.MFAOptional
		}
		if c.has == "" {
			c.has = "phone_number email"
		}
		p := newPool(offering(c.mode, "sms email totp"), func(s *pool.Settings) { s.Passkeys = &pool.PasskeySettings{Factors: pool.PasskeyTwoFactors} })
		u := newAnn(p)
		for _, attribute := range strings.Fields(c.has) {
			u.Attributes.Set(attribute, "x")
		}
		u.Factors = factors(c.chose)
		got, err := user.DecideFactors(p, u, c.wants, c.passkey, c.pending, !c.admin)
		if c.refused != "" {
			wantFault(t, err, invalidParameter, c.refused)
		} else {
			wantFault(t, err, "", "")
			wantSame(t, c.name, factors(c.want), got)
		}
		wantSame(t, c.name+": the user", factors(c.chose), u.Factors)
	}
	p := newPool(offering(pool.MFAOptional, "totp"))
	u := newAnn(p, "phone_number", "+15550100")
	_, err := user.DecideFactors(p, u, []user.FactorPreference{on(user.FactorSMS)}, nil, false, false)
	wantFault(t, err, invalidParameter, "SMS_MFA is not an MFA method of the user pool.")
	u.Factors = factors("totp token")
	_, err = user.DecideFactors(p, u, nil, &yes, false, false)
	wantFault(t, err, invalidParameter, "Passkeys are not an MFA method of the user pool.")
}

func TestForgetToken(t *testing.T) {
	f := factors("sms totp* token")
	f.ForgetToken()
	wantSame(t, "the factors", factors("sms"), f)
}
