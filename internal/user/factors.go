package user

import (
	"slices"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
)

// Second factors, by the names that the API has for them as challenges, as
// settings of a user and as choices.
const (
	FactorSMS   = "SMS_MFA"
	FactorEmail = "EMAIL_OTP"
	FactorTOTP  = "SOFTWARE_TOKEN_MFA"
)

// allFactors are in the order of the API.
var allFactors = []string{FactorSMS, FactorTOTP, FactorEmail}

// Challenges that lead to a second factor.
const (
	SelectMFA = "SELECT_MFA_TYPE"
	SetUpMFA  = "MFA_SETUP"
)

// Factors are what a user chose about second factors. The zero value is a user who
// chose nothing.
type Factors struct {
	SMS   bool `json:"sms,omitempty"`
	Email bool `json:"email,omitempty"`
	TOTP  bool `json:"totp,omitempty"`
	// Passkey says that a passkey counts as two factors.
	Passkey bool `json:"passkey,omitempty"`
	// Preferred is one of the factors that are on, or "".
	Preferred string `json:"preferred,omitempty"`
	// HasToken says that a software token was set up and proved.
	HasToken bool `json:"hasToken,omitempty"`
}

// List returns the factors that are on, in the order of the API.
func (f *Factors) List() []string {
	var list []string
	for _, x := range []struct {
		on   bool
		name string
	}{{f.SMS, FactorSMS}, {f.TOTP, FactorTOTP}, {f.Email, FactorEmail}} {
		if x.on {
			list = append(list, x.name)
		}
	}
	return list
}

// Set turns a factor on or off. One that goes off is preferred no more.
func (f *Factors) Set(name string, on bool) {
	switch name {
	case FactorSMS:
		f.SMS = on
	case FactorEmail:
		f.Email = on
	case FactorTOTP:
		f.TOTP = on
	}
	if !on && f.Preferred == name {
		f.Preferred = ""
	}
}

// ForgetToken takes the software token away and all that was chosen about it.
func (f *Factors) ForgetToken() {
	f.Set(FactorTOTP, false)
	f.HasToken = false
}

// AttributeOfFactor returns the attribute that a factor's codes are sent to; "" for
// one without.
func AttributeOfFactor(name string) string {
	switch name {
	case FactorSMS:
		return pool.AttrPhone
	case FactorEmail:
		return pool.AttrEmail
	}
	return ""
}

// canUse reports whether a factor would work for u in p now: its codes have a way,
// or its token is there. A token that was set up works even after its pool turned
// such tokens off, so that nobody gets by with less than they chose.
func canUse(p *pool.Pool, u *User, name string) bool {
	if name == FactorTOTP {
		return u.Factors.HasToken
	}
	return p.OffersFactor(name) && u.Attributes.Has(AttributeOfFactor(name))
}

// SecondFactor is what a user has to show after a password.
type SecondFactor struct {
	// Challenge is a factor, SelectMFA, SetUpMFA, or "" for nothing.
	Challenge string
	// Choices are those of SelectMFA and SetUpMFA.
	Choices []string
}

// DecideSecondFactor returns what u has to show after a password in p. A factor that
// the user turned on and that works counts before all others; a pool that requires a
// second factor takes what there is, but for the channel by which it recovers
// accounts, and has one set up where there is none. The fault, where none can be, is
// InvalidParameterException.
//
// Source: "Details of MFA logic at user runtime" in the developer guide.
func DecideSecondFactor(p *pool.Pool, u *User) (SecondFactor, error) {
	if p.Settings.MFA == pool.MFAOff {
		return SecondFactor{}, nil
	}
	var usable []string
	for _, name := range u.Factors.List() {
		if canUse(p, u, name) {
			usable = append(usable, name)
		}
	}
	if slices.Contains(usable, u.Factors.Preferred) {
		return SecondFactor{Challenge: u.Factors.Preferred}, nil
	}
	if p.Settings.MFA == pool.MFAOn {
		for _, name := range allFactors {
			if !slices.Contains(usable, name) && canUse(p, u, name) && !p.RecoversFirstBy(AttributeOfFactor(name)) {
				usable = append(usable, name)
			}
		}
	}
	if len(usable) > 0 || p.Settings.MFA != pool.MFAOn {
		return oneOf(usable), nil
	}
	choices := FactorsToSetUp(p)
	if len(choices) == 0 {
		return SecondFactor{}, fault.InvalidParameter(noFactor)
	}
	return SecondFactor{Challenge: SetUpMFA, Choices: choices}, nil
}

// DecideStepUp returns what a user is asked for who would not be asked for a second factor
// and whose sign-in looks strange: any that works, turned on or not. Nothing works in a pool
// that has its second factors off.
func DecideStepUp(p *pool.Pool, u *User) SecondFactor {
	if p.Settings.MFA == pool.MFAOff {
		return SecondFactor{}
	}
	var usable []string
	for _, name := range allFactors {
		if canUse(p, u, name) {
			usable = append(usable, name)
		}
	}
	return oneOf(usable)
}

// oneOf demands one of the factors, the user's choice where there are several.
func oneOf(usable []string) SecondFactor {
	switch len(usable) {
	case 0:
		return SecondFactor{}
	case 1:
		return SecondFactor{Challenge: usable[0]}
	}
	return SecondFactor{Challenge: SelectMFA, Choices: usable}
}

// noFactor is not the service's own text, which is unknown.
const noFactor = "The user pool requires MFA, and the user has no factor that it offers."

// FactorsToSetUp returns what a user without a second factor may set up.
func FactorsToSetUp(p *pool.Pool) []string {
	var choices []string
	for _, name := range allFactors {
		if p.OffersFactor(name) && !p.RecoversFirstBy(AttributeOfFactor(name)) {
			choices = append(choices, name)
		}
	}
	return choices
}

