package pool

// Values of settings that are on a pool from its creation.
const (
	FactorPassword = "PASSWORD"

	EmailByCode = "CONFIRM_WITH_CODE"
	EmailByLink = "CONFIRM_WITH_LINK"

	SenderDefault   = "COGNITO_DEFAULT"
	SenderDeveloper = "DEVELOPER"
)

// DefaultSettings returns the settings of a pool of which nothing but the name
// was given.
func DefaultSettings() Settings {
	return Settings{
		PasswordPolicy: DefaultPasswordPolicy(),
		FirstFactors:   []string{FactorPassword},
		Templates:      Templates{EmailOption: EmailByCode},
		MFA:            MFAOff,
		Email:          EmailSettings{Account: SenderDefault},
		Schema:         StandardSchema(),
		Recovery:       DefaultRecovery(),
		Tier:           TierEssentials,
	}
}

// DefaultRecovery returns how accounts are recovered in a pool that does not
// say: by e-mail first, then by text message.
func DefaultRecovery() []RecoveryOption {
	return []RecoveryOption{{Name: "verified_email", Priority: 1}, {Name: "verified_phone_number", Priority: 2}}
}

// Reset returns what an update that names no setting leaves of s: the defaults,
// but for what cannot be changed (schema, sign-in names) and for what the
// service keeps when it is left out. Where the service's behaviour is not
// known, a setting that protects is kept: deletion protection, the tier, and
// the proof of an address before it changes. The result shares memory with s.
func (s Settings) Reset() Settings {
	d := DefaultSettings()
	d.Schema = s.Schema
	d.Aliases = s.Aliases
	d.UsernameAttributes = s.UsernameAttributes
	d.CaseSensitive = s.CaseSensitive
	d.FirstFactors = s.FirstFactors
	d.DeletionProtection = s.DeletionProtection
	d.VerifyBeforeUpdate = s.VerifyBeforeUpdate
	d.Tags = s.Tags
	d.Tier = s.Tier
	d.KeyConfig = s.KeyConfig
	d.Issuer = s.Issuer
	d.DCR = s.DCR
	d.ACR = s.ACR
	d.SoftwareTokens = s.SoftwareTokens
	d.EmailMFA = s.EmailMFA
	d.Passkeys = s.Passkeys
	d.ReplicaRole = s.ReplicaRole
	return d
}

// DefaultDCR returns the settings of dynamic client registration where a pool
// turns it on and says no more.
func DefaultDCR() DCRSettings {
	return DCRSettings{Enabled: true, AuthenticatedGrantTypes: []string{"code", "client_credentials"}, OpenGrantTypes: []string{"code"}}
}

// acrLevels are the levels that can be given names, with the service's own names.
var acrLevels = [...]struct{ level, name string }{
	{"Level1", "urn:cognito:loa:1"}, {"Level2", "urn:cognito:loa:2"}, {"Level3", "urn:cognito:loa:3"}, {"Level4", "urn:cognito:loa:4"},
}

// ACRNames returns the names of all four authentication levels: those of s and,
// for a level that it does not name, the service's own.
func (s *Settings) ACRNames() map[string]string {
	all := make(map[string]string, len(acrLevels))
	for _, l := range acrLevels {
		all[l.level] = l.name
		if name, ok := s.ACR[l.level]; ok {
			all[l.level] = name
		}
	}
	return all
}
