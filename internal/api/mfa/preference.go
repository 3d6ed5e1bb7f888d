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

// preferences are those of a request; a factor that it leaves out stays as it is. Of a
// factor that it names, a member that is absent is false: clients do not send those.
func preferences(sms *wire.SMSMfaSettingsType, software *wire.SoftwareTokenMfaSettingsType, email *wire.EmailMfaSettingsType) []user.FactorPreference {
	var list []user.FactorPreference
	if sms != nil {
		list = append(list, user.FactorPreference{Name: user.FactorSMS, Enabled: wire.Deref(sms.Enabled), Preferred: wire.Deref(sms.PreferredMfa)})
	}
	if software != nil {
		list = append(list, user.FactorPreference{Name: user.FactorTOTP, Enabled: wire.Deref(software.Enabled), Preferred: wire.Deref(software.PreferredMfa)})
	}
	if email != nil {
		list = append(list, user.FactorPreference{Name: user.FactorEmail, Enabled: wire.Deref(email.Enabled), Preferred: wire.Deref(email.PreferredMfa)})
	}
	return list
}

func passkeyPreference(s *wire.WebAuthnMfaSettingsType) *bool {
	if s == nil {
		return nil
	}
	return wire.Ptr(wire.Deref(s.Enabled))
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

// textMessages reads the older form of a preference, which knows text messages only:
// an empty list turns them off.
func textMessages(list []wire.MFAOptionType) (on bool, err error) {
	for _, o := range list {
		if wire.Deref(o.DeliveryMedium) != "SMS" || wire.Deref(o.AttributeName) != pool.AttrPhone {
			return false, fault.InvalidParameter(badOption)
		}
	}
	return len(list) > 0, nil
}

// decideTextMessages turns text messages on or off. The older form says nothing about
// which factor is preferred: that stays.
func decideTextMessages(p *pool.Pool, u *user.User, on, byUser bool) (user.Factors, error) {
	want := user.FactorPreference{Name: user.FactorSMS, Enabled: on, Preferred: on && u.Factors.Preferred == user.FactorSMS}
	return user.DecideFactors(p, u, []user.FactorPreference{want}, nil, false, byUser)
}

// SetUserSettings turns text messages as a second factor of the user whose access token
// is given on or off.
func (a *API) SetUserSettings(ctx context.Context, in *wire.SetUserSettingsRequest) (*wire.SetUserSettingsResponse, error) {
	on, err := textMessages(in.MFAOptions)
	if err != nil {
		return nil, err
	}
	err = a.Subjects.Self(ctx, *in.AccessToken, nil, nil, func(ctx context.Context, g *token.Grant) error {
		f, err := decideTextMessages(g.Pool, g.User, on, true)
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
	on, err := textMessages(in.MFAOptions)
	if err != nil {
		return nil, err
	}
	err = a.Subjects.Named(ctx, pool.ID(*in.UserPoolId), *in.Username, nil, nil, func(ctx context.Context, p *pool.Pool, u *user.User) error {
		f, err := decideTextMessages(p, u, on, false)
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
