package conformance

import "testing"

// ForgotPassword and AdminResetUserPassword do not use the way that a user's second factor
// goes: whoever can read one would have both. Without another there is none.
func TestSecondFactorsAreNoRecovery(t *testing.T) {
	covers(t, "ForgotPassword", "InvalidParameterException")
	covers(t, "AdminResetUserPassword", "InvalidParameterException")
	const none = "Cannot reset password for the user as there is no registered/verified email or phone_number"
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newMFA(t, e, "OPTIONAL", "sms email")
		mail, phone := address("ann"), number()
		f.user(t, "ann", "email="+mail, "email_verified=true", "phone_number="+phone, "phone_number_verified=true")
		goes := func(prefers, to string) {
			t.Helper()
			f.prefer(t, "ann", prefers)
			before := map[string]int{mail: f.messages(t, mail), phone: f.messages(t, phone)}
			before[to]++
			_, err := f.forgot(t, "ann")
			if to != "" {
				noError(t, err)
			} else {
				wantFault(t, err, "InvalidParameterException", none)
				wantFault(t, f.reset(t, "ann"), "InvalidParameterException", none)
			}
			for _, at := range []string{mail, phone} {
				if got := f.messages(t, at); got != before[at] {
					t.Errorf("prefers %q: %d messages to %s, want %d", prefers, got, at, before[at])
				}
			}
		}
		goes("", mail)
		goes("sms*", mail)
		goes("email", phone)
		goes("sms email*", "")
		if got := f.status(t, "ann"); got != "CONFIRMED" {
			t.Errorf("the status is %s", got)
		}
		// What the pool does not ask for is no factor.
		f.offer(t, "OFF", "")
		did(f.forgot(t, "ann"))(t)
		noError(t, f.recover(t, "ann", f.code(t, mail), newPassword))
		// One who was reset has the way that is left.
		f.offer(t, "OPTIONAL", "sms email")
		f.prefer(t, "ann", "email*")
		noError(t, f.reset(t, "ann"))
		noError(t, f.recover(t, "ann", f.code(t, phone), password))
		f.led(t, false, "ann", "EMAIL_OTP")
	})
}
