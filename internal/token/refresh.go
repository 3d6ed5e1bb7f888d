package token

import (
	"errors"
	"strings"
	"time"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
)

// A refresh token looks like the service's own, an encrypted JWT in five parts,
// since clients and proxies have come to expect that form. The first part is
// the service's header {"cty":"JWT","enc":"A256GCM","alg":"RSA-OAEP"}; the
// others are a sealed token of the vault, cut at the lengths that the form has
// for the wrapped key, the nonce and the tag.
const (
	refreshKind    = "refresh"
	refreshHeader  = "eyJjdHkiOiJKV1QiLCJlbmMiOiJBMjU2R0NNIiwiYWxnIjoiUlNBLU9BRVAifQ"
	refreshParts   = 5
	refreshKeyLen  = 342
	refreshIVLen   = 16
	refreshTagLen  = 22
	refreshEdgeLen = refreshKeyLen + refreshIVLen + refreshTagLen
)

// ErrNotRefresh says that a text is no refresh token of this server.
var ErrNotRefresh = errors.New("token: not a refresh token of this server")

// Refresh is what a refresh token says. It proves that the sign-in took place;
// whether it is still good is for its rows to say.
type Refresh struct {
	PoolID    pool.ID
	Sub       user.Sub
	SessionID string
	ClientID  pool.ClientID
	// Generation is that of the sign-in when the token was made.
	Generation int64
	// ExpiresAt is to the second.
	ExpiresAt time.Time
}

type refreshClaims struct {
	Pool    pool.ID       `json:"p"`
	Sub     user.Sub      `json:"u"`
	Session string        `json:"s"`
	Client  pool.ClientID `json:"c"`
	Expiry  int64         `json:"e"`
	// Generation is left out while it is 0, as in tokens of earlier releases.
	Generation int64 `json:"g,omitempty"`
}

func (i *Issuer) sealRefresh(s *user.Session) (string, error) {
	sealed, err := i.config.Vault.SealToken(refreshKind, refreshClaims{
		Pool: s.PoolID, Sub: s.Sub, Session: s.ID, Client: s.ClientID, Expiry: s.ExpiresAt.Unix(), Generation: s.Generation,
	})
	if err != nil {
		return "", err
	}
	if len(sealed) <= refreshEdgeLen {
		return "", errors.New("the sealed token is too short for its form")
	}
	tag := len(sealed) - refreshTagLen
	return strings.Join([]string{
		refreshHeader,
		sealed[:refreshKeyLen],
		sealed[refreshKeyLen : refreshKeyLen+refreshIVLen],
		sealed[refreshKeyLen+refreshIVLen : tag],
		sealed[tag:],
	}, "."), nil
}

// OpenRefresh reads a refresh token. It judges neither its expiry nor its
// sign-in. The error is ErrNotRefresh, whatever is wrong with the text.
func (i *Issuer) OpenRefresh(text string) (Refresh, error) {
	parts := strings.SplitN(text, ".", refreshParts+1)
	if len(parts) != refreshParts || parts[0] != refreshHeader || parts[3] == "" ||
		len(parts[1]) != refreshKeyLen || len(parts[2]) != refreshIVLen || len(parts[4]) != refreshTagLen {
		return Refresh{}, ErrNotRefresh
	}
	var c refreshClaims
	if err := i.config.Vault.OpenToken(refreshKind, strings.Join(parts[1:], ""), &c); err != nil {
		return Refresh{}, ErrNotRefresh
	}
	return Refresh{
		PoolID: c.Pool, Sub: c.Sub, SessionID: c.Session, ClientID: c.Client,
		ExpiresAt: time.Unix(c.Expiry, 0).UTC(), Generation: c.Generation,
	}, nil
}
