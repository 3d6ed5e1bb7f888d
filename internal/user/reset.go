package user

import (
	"cmp"
	"slices"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
)

// Texts of the refusals to reset a password.
const (
	noRecoveryContact = "Cannot reset password for the user as there is no registered/verified email or phone_number"
	notResettable     = "User password cannot be reset in the current state."
	recoveryByAdmin   = "Contact administrator to reset password."
)

// recoveryAttributes are the attributes behind the pool's recovery mechanisms.
var recoveryAttributes = map[string]string{
	"verified_email":        pool.AttrEmail,
	"verified_phone_number": pool.AttrPhone,
}

// RecoveryOrder returns the attributes that a reset code may go to, the first
// choice first. A pool without the setting, which only pools from elsewhere
// lack, prefers the phone number. The fault is NotAuthorizedException where
// only administrators reset passwords.
func RecoveryOrder(p *pool.Pool) ([]string, error) {
	if len(p.Settings.Recovery) == 0 {
		return []string{pool.AttrPhone, pool.AttrEmail}, nil
	}
	options := slices.SortedFunc(slices.Values(p.Settings.Recovery), func(a, b pool.RecoveryOption) int {
		return cmp.Compare(a.Priority, b.Priority)
	})
	var order []string
	for _, o := range options {
		if attr := recoveryAttributes[o.Name]; attr != "" {
			order = append(order, attr)
		}
	}
	if len(order) == 0 {
		return nil, fault.NotAuthorized(recoveryByAdmin)
	}
	return order, nil
}

// DecideReset returns where the code goes with which the user may set a new
// password: to the first verified attribute of the order, at the value that is
// the user's own, whatever may be pending. A way that is the user's second factor
// is none, or it would be the only one. The faults are NotAuthorizedException
// for a state in which a password cannot be reset and InvalidParameterException
// without a verified address or number. Whether the user is disabled is judged
// before, since operations word it differently.
func DecideReset(p *pool.Pool, u *User, order []string) (CodeRequest, error) {
	switch u.Status {
	case ForceChangePassword, ExternalProvider:
		return CodeRequest{}, fault.NotAuthorized(notResettable)
	case Unconfirmed:
		return CodeRequest{}, fault.InvalidParameter(noRecoveryContact)
	case Confirmed, ResetRequired:
	}
	for _, attr := range order {
		if u.Attributes.IsVerified(attr) && !isFactor(p, u, attr) {
			return CodeRequest{Attribute: attr, Target: u.Attributes.Get(attr)}, nil
		}
	}
	return CodeRequest{}, fault.InvalidParameter(noRecoveryContact)
}

// DecideAdminReset is DecideReset for an administrator, after which the user can
// sign in only with a new password.
func DecideAdminReset(p *pool.Pool, u *User, order []string) (CodeRequest, error) {
	if u.Disabled {
		return CodeRequest{}, fault.NotAuthorized("User is disabled")
	}
	if u.Status == Unconfirmed {
		return CodeRequest{}, fault.NotAuthorized(notResettable)
	}
	return DecideReset(p, u, order)
}

// isFactor reports whether codes of a second factor that u turned on go to attr.
func isFactor(p *pool.Pool, u *User, attr string) bool {
	return slices.ContainsFunc(u.Factors.List(), func(name string) bool {
		return AttributeOfFactor(name) == attr && p.OffersFactor(name)
	})
}
