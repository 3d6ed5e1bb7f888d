package pools

import (
	"maps"
	"slices"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/wire"
)

// asCreate returns the members of an update in the form of a creation: they
// mean the same there.
func asCreate(in *wire.UpdateUserPoolRequest) *wire.CreateUserPoolRequest {
	return &wire.CreateUserPoolRequest{
		Policies: in.Policies, DeletionProtection: in.DeletionProtection, LambdaConfig: in.LambdaConfig,
		AutoVerifiedAttributes: in.AutoVerifiedAttributes, SmsVerificationMessage: in.SmsVerificationMessage,
		EmailVerificationMessage: in.EmailVerificationMessage, EmailVerificationSubject: in.EmailVerificationSubject,
		VerificationMessageTemplate: in.VerificationMessageTemplate, SmsAuthenticationMessage: in.SmsAuthenticationMessage,
		MfaConfiguration: in.MfaConfiguration, UserAttributeUpdateSettings: in.UserAttributeUpdateSettings,
		DeviceConfiguration: in.DeviceConfiguration, EmailConfiguration: in.EmailConfiguration,
		SmsConfiguration: in.SmsConfiguration, UserPoolTags: in.UserPoolTags, AdminCreateUserConfig: in.AdminCreateUserConfig,
		UserPoolAddOns: in.UserPoolAddOns, AccountRecoverySetting: in.AccountRecoverySetting, UserPoolTier: in.UserPoolTier,
		KeyConfiguration: in.KeyConfiguration, IssuerConfiguration: in.IssuerConfiguration,
		DcrConfiguration: in.DcrConfiguration, AcrConfiguration: in.AcrConfiguration,
	}
}

// settings returns s with the members of the request that can be given at any
// time. s is what a request without any of them leaves. An update may repeat
// what a look at the pool showed, which a creation may not.
func settings(in *wire.CreateUserPoolRequest, s pool.Settings, update bool) (pool.Settings, error) {
	if err := applyPolicies(&s, in, update); err != nil {
		return s, err
	}
	if err := applyTriggers(&s, in.LambdaConfig); err != nil {
		return s, err
	}
	applyMessages(&s, in)
	applyEmail(&s, in.EmailConfiguration)
	applySMS(&s, in.SmsConfiguration)
	applyNewer(&s, in)
	if in.DeletionProtection != nil {
		s.DeletionProtection = *in.DeletionProtection == wire.DeletionProtectionTypeActive
	}
	if in.AutoVerifiedAttributes != nil {
		s.AutoVerified = names(in.AutoVerifiedAttributes)
	}
	if u := in.UserAttributeUpdateSettings; u != nil {
		s.VerifyBeforeUpdate = names(u.AttributesRequireVerificationBeforeUpdate)
		if s.VerifyBeforeUpdate == nil {
			s.VerifyBeforeUpdate = []string{}
		}
	}
	s.MFA = enumOr(in.MfaConfiguration, s.MFA)
	if d := in.DeviceConfiguration; d != nil {
		s.Devices = &pool.DeviceSettings{
			ChallengeRequiredOnNewDevice: wire.Deref(d.ChallengeRequiredOnNewDevice),
			RememberOnlyOnUserPrompt:     wire.Deref(d.DeviceOnlyRememberedOnUserPrompt),
		}
	}
	if in.UserPoolTags != nil {
		s.Tags = maps.Clone(in.UserPoolTags)
	}
	if o := in.UserPoolAddOns; o != nil {
		s.AddOns = &pool.AddOns{SecurityMode: enumOr(o.AdvancedSecurityMode, "OFF")}
		if f := o.AdvancedSecurityAdditionalFlows; f != nil {
			s.AddOns.CustomAuth = enumOr(f.CustomAuthMode, "")
		}
	}
	if r := in.AccountRecoverySetting; r != nil && len(r.RecoveryMechanisms) > 0 {
		s.Recovery = nil
		for _, m := range r.RecoveryMechanisms {
			s.Recovery = append(s.Recovery, pool.RecoveryOption{Name: enumOr(m.Name, ""), Priority: wire.Deref(m.Priority)})
		}
	}
	s.Tier = enumOr(in.UserPoolTier, s.Tier)
	return s, nil
}

// applyNewer applies the settings that an update keeps when it leaves them out
// and replaces as a whole otherwise.
func applyNewer(s *pool.Settings, in *wire.CreateUserPoolRequest) {
	if k := in.KeyConfiguration; k != nil {
		s.KeyConfig = &pool.KeyConfig{Type: enumOr(k.KeyType, ""), ARN: wire.Deref(k.KmsKeyArn)}
	}
	if i := in.IssuerConfiguration; i != nil {
		s.Issuer = enumOr(i.Type, "")
	}
	if d := in.DcrConfiguration; d != nil {
		dcr := pool.DefaultDCR()
		dcr.Enabled = enumOr(d.EnableStatus, "Enabled") == "Enabled"
		dcr.Open = wire.Deref(d.OpenDcrEnabled)
		if d.AuthenticatedGrantTypes != nil {
			dcr.AuthenticatedGrantTypes = names(d.AuthenticatedGrantTypes)
		}
		if d.OpenDcrGrantTypes != nil {
			dcr.OpenGrantTypes = names(d.OpenDcrGrantTypes)
		}
		dcr.AllowedScopes = names(d.AllowedScopes)
		s.DCR = &dcr
	}
	if in.AcrConfiguration != nil {
		s.ACR = make(map[string]string, len(in.AcrConfiguration))
		for level, c := range in.AcrConfiguration {
			s.ACR[level] = wire.Deref(c.AcrValue)
		}
	}
}

// drafts returns the attributes that a request describes.
func drafts(in []wire.SchemaAttributeType) []pool.AttributeDraft {
	out := make([]pool.AttributeDraft, len(in))
	for i, a := range in {
		out[i] = pool.AttributeDraft{
			Name: wire.Deref(a.Name), Type: enumOr(a.AttributeDataType, ""),
			Mutable: a.Mutable, Required: a.Required, DeveloperOnly: wire.Deref(a.DeveloperOnlyAttribute),
		}
		if c := a.StringAttributeConstraints; c != nil {
			out[i].String = &pool.Limits{Min: c.MinLength, Max: c.MaxLength}
		}
		if c := a.NumberAttributeConstraints; c != nil {
			out[i].Number = &pool.Limits{Min: c.MinValue, Max: c.MaxValue}
		}
	}
	return out
}

// names returns a list of the API, in which a repetition means nothing, as
// plain text; nil stays nil.
func names[T ~string](in []T) []string {
	if in == nil {
		return nil
	}
	out := make([]string, 0, len(in))
	for _, v := range in {
		if !slices.Contains(out, string(v)) {
			out = append(out, string(v))
		}
	}
	return out
}

// enumOr returns what p points to as plain text, or otherwise when p is nil.
func enumOr[T ~string](p *T, otherwise string) string {
	if p == nil {
		return otherwise
	}
	return string(*p)
}
