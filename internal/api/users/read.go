package users

import (
	"context"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/wire"
)

// GetUser returns the user whose access token is given, with the attributes
// that the token's client may read. While a new address is pending it shows
// the one before.
func (a *API) GetUser(ctx context.Context, in *wire.GetUserRequest) (*wire.GetUserResponse, error) {
	g, err := a.Tokens.Authorize(ctx, *in.AccessToken)
	if err != nil {
		return nil, err
	}
	if err := a.AllowUser(string(g.User.Sub), false); err != nil {
		return nil, err
	}
	shown := make([]wire.AttributeType, 0, len(g.User.Attributes)+1)
	for _, attr := range g.User.All() {
		if g.Client.CanRead(g.Pool, attr.Name) {
			shown = append(shown, wireAttribute(attr))
		}
	}
	return &wire.GetUserResponse{Username: wire.Ptr(g.User.Username), UserAttributes: shown}, nil
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
	return &wire.AdminGetUserResponse{
		Username: t.Username, UserAttributes: t.Attributes, UserCreateDate: t.UserCreateDate,
		UserLastModifiedDate: t.UserLastModifiedDate, Enabled: t.Enabled, UserStatus: t.UserStatus,
	}, nil
}
