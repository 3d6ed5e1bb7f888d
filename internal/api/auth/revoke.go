package auth

import (
	"context"
	"crypto/subtle"
	"strings"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/wire"
)

// RevokeToken ends the sign-in that a refresh token belongs to: that token and
// every access and ID token of the sign-in. A token that is not known, or was
// revoked before, is no error.
func (a *API) RevokeToken(ctx context.Context, in *wire.RevokeTokenRequest) (*wire.RevokeTokenResponse, error) {
	c, err := a.revokingClient(ctx, in)
	if err != nil {
		return nil, err
	}
	if in.RevokeAssociatedSessions != nil && *in.RevokeAssociatedSessions == "LINKED" {
		return nil, fault.InvalidParameter("RevokeAssociatedSessions LINKED is not built in this version of poolhouse.")
	}
	if !c.Settings.TokenRevocation {
		return nil, fault.UnsupportedOperation("Revocation of tokens is not enabled for this client")
	}
	r, err := a.Issuer.OpenRefresh(*in.Token)
	if err != nil {
		if strings.Count(*in.Token, ".") == 2 {
			return nil, fault.UnsupportedTokenType("Unsupported token type")
		}
		return &wire.RevokeTokenResponse{}, nil
	}
	if r.ClientID != c.ID {
		return nil, fault.Unauthorized("Invalid client for token")
	}
	err = a.Lanes.Do(ctx, string(r.Sub), func(ctx context.Context) error {
		s := &user.Session{PoolID: r.PoolID, Sub: r.Sub, ID: r.SessionID}
		if err := a.Store.Read(ctx, row.Row(s)); err != nil {
			return err
		}
		if !s.Stored() || s.Revoked {
			return nil
		}
		s.Revoked = true
		set := store.NewChangeSet()
		set.Update(s)
		return a.Store.Commit(ctx, set)
	})
	if err != nil {
		return nil, err
	}
	return &wire.RevokeTokenResponse{}, nil
}

// revokingClient authenticates the client of a revocation by its secret.
func (a *API) revokingClient(ctx context.Context, in *wire.RevokeTokenRequest) (*pool.Client, error) {
	_, c, err := a.Directory.Client(ctx, pool.ClientID(*in.ClientId))
	if err != nil {
		if fault.As(err) != nil {
			return nil, fault.Unauthorized("Invalid client id")
		}
		return nil, err
	}
	secret, err := a.Directory.Secret(c)
	if err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare(secret, []byte(wire.Deref(in.ClientSecret))) != 1 {
		return nil, fault.Unauthorized("Invalid client secret")
	}
	return c, nil
}
