package clients

import (
	"slices"
	"time"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/wire"
)

// defaultSessionMinutes is how long a challenge of a new client stays open.
const defaultSessionMinutes = 3

// asCreate returns the members of an update in the form of a creation: they
// mean the same there.
func asCreate(in *wire.UpdateUserPoolClientRequest) *wire.CreateUserPoolClientRequest {
	return &wire.CreateUserPoolClientRequest{
		RefreshTokenValidity: in.RefreshTokenValidity, AccessTokenValidity: in.AccessTokenValidity,
		IdTokenValidity: in.IdTokenValidity, TokenValidityUnits: in.TokenValidityUnits,
		ReadAttributes: in.ReadAttributes, WriteAttributes: in.WriteAttributes, ExplicitAuthFlows: in.ExplicitAuthFlows,
		SupportedIdentityProviders: in.SupportedIdentityProviders, CallbackURLs: in.CallbackURLs, LogoutURLs: in.LogoutURLs,
		DefaultRedirectURI: in.DefaultRedirectURI, AllowedOAuthFlows: in.AllowedOAuthFlows,
		AllowedOAuthScopes:              in.AllowedOAuthScopes,
		AllowedOAuthFlowsUserPoolClient: in.AllowedOAuthFlowsUserPoolClient, AnalyticsConfiguration: in.AnalyticsConfiguration,
		PreventUserExistenceErrors: in.PreventUserExistenceErrors, EnableTokenRevocation: in.EnableTokenRevocation,
		EnablePropagateAdditionalUserContextData: in.EnablePropagateAdditionalUserContextData,
		AuthSessionValidity:                      in.AuthSessionValidity, RefreshTokenRotation: in.RefreshTokenRotation,
	}
}

// settings returns the settings that a request gives, with the defaults of what
// it leaves out; for AuthSessionValidity that is sessionMinutes.
func settings(in *wire.CreateUserPoolClientRequest, sessionMinutes int32) pool.ClientSettings {
	s := pool.ClientSettings{
		RefreshValidity:    wire.Deref(in.RefreshTokenValidity),
		AccessValidity:     wire.Deref(in.AccessTokenValidity),
		IDValidity:         wire.Deref(in.IdTokenValidity),
		Units:              units(in.TokenValidityUnits),
		ReadAttributes:     names(in.ReadAttributes),
		WriteAttributes:    names(in.WriteAttributes),
		AuthFlows:          names(in.ExplicitAuthFlows),
		IdentityProviders:  names(in.SupportedIdentityProviders),
		CallbackURLs:       names(in.CallbackURLs),
		LogoutURLs:         names(in.LogoutURLs),
		DefaultRedirectURI: in.DefaultRedirectURI,
		OAuthFlows:         names(in.AllowedOAuthFlows),
		OAuthScopes:        names(in.AllowedOAuthScopes),
		OAuthEnabled:       wire.Deref(in.AllowedOAuthFlowsUserPoolClient),
		HideUsers:          enumOr(in.PreventUserExistenceErrors, ""),
		TokenRevocation:    in.EnableTokenRevocation == nil || *in.EnableTokenRevocation,
		PropagateContext:   wire.Deref(in.EnablePropagateAdditionalUserContextData),
		AuthSessionMinutes: sessionMinutes,
	}
	if s.RefreshValidity == 0 {
		s.RefreshValidity = defaultRefresh(s.Units)
	}
	if in.AuthSessionValidity != nil {
		s.AuthSessionMinutes = *in.AuthSessionValidity
	}
	if a := in.AnalyticsConfiguration; a != nil {
		s.Analytics = &pool.Analytics{
			ApplicationID: wire.Deref(a.ApplicationId), ApplicationARN: wire.Deref(a.ApplicationArn),
			RoleARN: wire.Deref(a.RoleArn), ExternalID: wire.Deref(a.ExternalId), ShareUserData: wire.Deref(a.UserDataShared),
		}
	}
	if r := in.RefreshTokenRotation; r != nil {
		s.Rotation = &pool.RefreshRotation{
			Enabled:      enumOr(r.Feature, "") == string(wire.FeatureTypeEnabled),
			GraceSeconds: r.RetryGracePeriodSeconds,
		}
	}
	return s
}

// units returns the units of a request; where it names some, the others have
// their defaults, and where it names none it is as if it had no such member.
func units(in *wire.TokenValidityUnitsType) *pool.Units {
	if in == nil || in.AccessToken == nil && in.IdToken == nil && in.RefreshToken == nil {
		return nil
	}
	return &pool.Units{Access: enumOr(in.AccessToken, "hours"), ID: enumOr(in.IdToken, "hours"), Refresh: enumOr(in.RefreshToken, "days")}
}

// defaultRefresh returns the default validity of refresh tokens in the client's unit.
func defaultRefresh(u *pool.Units) int32 {
	unit := 24 * time.Hour
	if u != nil {
		unit = pool.UnitDuration(u.Refresh)
	}
	return int32(pool.DefaultRefreshLife / unit)
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
