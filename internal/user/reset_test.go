package user_test

import (
	"testing"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
)

func recovery(options ...pool.RecoveryOption) func(*pool.Settings) {
	return func(s *pool.Settings) { s.Recovery = options }
}

func TestRecoveryOrder(t *testing.T) {
	for name, test := range map[string]struct {
		pool *pool.Pool
		want []string
	}{
		"no setting":       {newPool(), []string{"phone_number", "email"}},
		"by priority":      {newPool(recovery(pool.RecoveryOption{Name: "verified_phone_number", Priority: 2}, pool.RecoveryOption{Name: "verified_email", Priority: 1})), []string{"email", "phone_number"}},
		"one only":         {newPool(recovery(pool.RecoveryOption{Name: "verified_phone_number", Priority: 1})), []string{"phone_number"}},
		"a new pool's own": {newPool(func(s *pool.Settings) { s.Recovery = pool.DefaultRecovery() }), []string{"email", "phone_number"}},
	} {
		t.Run(name, func(t *testing.T) {
			order, err := user.RecoveryOrder(test.pool)
			if err != nil {
				t.Fatal(err)
			}
			wantSame(t, "order", test.want, order)
		})
	}
	_, err := user.RecoveryOrder(newPool(recovery(pool.RecoveryOption{Name: "admin_only", Priority: 1})))
	wantFault(t, err, "NotAuthorizedException", "Contact administrator to reset password.")
}

func TestDecideReset(t *testing.T) {
	const (
		none  = "Cannot reset password for the user as there is no registered/verified email or phone_number"
		state = "User password cannot be reset in the current state."
	)
	mailFirst := []string{"email", "phone_number"}
	verified := []string{"email", "ann@example.com", "email_verified", "true", "phone_number", "+15550100", "phone_number_verified", "true"}
	for name, test := range map[string]struct {
		attrs       []string
		status      user.Status
		disabled    bool
		order       []string
		want        string // the target
		code, text  string
		admin, tale string
		factors     string
	}{
		"first of the order":      {attrs: verified, order: mailFirst, want: "ann@example.com"},
		"the other order":         {attrs: verified, order: []string{"phone_number", "email"}, want: "+15550100"},
		"the first is unverified": {attrs: append([]string{"email", "a@b.example", "email_verified", "false"}, verified[4:]...), order: mailFirst, want: "+15550100"},
		"after a reset":           {attrs: verified, status: user.ResetRequired, order: mailFirst, want: "ann@example.com"},
		"none verified":           {attrs: []string{"email", "a@b.example"}, order: mailFirst, code: "InvalidParameterException", text: none},
		"verified, not allowed":   {attrs: verified[:4], order: []string{"phone_number"}, code: "InvalidParameterException", text: none},
		"a flag without a value":  {attrs: []string{"email_verified", "true"}, order: mailFirst, code: "InvalidParameterException", text: none},
		"the first is a factor":   {attrs: verified, factors: "email", order: mailFirst, want: "+15550100"},
		"the other is a factor":   {attrs: verified, factors: "sms*", order: mailFirst, want: "ann@example.com"},
		"the only is a factor":    {attrs: verified[:4], factors: "email*", order: mailFirst, code: "InvalidParameterException", text: none},
		"all are factors":         {attrs: verified, factors: "sms email", order: mailFirst, code: "InvalidParameterException", text: none},
		"temporary password":      {attrs: verified, status: user.ForceChangePassword, order: mailFirst, code: "NotAuthorizedException", text: state},
		"federated":               {attrs: verified, status: user.ExternalProvider, order: mailFirst, code: "NotAuthorizedException", text: state},
		"unconfirmed":             {attrs: verified, status: user.Unconfirmed, order: mailFirst, code: "InvalidParameterException", text: none, admin: "NotAuthorizedException", tale: state},
		"disabled":                {attrs: verified, disabled: true, order: mailFirst, want: "ann@example.com", admin: "NotAuthorizedException", tale: "User is disabled"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPool(offering(pool.MFAOptional, "sms email"))
			u := newAnn(p, test.attrs...)
			u.Factors = factors(test.factors)
			u.Disabled = test.disabled
			if test.status != "" {
				u.Status = test.status
			}
			check := func(got user.CodeRequest, err error, code, text string) {
				t.Helper()
				if code != "" {
					wantFault(t, err, code, text)
				} else if err != nil || got.Target != test.want || u.Attributes.Get(got.Attribute) != test.want || got.Pending {
					t.Errorf("to %+v, %v", got, err)
				}
			}
			got, err := user.DecideReset(p, u, test.order)
			check(got, err, test.code, test.text)
			if test.admin == "" {
				test.admin, test.tale = test.code, test.text
			}
			got, err = user.DecideAdminReset(p, u, test.order)
			check(got, err, test.admin, test.tale)
		})
	}
}
