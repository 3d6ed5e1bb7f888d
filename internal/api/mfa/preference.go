package mfa

import (
	"context"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/token"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/wire"
)

// preferences are those of a request; what it leaves out stays as it is.
func preferences(sms *wire.SMSMfaSettingsType, software *wire.SoftwareTokenMfaSettingsType, email *wire.EmailMfaSettingsType) []user.FactorPreference {
	var list []user.FactorPreference
	if sms != nil {
		list = append(list, user.FactorPreference{Name: user.FactorSMS, Enabled: sms.Enabled, Preferred: sms.PreferredMfa})
	}
	if software != nil {
		list = append(list, user.FactorPreference{Name: user.FactorTOTP, Enabled: software.Enabled, Preferred: software.PreferredMfa})
	}
	if email != nil {
		list = append(list, user.FactorPreference{Name: user.FactorEmail, Enabled: email.Enabled, Preferred: email.PreferredMfa})
	}
	return list
}

func passkeyPreference(s *wire.WebAuthnMfaSettingsType) *bool {
	if s == nil {
		return nil
	}
	return s.Enabled
}

// SetUserMFAPreference turns second factors of the user whose access token is given on
// and off, and says which is preferred.
func (a *API) SetUserMFAPreference(ctx context.Context, in *wire.SetUserMFAPreferenceRequest) (*wire.SetUserMFAPreferenceResponse, error) {
	var r rows
	err := a.Subjects.Self(ctx, *in.AccessToken, nil, r.fresh, func(ctx context.Context, g *token.Grant) error {
		f, err := user.DecideFactors(g.Pool, g.User, preferences(in.SMSMfaSettings, in.SoftwareTokenMfaSettings, in.EmailMfaSettings),
			passkeyPreference(in.WebAuthnMfaSettings), r.token.Pending != nil, true)
		if err != nil {
			return err
		}
		return a.commit(ctx, g.User, f, nil)
	})
	if err != nil {
		return nil, err
	}
	return &wire.SetUserMFAPreferenceResponse{}, nil
}

// AdminSetUserMFAPreference is SetUserMFAPreference for an administrator, who may turn
// off what the pool requires.
func (a *API) AdminSetUserMFAPreference(ctx context.Context, in *wire.AdminSetUserMFAPreferenceRequest) (*wire.AdminSetUserMFAPreferenceResponse, error) {
	var r rows
	err := a.Subjects.Named(ctx, pool.ID(*in.UserPoolId), *in.Username, nil, r.fresh, func(ctx context.Context, p *pool.Pool, u *user.User) error {
		f, err := user.DecideFactors(p, u, preferences(in.SMSMfaSettings, in.SoftwareTokenMfaSettings, in.EmailMfaSettings),
			passkeyPreference(in.WebAuthnMfaSettings), r.token.Pending != nil, false)
		if err != nil {
			return err
		}
		return a.commit(ctx, u, f, nil)
	})
	if err != nil {
		return nil, err
	}
	return &wire.AdminSetUserMFAPreferenceResponse{}, nil
}

// badOption is not the service's own text, which is unknown.
const badOption = "MFAOptions can have SMS to phone_number only."

// option reads the older form of a preference, which knows text messages only: an empty
// list turns them off.
func option(list []wire.MFAOptionType) ([]user.FactorPreference, error) {
	on := len(list) > 0
	for _, o := range list {
		if wire.Deref(o.DeliveryMedium) != "SMS" || wire.Deref(o.AttributeName) != pool.AttrPhone {
			return nil, fault.InvalidParameter(badOption)
		}
	}
	return []user.FactorPreference{{Name: user.FactorSMS, Enabled: &on}}, nil
}

// SetUserSettings turns text messages as a second factor of the user whose access token
// is given on or off.
func (a *API) SetUserSettings(ctx context.Context, in *wire.SetUserSettingsRequest) (*wire.SetUserSettingsResponse, error) {
	wants, err := option(in.MFAOptions)
	if err != nil {
		return nil, err
	}
	err = a.Subjects.Self(ctx, *in.AccessToken, nil, nil, func(ctx context.Context, g *token.Grant) error {
		f, err := user.DecideFactors(g.Pool, g.User, wants, nil, false, true)
		if err != nil {
			return err
		}
		return a.commit(ctx, g.User, f, nil)
	})
	if err != nil {
		return nil, err
	}
	return &wire.SetUserSettingsResponse{}, nil
}

// AdminSetUserSettings is SetUserSettings for an administrator.
func (a *API) AdminSetUserSettings(ctx context.Context, in *wire.AdminSetUserSettingsRequest) (*wire.AdminSetUserSettingsResponse, error) {
	wants, err := option(in.MFAOptions)
	if err != nil {
		return nil, err
	}
	err = a.Subjects.Named(ctx, pool.ID(*in.UserPoolId), *in.Username, nil, nil, func(ctx context.Context, p *pool.Pool, u *user.User) error {
		f, err := user.DecideFactors(p, u, wants, nil, false, false)
		if err != nil {
			return err
		}
		return a.commit(ctx, u, f, nil)
	})
	if err != nil {
		return nil, err
	}
	return &wire.AdminSetUserSettingsResponse{}, nil
}

// AdminDeleteSoftwareToken takes a user's software token away, for a telephone that was
// lost. It is no error when there is none.
func (a *API) AdminDeleteSoftwareToken(ctx context.Context, in *wire.AdminDeleteSoftwareTokenRequest) (*wire.AdminDeleteSoftwareTokenResponse, error) {
	var r rows
	err := a.Subjects.Named(ctx, pool.ID(*in.UserPoolId), *in.Username, nil, r.fresh, func(ctx context.Context, _ *pool.Pool, u *user.User) error {
		if u.Status == user.Unconfirmed {
			return fault.UserNotConfirmed()
		}
		f := u.Factors
		f.ForgetToken()
		return a.commit(ctx, u, f, func(set *store.ChangeSet) {
			if r.token.Stored() {
				set.Delete(r.token)
			}
		})
	})
	if err != nil {
		return nil, err
	}
	return &wire.AdminDeleteSoftwareTokenResponse{}, nil
}
