package clients

import (
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/wire"
)

// describe returns a client as the service shows it, with its secret.
func (a *API) describe(p *pool.Pool, c *pool.Client) (*wire.UserPoolClientType, error) {
	out := clientType(p, c)
	secret, err := a.Directory.Secret(c)
	if err != nil {
		return nil, err
	}
	if secret != nil {
		out.ClientSecret = wire.Ptr(string(secret))
	}
	return out, nil
}

// clientType returns a client without its secret. What was never set is left
// out, but for the members that the service always sends.
func clientType(p *pool.Pool, c *pool.Client) *wire.UserPoolClientType {
	s := &c.Settings
	out := &wire.UserPoolClientType{
		UserPoolId:                               wire.Ptr(string(c.PoolID)),
		ClientName:                               wire.Ptr(c.Name),
		ClientId:                                 wire.Ptr(string(c.ID)),
		CreationDate:                             wire.TimestampOf(c.CreatedAt),
		LastModifiedDate:                         wire.TimestampOf(c.ModifiedAt),
		RefreshTokenValidity:                     wire.Ptr(s.RefreshValidity),
		AccessTokenValidity:                      optional(s.AccessValidity),
		IdTokenValidity:                          optional(s.IDValidity),
		TokenValidityUnits:                       &wire.TokenValidityUnitsType{},
		ReadAttributes:                           s.ReadAttributes,
		WriteAttributes:                          s.WriteAttributes,
		ExplicitAuthFlows:                        enums[wire.ExplicitAuthFlowsType](s.AuthFlows),
		SupportedIdentityProviders:               filled(s.IdentityProviders),
		CallbackURLs:                             filled(s.CallbackURLs),
		LogoutURLs:                               filled(s.LogoutURLs),
		DefaultRedirectURI:                       s.DefaultRedirectURI,
		AllowedOAuthFlows:                        enums[wire.OAuthFlowType](s.OAuthFlows),
		AllowedOAuthScopes:                       filled(s.OAuthScopes),
		AllowedOAuthFlowsUserPoolClient:          wire.Ptr(s.OAuthEnabled),
		PreventUserExistenceErrors:               optional(wire.PreventUserExistenceErrorTypes(s.HideUsers)),
		EnableTokenRevocation:                    wire.Ptr(s.TokenRevocation),
		EnablePropagateAdditionalUserContextData: wire.Ptr(s.PropagateContext),
		AuthSessionValidity:                      wire.Ptr(s.AuthSessionMinutes),
		AnalyticsConfiguration:                   analytics(p, s.Analytics),
	}
	if u := s.Units; u != nil {
		out.TokenValidityUnits = &wire.TokenValidityUnitsType{
			AccessToken: wire.Ptr(wire.TimeUnitsType(u.Access)), IdToken: wire.Ptr(wire.TimeUnitsType(u.ID)), RefreshToken: wire.Ptr(wire.TimeUnitsType(u.Refresh)),
		}
	}
	if r := s.Rotation; r != nil {
		feature := wire.FeatureTypeDisabled
		if r.Enabled {
			feature = wire.FeatureTypeEnabled
		}
		out.RefreshTokenRotation = &wire.RefreshTokenRotationType{Feature: &feature, RetryGracePeriodSeconds: r.GraceSeconds}
	}
	return out
}

// analytics shows the application; one that is named by its ARN is reached
// through the service's own role.
func analytics(p *pool.Pool, a *pool.Analytics) *wire.AnalyticsConfigurationType {
	if a == nil {
		return nil
	}
	out := &wire.AnalyticsConfigurationType{
		ApplicationId: optional(a.ApplicationID), ApplicationArn: optional(a.ApplicationARN),
		RoleArn: optional(a.RoleARN), ExternalId: optional(a.ExternalID), UserDataShared: wire.Ptr(a.ShareUserData),
	}
	if a.ApplicationARN != "" {
		out.RoleArn = wire.Ptr(p.AnalyticsRole())
	}
	return out
}

// enums is the reverse of names; an empty list is left out of the answer.
func enums[T ~string](in []string) []T {
	if len(in) == 0 {
		return nil
	}
	out := make([]T, len(in))
	for i, v := range in {
		out[i] = T(v)
	}
	return out
}

// filled returns a list, or nil for an empty one.
func filled(in []string) []string {
	if len(in) == 0 {
		return nil
	}
	return in
}

// optional returns a pointer to v, or nil for the zero value.
func optional[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}
