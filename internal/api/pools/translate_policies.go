package pools

import (
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/wire"
)

// applyPolicies applies the password and sign-in policies and how users are
// invited, which share the life of temporary passwords.
func applyPolicies(s *pool.Settings, in *wire.CreateUserPoolRequest, update bool) error {
	var temporary *int32
	if in.Policies != nil {
		if p := in.Policies.PasswordPolicy; p != nil {
			temporary = p.TemporaryPasswordValidityDays
			s.PasswordPolicy = passwordPolicy(p)
		}
		// Policies without a sign-in policy put that back to its default.
		s.FirstFactors = []string{pool.FactorPassword}
		if f := in.Policies.SignInPolicy; f != nil && len(f.AllowedFirstAuthFactors) > 0 {
			s.FirstFactors = names(f.AllowedFirstAuthFactors)
		}
	}
	c := in.AdminCreateUserConfig
	if c == nil {
		return nil
	}
	s.Invite = pool.InviteSettings{AdminOnly: wire.Deref(c.AllowAdminCreateUserOnly)}
	if m := c.InviteMessageTemplate; m != nil {
		s.Invite.EmailSubject, s.Invite.EmailMessage, s.Invite.SMSMessage = wire.Deref(m.EmailSubject), wire.Deref(m.EmailMessage), wire.Deref(m.SMSMessage)
	}
	if c.UnusedAccountValidityDays == nil {
		return nil
	}
	days := orWeek(*c.UnusedAccountValidityDays)
	if temporary == nil {
		s.PasswordPolicy.TemporaryDays = days
		return nil
	}
	if !update || days != s.PasswordPolicy.TemporaryDays {
		return fault.InvalidParameter("Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays")
	}
	return nil
}

// passwordPolicy returns a policy that a request gives. A rule that it leaves
// out is off: the members are plain booleans in the service, false when absent.
func passwordPolicy(p *wire.PasswordPolicyType) pool.PasswordPolicy {
	policy := pool.PasswordPolicy{
		MinLength:        pool.DefaultPasswordPolicy().MinLength,
		RequireUppercase: wire.Deref(p.RequireUppercase),
		RequireLowercase: wire.Deref(p.RequireLowercase),
		RequireNumbers:   wire.Deref(p.RequireNumbers),
		RequireSymbols:   wire.Deref(p.RequireSymbols),
		TemporaryDays:    orWeek(wire.Deref(p.TemporaryPasswordValidityDays)),
		HistorySize:      p.PasswordHistorySize,
	}
	if p.MinimumLength != nil {
		policy.MinLength = *p.MinimumLength
	}
	return policy
}

// orWeek returns days, or the default of a week for 0.
func orWeek(days int32) int32 {
	if days == 0 {
		return pool.DefaultPasswordPolicy().TemporaryDays
	}
	return days
}

// policies is the reverse of applyPolicies for the two policies.
func policies(s *pool.Settings) *wire.UserPoolPolicyType {
	p := &s.PasswordPolicy
	return &wire.UserPoolPolicyType{
		PasswordPolicy: &wire.PasswordPolicyType{
			MinimumLength:                 wire.Ptr(p.MinLength),
			RequireUppercase:              wire.Ptr(p.RequireUppercase),
			RequireLowercase:              wire.Ptr(p.RequireLowercase),
			RequireNumbers:                wire.Ptr(p.RequireNumbers),
			RequireSymbols:                wire.Ptr(p.RequireSymbols),
			PasswordHistorySize:           p.HistorySize,
			TemporaryPasswordValidityDays: wire.Ptr(p.TemporaryDays),
		},
		SignInPolicy: &wire.SignInPolicyType{AllowedFirstAuthFactors: enums[wire.AuthFactorType](s.FirstFactors)},
	}
}

// adminCreateUserConfig is the reverse of applyPolicies for invitations.
func adminCreateUserConfig(s *pool.Settings) *wire.AdminCreateUserConfigType {
	i := &s.Invite
	out := &wire.AdminCreateUserConfigType{
		AllowAdminCreateUserOnly:  wire.Ptr(i.AdminOnly),
		UnusedAccountValidityDays: wire.Ptr(s.PasswordPolicy.TemporaryDays),
	}
	if i.EmailSubject != "" || i.EmailMessage != "" || i.SMSMessage != "" {
		out.InviteMessageTemplate = &wire.MessageTemplateType{
			EmailSubject: optional(i.EmailSubject), EmailMessage: optional(i.EmailMessage), SMSMessage: optional(i.SMSMessage),
		}
	}
	return out
}
