package pool

import (
	"regexp"
	"slices"
	"strings"

	"poolhouse.dev/internal/fault"
)

// MaxTags is how many tags a pool can have.
const MaxTags = 50

// Check returns the first rule that the pool's settings break, as the fault to
// answer with. It judges them as a whole, so that it serves a new pool and an
// updated one. Rules that only the owner of an AWS account could settle (whether
// a role, an identity or a function is there) are not among them.
func (p *Pool) Check() error {
	for _, check := range []func(*Pool) error{
		checkSignInNames, checkEncryptionKey, checkTier, checkFirstFactors, checkMFA, checkPasskeys, checkAutoVerified,
		checkEmail, checkTriggers, checkSMS, checkTemplates, checkInvitation, checkRecovery, checkACR, checkTags,
	} {
		if err := check(p); err != nil {
			return err
		}
	}
	return nil
}

func checkSignInNames(p *Pool) error {
	if len(p.Settings.Aliases) > 0 && len(p.Settings.UsernameAttributes) > 0 {
		return fault.InvalidParameter("Only one of the aliasAttributes or usernameAttributes can be set in a User pool.")
	}
	if a, ok := p.Settings.Schema.Find(AttrPreferredUsername); ok && a.Required && p.IsAlias(AttrPreferredUsername) {
		return fault.InvalidParameter(textPreferredUsername)
	}
	return nil
}

// checkEncryptionKey refuses a key of the customer's own: data that its owner
// believes sealed with it must not be kept under another.
func checkEncryptionKey(p *Pool) error {
	if k := p.Settings.KeyConfig; k != nil && (k.Type == "CUSTOMER_MANAGED_KEY" || k.ARN != "") {
		return fault.InvalidParameter(textCustomerKey)
	}
	return nil
}

func checkFirstFactors(p *Pool) error {
	f := p.Settings.FirstFactors
	switch {
	case slices.Contains(f, "SOFTWARE_TOKEN"):
		return fault.InvalidParameter(textSoftwareToken)
	case len(f) == 1 && f[0] == "WEB_AUTHN":
		return fault.InvalidParameter(textOnlyPasskey)
	case p.Settings.MFA == MFAOn && (slices.Contains(f, "EMAIL_OTP") || slices.Contains(f, "SMS_OTP")):
		return fault.InvalidParameter(textOTPWithMFA)
	}
	return nil
}

// checkMFA demands a second factor where there may be one. A new pool can have none
// but text messages.
func checkMFA(p *Pool) error {
	if p.Settings.MFA != MFAOff && !p.CouldOfferFactor("SMS_MFA") && !p.CouldOfferFactor("EMAIL_OTP") && !p.CouldOfferFactor("SOFTWARE_TOKEN_MFA") {
		return fault.InvalidParameter("SMS configuration and Auto verification for phone_number are required when MFA is required/optional")
	}
	return nil
}

// domainName is a domain name without scheme, port and path.
var domainName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$`)

// checkPasskeys refuses a relying party that no browser would make a passkey for. The
// text is not the service's own.
func checkPasskeys(p *Pool) error {
	if s := p.Settings.Passkeys; s != nil && s.RelyingPartyID != "" && !domainName.MatchString(s.RelyingPartyID) {
		return fault.InvalidParameter("RelyingPartyId has to be a domain name in lower case, without scheme, port and path.")
	}
	return nil
}

func checkAutoVerified(p *Pool) error {
	if p.IsAutoVerified(AttrPhone) && p.Settings.SMS == nil {
		return fault.InvalidParameter("SMS configuration is required when phone_number is selected for auto verification")
	}
	for _, attr := range p.Settings.VerifyBeforeUpdate {
		if !p.IsAutoVerified(attr) {
			return fault.InvalidParameter("All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes")
		}
	}
	return nil
}

func checkRecovery(p *Pool) error {
	names, priorities := map[string]bool{}, map[int32]bool{}
	for _, r := range p.Settings.Recovery {
		if r.Name == "admin_only" && len(p.Settings.Recovery) > 1 {
			return fault.InvalidParameter(textAdminOnly)
		}
		if names[r.Name] || priorities[r.Priority] {
			return fault.InvalidParameter(textRecoveryUnique)
		}
		names[r.Name], priorities[r.Priority] = true, true
	}
	if p.OffersFactor("EMAIL_OTP") && len(names) == 1 && names["verified_email"] {
		return fault.InvalidParameter(textOnlyEmail)
	}
	return nil
}

func checkACR(p *Pool) error {
	if p.Settings.ACR == nil {
		return nil
	}
	seen := map[string]bool{}
	all := p.Settings.ACRNames()
	for _, l := range acrLevels {
		name := all[l.level]
		if seen[name] {
			return fault.InvalidParameterf(textACRDistinct, name)
		}
		seen[name] = true
	}
	return nil
}

func checkTags(p *Pool) error {
	if len(p.Settings.Tags) > MaxTags {
		return fault.UserPoolTagging(textTooManyTags)
	}
	for key := range p.Settings.Tags {
		if strings.HasPrefix(strings.ToLower(key), "aws:") {
			return fault.UserPoolTagging(textReservedTag)
		}
	}
	return nil
}
