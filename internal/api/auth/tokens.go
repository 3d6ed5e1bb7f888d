package auth

import (
	"context"
	"crypto/subtle"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/signin"
	"poolhouse.dev/internal/wire"
)

// GetTokensFromRefreshToken gives new tokens for a refresh token; with the client's
// RefreshTokenRotation it exchanges that one, too.
func (a *API) GetTokensFromRefreshToken(ctx context.Context, in *wire.GetTokensFromRefreshTokenRequest) (*wire.GetTokensFromRefreshTokenResponse, error) {
	p, c, err := a.Directory.Client(ctx, pool.ClientID(*in.ClientId))
	if err != nil {
		return nil, err
	}
	if err := a.verifySecret(c, in.ClientSecret); err != nil {
		return nil, err
	}
	o, err := a.SignIn.Rotate(ctx, signin.Request{Pool: p, Client: c, Metadata: in.ClientMetadata, DeviceKey: wire.Deref(in.DeviceKey)}, *in.RefreshToken)
	if err != nil {
		return nil, err
	}
	return &wire.GetTokensFromRefreshTokenResponse{AuthenticationResult: result(o)}, nil
}

// verifySecret checks a client's secret that is sent as it is, in the words of a
// secret hash.
func (a *API) verifySecret(c *pool.Client, given *string) error {
	switch {
	case !c.IsConfidential() && given != nil:
		return fault.NotAuthorizedf("Client %s is not configured for secret but secret was received", c.ID)
	case c.IsConfidential() && given == nil:
		return fault.NotAuthorizedf("Client %s is configured with secret but client secret was not received", c.ID)
	}
	secret, err := a.Directory.Secret(c)
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare(secret, []byte(wire.Deref(given))) != 1 {
		return fault.NotAuthorizedf("Unable to verify client secret for client %s", c.ID)
	}
	return nil
}
