package pools

import (
	"maps"
	"math"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/wire"
)

// describe returns a pool as CreateUserPool and DescribeUserPool answer. What
// was never set is left out, but for the members that the service always sends.
func describe(p *pool.Pool, users int64) *wire.UserPoolType {
	s := &p.Settings
	out := &wire.UserPoolType{
		Id:                     wire.Ptr(string(p.ID)),
		Name:                   wire.Ptr(p.Name),
		Arn:                    wire.Ptr(p.ARN()),
		CreationDate:           wire.TimestampOf(p.CreatedAt),
		LastModifiedDate:       wire.TimestampOf(p.ModifiedAt),
		Policies:               policies(s),
		DeletionProtection:     wire.Ptr(wire.DeletionProtectionTypeInactive),
		LambdaConfig:           lambdaConfig(&s.Triggers),
		SchemaAttributes:       schemaAttributes(s.Schema),
		AutoVerifiedAttributes: enums[wire.VerifiedAttributeType](s.AutoVerified),
		AliasAttributes:        enums[wire.AliasAttributeType](s.Aliases),
		UsernameAttributes:     enums[wire.UsernameAttributeType](s.UsernameAttributes),
		MfaConfiguration:       wire.Ptr(wire.UserPoolMfaType(s.MFA)),
		EstimatedNumberOfUsers: wire.Ptr(int32(min(users, math.MaxInt32))),
		EmailConfiguration:     emailConfiguration(&s.Email),
		SmsConfiguration:       smsConfiguration(s.SMS),
		UserPoolTags:           map[string]string{},
		AdminCreateUserConfig:  adminCreateUserConfig(s),
		AccountRecoverySetting: recovery(s.Recovery),
		UserPoolTier:           wire.Ptr(wire.UserPoolTierType(s.Tier)),
	}
	maps.Copy(out.UserPoolTags, s.Tags)
	describeMessages(out, &s.Templates)
	describeOptional(out, s)
	return out
}

// describeOptional adds the structures that a pool has only when they were set.
func describeOptional(out *wire.UserPoolType, s *pool.Settings) {
	if s.DeletionProtection {
		out.DeletionProtection = wire.Ptr(wire.DeletionProtectionTypeActive)
	}
	if s.VerifyBeforeUpdate != nil {
		out.UserAttributeUpdateSettings = &wire.UserAttributeUpdateSettingsType{
			AttributesRequireVerificationBeforeUpdate: list[wire.VerifiedAttributeType](s.VerifyBeforeUpdate),
		}
	}
	if s.CaseSensitive != nil {
		out.UsernameConfiguration = &wire.UsernameConfigurationType{CaseSensitive: s.CaseSensitive}
	}
	if d := s.Devices; d != nil {
		out.DeviceConfiguration = &wire.DeviceConfigurationType{
			ChallengeRequiredOnNewDevice:     wire.Ptr(d.ChallengeRequiredOnNewDevice),
			DeviceOnlyRememberedOnUserPrompt: wire.Ptr(d.RememberOnlyOnUserPrompt),
		}
	}
	if o := s.AddOns; o != nil {
		out.UserPoolAddOns = &wire.UserPoolAddOnsType{AdvancedSecurityMode: wire.Ptr(wire.AdvancedSecurityModeType(o.SecurityMode))}
		if o.CustomAuth != "" {
			out.UserPoolAddOns.AdvancedSecurityAdditionalFlows = &wire.AdvancedSecurityAdditionalFlowsType{
				CustomAuthMode: wire.Ptr(wire.AdvancedSecurityEnabledModeType(o.CustomAuth)),
			}
		}
	}
	if k := s.KeyConfig; k != nil {
		out.KeyConfiguration = &wire.KeyConfigurationType{KmsKeyArn: optional(k.ARN)}
		if k.Type != "" {
			out.KeyConfiguration.KeyType = wire.Ptr(wire.EncryptionKeyType(k.Type))
		}
	}
	if s.Issuer != "" {
		out.IssuerConfiguration = &wire.IssuerConfigurationType{Type: wire.Ptr(wire.IssuerType(s.Issuer))}
	}
	if d := s.DCR; d != nil {
		status := wire.StatusTypeDisabled
		if d.Enabled {
			status = wire.StatusTypeEnabled
		}
		out.DcrConfiguration = &wire.DcrConfigurationType{
			EnableStatus:            &status,
			OpenDcrEnabled:          wire.Ptr(d.Open),
			AuthenticatedGrantTypes: list[wire.OAuthFlowType](d.AuthenticatedGrantTypes),
			OpenDcrGrantTypes:       list[wire.OAuthFlowType](d.OpenGrantTypes),
			AllowedScopes:           d.AllowedScopes,
		}
	}
	if s.ACR != nil {
		out.AcrConfiguration = map[string]wire.AcrLevelConfigType{}
		for level, name := range s.ACRNames() {
			out.AcrConfiguration[level] = wire.AcrLevelConfigType{AcrValue: wire.Ptr(name)}
		}
	}
}

func schemaAttributes(schema pool.Schema) []wire.SchemaAttributeType {
	out := make([]wire.SchemaAttributeType, len(schema))
	for i := range schema {
		a := &schema[i]
		out[i] = wire.SchemaAttributeType{
			Name: wire.Ptr(a.Name), AttributeDataType: wire.Ptr(wire.AttributeDataType(a.Type)),
			DeveloperOnlyAttribute: wire.Ptr(a.DeveloperOnly), Mutable: wire.Ptr(a.Mutable), Required: wire.Ptr(a.Required),
		}
		if l := a.String; l != nil {
			out[i].StringAttributeConstraints = &wire.StringAttributeConstraintsType{MinLength: l.Min, MaxLength: l.Max}
		}
		if l := a.Number; l != nil {
			out[i].NumberAttributeConstraints = &wire.NumberAttributeConstraintsType{MinValue: l.Min, MaxValue: l.Max}
		}
	}
	return out
}

func recovery(options []pool.RecoveryOption) *wire.AccountRecoverySettingType {
	out := &wire.AccountRecoverySettingType{RecoveryMechanisms: make([]wire.RecoveryOptionType, len(options))}
	for i, o := range options {
		out.RecoveryMechanisms[i] = wire.RecoveryOptionType{Name: wire.Ptr(wire.RecoveryOptionNameType(o.Name)), Priority: wire.Ptr(o.Priority)}
	}
	return out
}

// enums is the reverse of names; an empty list is left out of the answer.
func enums[T ~string](in []string) []T {
	if len(in) == 0 {
		return nil
	}
	return list[T](in)
}

// list is enums for a list whose being empty says something.
func list[T ~string](in []string) []T {
	out := make([]T, len(in))
	for i, v := range in {
		out[i] = T(v)
	}
	return out
}

// optional returns a pointer to text, or nil for "".
func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
