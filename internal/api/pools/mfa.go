package pools

import (
	"context"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/wire"
)

// Texts of refused second factors, from the service.
const (
	textFactorsWithOff = "Invalid MFA configuration given, can't turn off MFA and configure an MFA together."
	textNoFactors      = "Invalid MFA configuration given, can't disable all MFAs with a required or optional configuration."
	textEmailMFA       = "Cannot set EmailMfaConfiguration when user pool EmailConfiguration contains an EmailSendingAccount of COGNITO_DEFAULT."
	// textEmailMFATier is not the service's own.
	textEmailMFATier = "EmailMfaConfiguration is not available in the LITE tier."
)

// SetUserPoolMfaConfig says which second factors a pool offers and whether it requires
// one, and who the relying party of its passkeys is.
func (a *API) SetUserPoolMfaConfig(ctx context.Context, in *wire.SetUserPoolMfaConfigRequest) (*wire.SetUserPoolMfaConfigResponse, error) {
	var after *pool.Pool
	err := a.change(ctx, in.UserPoolId, func(p *pool.Pool) error {
		after = p
		if err := applyMFA(&p.Settings, in); err != nil {
			return err
		}
		return p.Check()
	})
	if err != nil {
		return nil, err
	}
	c := mfaConfig(&after.Settings)
	return (*wire.SetUserPoolMfaConfigResponse)(c), nil
}

// GetUserPoolMfaConfig returns what SetUserPoolMfaConfig set.
func (a *API) GetUserPoolMfaConfig(ctx context.Context, in *wire.GetUserPoolMfaConfigRequest) (*wire.GetUserPoolMfaConfigResponse, error) {
	p, err := a.Directory.Pool(ctx, pool.ID(wire.Deref(in.UserPoolId)))
	if err != nil {
		return nil, err
	}
	return mfaConfig(&p.Settings), nil
}

// applyMFA puts the second factors of a request in the place of those before. Passkeys
// stay as they are where the request does not speak of them.
func applyMFA(s *pool.Settings, in *wire.SetUserPoolMfaConfigRequest) error {
	mode := enumOr(in.MfaConfiguration, pool.MFAOff)
	given := in.SmsMfaConfiguration != nil || in.SoftwareTokenMfaConfiguration != nil || in.EmailMfaConfiguration != nil
	switch {
	case mode == pool.MFAOff && given:
		return fault.InvalidParameter(textFactorsWithOff)
	case mode != pool.MFAOff && !given:
		return fault.InvalidParameter(textNoFactors)
	case in.EmailMfaConfiguration != nil && s.Tier == pool.TierLite:
		return fault.FeatureUnavailableInTier(textEmailMFATier)
	case in.EmailMfaConfiguration != nil && s.Email.Account == pool.SenderDefault:
		return fault.InvalidParameter(textEmailMFA)
	}
	s.MFA, s.SoftwareTokens, s.EmailMFA = mode, nil, nil
	if c := in.SmsMfaConfiguration; c != nil {
		s.Templates.SMSAuthentication = wire.Deref(c.SmsAuthenticationMessage)
		applySMS(s, c.SmsConfiguration)
	}
	if c := in.SoftwareTokenMfaConfiguration; c != nil {
		enabled := wire.Deref(c.Enabled)
		s.SoftwareTokens = &enabled
	}
	if c := in.EmailMfaConfiguration; c != nil {
		s.EmailMFA = &pool.EmailMFASettings{Message: wire.Deref(c.Message), Subject: wire.Deref(c.Subject)}
	}
	if c := in.WebAuthnConfiguration; c != nil {
		s.Passkeys = &pool.PasskeySettings{
			RelyingPartyID: wire.Deref(c.RelyingPartyId), Verification: enumOr(c.UserVerification, ""), Factors: enumOr(c.FactorConfiguration, ""),
		}
	}
	return nil
}

// mfaConfig shows what is configured of second factors and passkeys.
func mfaConfig(s *pool.Settings) *wire.GetUserPoolMfaConfigResponse {
	out := &wire.GetUserPoolMfaConfigResponse{MfaConfiguration: wire.Ptr(wire.UserPoolMfaType(s.MFA))}
	if s.SMS != nil && s.MFA != pool.MFAOff {
		out.SmsMfaConfiguration = &wire.SmsMfaConfigType{SmsAuthenticationMessage: optional(s.Templates.SMSAuthentication), SmsConfiguration: smsConfiguration(s.SMS)}
	}
	if s.SoftwareTokens != nil {
		out.SoftwareTokenMfaConfiguration = &wire.SoftwareTokenMfaConfigType{Enabled: s.SoftwareTokens}
	}
	if s.EmailMFA != nil {
		out.EmailMfaConfiguration = &wire.EmailMfaConfigType{Message: optional(s.EmailMFA.Message), Subject: optional(s.EmailMFA.Subject)}
	}
	if w := s.Passkeys; w != nil {
		out.WebAuthnConfiguration = &wire.WebAuthnConfigurationType{RelyingPartyId: optional(w.RelyingPartyID)}
		if w.Verification != "" {
			out.WebAuthnConfiguration.UserVerification = wire.Ptr(wire.UserVerificationType(w.Verification))
		}
		if w.Factors != "" {
			out.WebAuthnConfiguration.FactorConfiguration = wire.Ptr(wire.WebAuthnFactorConfigurationType(w.Factors))
		}
	}
	return out
}