// FactorPreference is what a user, or an administrator for one, wants of a factor.
type FactorPreference struct {
	Name               string
	Enabled, Preferred bool
}

// Texts of refused preferences. The first two are known from clients, the others
// are not the service's own.
const (
	tokenMissing    = "User has not set up software token mfa"
	tokenUnproved   = "User has not verified software token mfa"
	noPhoneForMFA   = "User does not have delivery config set to turn on SMS_MFA"
	noEmailForMFA   = "User does not have delivery config set to turn on EMAIL_OTP"
	preferredOff    = "A preferred MFA method has to be enabled."
	preferredTwice  = "Only one MFA method can be preferred."
	mfaRequired     = "The user pool requires MFA: %s cannot be turned off."
	passkeyAlone    = "A passkey as MFA needs another MFA method beside it."
	passkeySingle   = "Passkeys are not an MFA method of the user pool."
	factorNotOnPool = "%s is not an MFA method of the user pool."
)

// DecideFactors returns the factors of u after the preferences; a factor that none is
// about stays as it is. pending says that a software token waits for its proof, which
// tells one refusal from another; byUser, that it is the user who asks, who may not
// turn off what the pool requires.
func DecideFactors(p *pool.Pool, u *User, wants []FactorPreference, passkey *bool, pending, byUser bool) (Factors, error) {
	f, preferred := u.Factors, ""
	for _, want := range wants {
		switch {
		case want.Preferred && !want.Enabled:
			return f, fault.InvalidParameter(preferredOff)
		case want.Preferred && preferred != "":
			return f, fault.InvalidParameter(preferredTwice)
		case want.Preferred:
			preferred = want.Name
		}
		if want.Enabled {
			if err := mayTurnOn(p, u, want.Name, pending); err != nil {
				return f, err
			}
		} else if byUser && p.Settings.MFA == pool.MFAOn && slices.Contains(f.List(), want.Name) {
			return f, fault.InvalidParameterf(mfaRequired, want.Name)
		}
		f.Set(want.Name, want.Enabled)
		if f.Preferred == want.Name {
			f.Preferred = ""
		}
	}
	if preferred != "" {
		f.Preferred = preferred
	}
	if passkey != nil {
		switch {
		case *passkey && !p.PasskeyIsTwoFactors():
			return f, fault.InvalidParameter(passkeySingle)
		case *passkey && len(f.List()) == 0:
			return f, fault.InvalidParameter(passkeyAlone)
		}
		f.Passkey = *passkey
	}
	return f, nil
}

func mayTurnOn(p *pool.Pool, u *User, name string, pending bool) error {
	switch {
	case name == FactorTOTP && !u.Factors.HasToken && pending:
		return fault.InvalidParameter(tokenUnproved)
	case name == FactorTOTP && !u.Factors.HasToken:
		return fault.InvalidParameter(tokenMissing)
	case name == FactorTOTP:
		return nil
	case name == FactorSMS && !u.Attributes.Has(pool.AttrPhone):
		return fault.InvalidParameter(noPhoneForMFA)
	case name == FactorEmail && !u.Attributes.Has(pool.AttrEmail):
		return fault.InvalidParameter(noEmailForMFA)
	case !p.CouldOfferFactor(name):
		return fault.InvalidParameterf(factorNotOnPool, name)
	}
	return nil
}

// First factors.
const (
	FirstPassword = "PASSWORD"
	FirstSRP      = "PASSWORD_SRP"
	FirstEmail    = "EMAIL_OTP"
	FirstSMS      = "SMS_OTP"
	FirstPasskey  = "WEB_AUTHN"
)

// FirstFactors returns what a sign-in of u may begin with, where the client chooses.
// passkeys says whether the user has any. A user who has to show a second factor, or to
// change the password, begins with the password; passkeys count beside it where the
// pool takes one for two factors.
//
// Source: "Authentication flows" and "Adding MFA to a user pool" in the developer guide.
func FirstFactors(p *pool.Pool, u *User, passkeys bool) []string {
	list := []string{}
	if u.Verifier != nil && p.AllowsFirst(FirstPassword) {
		list = append(list, FirstSRP, FirstPassword)
	}
	if u.Status == ForceChangePassword || u.Status == ResetRequired {
		return list
	}
	single := p.Settings.MFA == pool.MFAOff || p.Settings.MFA == pool.MFAOptional && len(u.Factors.List()) == 0
	if single && p.AllowsFirst(FirstEmail) && u.Attributes.Has(pool.AttrEmail) {
		list = append(list, FirstEmail)
	}
	if single && p.AllowsFirst(FirstSMS) && u.Attributes.Has(pool.AttrPhone) && p.Settings.SMS != nil {
		list = append(list, FirstSMS)
	}
	if passkeys && p.AllowsFirst(FirstPasskey) && (single || p.PasskeyIsTwoFactors()) {
		list = append(list, FirstPasskey)
	}
	return list
}

// PretendedFirstFactors are the first factors of a name that nobody has, where the
// client hides that: those of a user with a password and an address.
func PretendedFirstFactors(p *pool.Pool) []string {
	list := []string{}
	if p.AllowsFirst(FirstPassword) {
		list = append(list, FirstSRP, FirstPassword)
	}
	if p.Settings.MFA == pool.MFAOn {
		return list
	}
	if p.AllowsFirst(FirstEmail) {
		list = append(list, FirstEmail)
	}
	if p.AllowsFirst(FirstSMS) && p.Settings.SMS != nil {
		list = append(list, FirstSMS)
	}
	return list
}
