package mfa

import (
	"context"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/wire"
)

// GetUserAuthFactors returns what the user whose access token is given can sign in with.
func (a *API) GetUserAuthFactors(ctx context.Context, in *wire.GetUserAuthFactorsRequest) (*wire.GetUserAuthFactorsResponse, error) {
	g, err := a.Subjects.Seen(ctx, *in.AccessToken)
	if err != nil {
		return nil, err
	}
	configured, err := a.configured(ctx, g.Pool, g.User)
	if err != nil {
		return nil, err
	}
	return &wire.GetUserAuthFactorsResponse{
		Username: &g.User.Username, PreferredMfaSetting: preferred(g.User), UserMFASettingList: g.User.Factors.List(), ConfiguredUserAuthFactors: configured,
	}, nil
}

// AdminGetUserAuthFactors is GetUserAuthFactors for an administrator.
func (a *API) AdminGetUserAuthFactors(ctx context.Context, in *wire.AdminGetUserAuthFactorsRequest) (*wire.AdminGetUserAuthFactorsResponse, error) {
	p, u, err := a.Subjects.SeenNamed(ctx, pool.ID(*in.UserPoolId), *in.Username)
	if err != nil {
		return nil, err
	}
	configured, err := a.configured(ctx, p, u)
	if err != nil {
		return nil, err
	}
	return &wire.AdminGetUserAuthFactorsResponse{
		Username: &u.Username, PreferredMfaSetting: preferred(u), UserMFASettingList: u.Factors.List(), ConfiguredUserAuthFactors: configured,
	}, nil
}

func preferred(u *user.User) *string {
	if u.Factors.Preferred == "" {
		return nil
	}
	return &u.Factors.Preferred
}

// configured are the factors that a user has, as far as the pool takes them.
func (a *API) configured(ctx context.Context, p *pool.Pool, u *user.User) ([]wire.AuthFactorType, error) {
	list := []wire.AuthFactorType{}
	if u.Verifier != nil {
		list = append(list, wire.AuthFactorType(user.FirstPassword))
	}
	if p.AllowsFirst(user.FirstEmail) && u.Attributes.Has(pool.AttrEmail) {
		list = append(list, wire.AuthFactorType(user.FirstEmail))
	}
	if p.AllowsFirst(user.FirstSMS) && u.Attributes.Has(pool.AttrPhone) {
		list = append(list, wire.AuthFactorType(user.FirstSMS))
	}
	if p.AllowsFirst(user.FirstPasskey) {
		keys, err := a.Directory.Passkeys(ctx, u)
		if err != nil {
			return nil, err
		}
		if len(keys) > 0 {
			list = append(list, wire.AuthFactorType(user.FirstPasskey))
		}
	}
	if u.Factors.HasToken {
		list = append(list, "SOFTWARE_TOKEN")
	}
	return list, nil
}
