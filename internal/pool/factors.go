package pool

import "slices"

// OffersFactor reports whether the pool has a way to ask for a second factor:
// SMS_MFA, EMAIL_OTP or SOFTWARE_TOKEN_MFA.
func (p *Pool) OffersFactor(name string) bool {
	return p.Settings.MFA != MFAOff && p.CouldOfferFactor(name)
}

// CouldOfferFactor is OffersFactor for a pool that may have its second factors
// turned off.
func (p *Pool) CouldOfferFactor(name string) bool {
	switch name {
	case "SMS_MFA":
		return p.Settings.SMS != nil
	case "EMAIL_OTP":
		return p.Settings.EmailMFA != nil
	case "SOFTWARE_TOKEN_MFA":
		return p.Settings.SoftwareTokens != nil && *p.Settings.SoftwareTokens
	}
	return false
}

// RecoversFirstBy reports whether attr is the first way in which the pool recovers
// accounts.
func (p *Pool) RecoversFirstBy(attr string) bool {
	best := slices.MinFunc(append([]RecoveryOption{{Priority: 1 << 30}}, p.Settings.Recovery...), func(a, b RecoveryOption) int { return int(a.Priority) - int(b.Priority) })
	return attr != "" && best.Name == "verified_"+attr
}

// AllowsFirst reports whether a sign-in can begin with a factor: PASSWORD,
// EMAIL_OTP, SMS_OTP or WEB_AUTHN.
func (p *Pool) AllowsFirst(factor string) bool {
	return slices.Contains(p.Settings.FirstFactors, factor)
}

// PasskeyIsTwoFactors reports whether a passkey that knows its user makes a second
// factor needless.
func (p *Pool) PasskeyIsTwoFactors() bool {
	return p.Settings.Passkeys != nil && p.Settings.Passkeys.Factors == PasskeyTwoFactors
}
