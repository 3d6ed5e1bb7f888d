package users

import (
	"context"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/wire"
)

// GetUser returns the user whose access token is given, with the attributes
// that the token's client may read. While a new address is pending it shows
// the one before.
func (a *API) GetUser(ctx context.Context, in *wire.GetUserRequest) (*wire.GetUserResponse, error) {
	g, err := a.Subjects.Seen(ctx, *in.AccessToken)
	if err != nil {
		return nil, err
	}
	shown := wireAttributes(g.User, func(name string) bool { return g.Client.CanRead(g.Pool, name) })
	out := &wire.GetUserResponse{Username: &g.User.Username, UserAttributes: shown}
	out.UserMFASettingList, out.PreferredMfaSetting, out.MFAOptions = factors(g.User)
	return out, nil
}

// AdminGetUser returns any user with all attributes.
func (a *API) AdminGetUser(ctx context.Context, in *wire.AdminGetUserRequest) (*wire.AdminGetUserResponse, error) {
	p, err := a.Directory.Pool(ctx, pool.ID(*in.UserPoolId))
	if err != nil {
		return nil, err
	}
	u, err := a.Directory.ExistingUser(ctx, p, *in.Username)
	if err != nil {
		return nil, err
	}
	if err := a.AllowUser(string(u.Sub), false); err != nil {
		return nil, err
	}
	t := userType(u, nil)
	out := &wire.AdminGetUserResponse{
		Username: t.Username, UserAttributes: t.Attributes, UserCreateDate: t.UserCreateDate,
		UserLastModifiedDate: t.UserLastModifiedDate, Enabled: t.Enabled, UserStatus: t.UserStatus,
	}
	out.UserMFASettingList, out.PreferredMfaSetting, out.MFAOptions = factors(u)
	if a.ShowPending {
		out.Poolhouse, err = a.pending(ctx, u)
	}
	return out, err
}

// factors shows the second factors that a user has turned on; nothing where there
// are none. MFAOptions is older, and knows text messages only.
func factors(u *user.User) (list []string, preferred *string, options []wire.MFAOptionType) {
	list = u.Factors.List()
	if u.Factors.Preferred != "" {
		preferred = wire.Ptr(u.Factors.Preferred)
	}
	if u.Factors.SMS {
		options = []wire.MFAOptionType{{DeliveryMedium: wire.Ptr(wire.DeliveryMediumType("SMS")), AttributeName: wire.Ptr(pool.AttrPhone)}}
	}
	return list, preferred, options
}

// pending returns the user's values that wait for their proof.
func (a *API) pending(ctx context.Context, u *user.User) (*wire.AdminGetUserExtension, error) {
	codes := contactCodes{pool.AttrEmail: {}, pool.AttrPhone: {}}
	if err := a.Store.Read(ctx, codes.fresh(u.Sub, u.PoolID)...); err != nil {
		return nil, err
	}
	out := &wire.AdminGetUserExtension{PendingAttributes: []wire.PendingAttribute{}}
	for _, attr := range []string{pool.AttrEmail, pool.AttrPhone} {
		if c := codes[attr]; c.IsPending(a.Now()) {
			out.PendingAttributes = append(out.PendingAttributes, wire.PendingAttribute{Name: attr, Value: c.Target, ExpiresAt: wire.Timestamp{Time: c.ExpiresAt}})
		}
	}
	return out, nil
}
