package token

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/go-json-experiment/json"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/trigger"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
)

// Issuer mints the tokens of sign-ins and reads refresh tokens back. It is safe
// for concurrent use.
type Issuer struct {
	config IssuerConfig
	// slots holds those who sign, one per CPU, so that a burst of sign-ins
	// queues here instead of slowing every other request down.
	slots chan struct{}
}

// IssuerConfig names what an Issuer needs.
type IssuerConfig struct {
	Keys  *Keys
	Vault *vault.Vault
	// PublicURL is the server's address as clients see it, without a slash at
	// the end; issuers begin with it.
	PublicURL string
	Now       func() time.Time
}

// NewIssuer returns an Issuer.
func NewIssuer(c IssuerConfig) *Issuer {
	return &Issuer{config: c, slots: make(chan struct{}, runtime.GOMAXPROCS(0))}
}

// MintInput is a sign-in that tokens are to be made for. Whether it may have
// them was decided before.
type MintInput struct {
	Pool    *pool.Pool
	Client  *pool.Client
	User    *user.User
	Session *user.Session
	// Groups are those that the user is in, by precedence.
	Groups []*pool.Group
	// WithRefresh asks for a refresh token too.
	WithRefresh bool
	// Nonce becomes the ID token's claim nonce; "" is none.
	Nonce string
	// Changes are what the pool's trigger wants to be different; nil is nothing.
	Changes *trigger.ClaimChanges
}

// Tokens are the tokens of one sign-in.
type Tokens struct {
	ID     string
	Access string
	// Refresh is "" when it was not asked for.
	Refresh string
	// ExpiresIn is the life of the access token in seconds.
	ExpiresIn int32
}

// NewSession returns the sign-in of u to c through the API, to be inserted
// before its tokens are handed out. It holds the user's present epoch: a
// sign-out that was committed before u was read does not end it, any later one
// does.
func NewSession(p *pool.Pool, c *pool.Client, u *user.User, now time.Time) *user.Session {
	return &user.Session{
		PoolID:    p.ID,
		Sub:       u.Sub,
		ID:        vault.NewUUID(),
		OriginJTI: vault.NewUUID(),
		ClientID:  c.ID,
		Epoch:     u.SignOutEpoch,
		Scope:     ScopeSignIn,
		AuthTime:  now,
		ExpiresAt: now.Add(c.RefreshLife()),
	}
}

// Mint returns fresh tokens for the sign-in. It waits for a free CPU slot,
// returning ctx's error when ctx ends first, and then takes two RSA signatures.
// The claims are those of the service's documentation for sign-ins through the
// API; both tokens carry the sign-in's id as event_id.
func (i *Issuer) Mint(ctx context.Context, in MintInput) (Tokens, error) {
	now := i.config.Now()
	access := i.accessClaims(in, now)
	id := i.idClaims(in, now)
	var signed any = access
	if in.Changes != nil {
		changeID(id, in.Changes)
		changed, err := changeAccess(access, in.Changes)
		if err != nil {
			return Tokens{}, err
		}
		signed = changed
	}
	var t Tokens
	var err error
	if t.ID, err = i.sign(ctx, in.Pool.ID, pool.KeyForID, id); err != nil {
		return Tokens{}, fmt.Errorf("minting an ID token: %w", err)
	}
	if t.Access, err = i.sign(ctx, in.Pool.ID, pool.KeyForAccess, signed); err != nil {
		return Tokens{}, fmt.Errorf("minting an access token: %w", err)
	}
	if in.WithRefresh {
		if t.Refresh, err = i.sealRefresh(in.Session); err != nil {
			return Tokens{}, fmt.Errorf("minting a refresh token: %w", err)
		}
	}
	t.ExpiresIn = int32(access.ExpiresAt - access.IssuedAt)
	return t, nil
}

func (i *Issuer) accessClaims(in MintInput, now time.Time) *Claims {
	iat := now.Unix()
	return &Claims{
		Subject:   string(in.User.Sub),
		Issuer:    IssuerOf(i.config.PublicURL, in.Pool.ID),
		ClientID:  string(in.Client.ID),
		OriginJTI: originJTI(in),
		EventID:   in.Session.ID,
		TokenUse:  useAccess,
		Scope:     in.Session.Scope,
		AuthTime:  in.Session.AuthTime.Unix(),
		ExpiresAt: iat + seconds(in.Client.AccessLife()),
		IssuedAt:  iat,
		JTI:       vault.NewUUID(),
		Username:  in.User.Username,
		DeviceKey: in.Session.DeviceKey,
		Groups:    groupNames(in.Groups),
	}
}

func (i *Issuer) idClaims(in MintInput, now time.Time) map[string]any {
	iat := now.Unix()
	claims := map[string]any{}
	addAttributes(claims, in)
	// After the attributes: no attribute may stand in for one of these.
	claims["sub"] = string(in.User.Sub)
	claims["iss"] = IssuerOf(i.config.PublicURL, in.Pool.ID)
	claims["aud"] = string(in.Client.ID)
	claims["cognito:username"] = in.User.Username
	claims["event_id"] = in.Session.ID
	claims["token_use"] = useID
	claims["auth_time"] = in.Session.AuthTime.Unix()
	claims["exp"] = iat + seconds(in.Client.IDLife())
	claims["iat"] = iat
	claims["jti"] = vault.NewUUID()
	if origin := originJTI(in); origin != "" {
		claims["origin_jti"] = origin
	}
	addGroups(claims, in.Groups)
	if in.Nonce != "" {
		claims["nonce"] = in.Nonce
	}
	return claims
}

func groupNames(groups []*pool.Group) (names []string) {
	for _, g := range groups {
		names = append(names, g.Name)
	}
	return names
}

// addGroups adds the claims about groups, and about roles where groups have them.
func addGroups(claims map[string]any, groups []*pool.Group) {
	if len(groups) == 0 {
		return
	}
	claims["cognito:groups"] = groupNames(groups)
	if roles := pool.RolesOf(groups); len(roles) > 0 {
		claims["cognito:roles"] = roles
	}
	if role := pool.PreferredRole(groups); role != "" {
		claims["cognito:preferred_role"] = role
	}
}

// originJTI is "" for clients whose tokens cannot be revoked one sign-in at a
// time.
func originJTI(in MintInput) string {
	s := &in.Client.Settings
	if s.TokenRevocation || s.Rotation != nil && s.Rotation.Enabled {
		return in.Session.OriginJTI
	}
	return ""
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }

func (i *Issuer) sign(ctx context.Context, id pool.ID, use string, claims any) (string, error) {
	payload, err := json.Marshal(claims, json.Deterministic(true))
	if err != nil {
		// The encoder's own error may quote an attribute.
		return "", errors.New("the claims cannot be encoded")
	}
	signer, err := i.config.Keys.signer(ctx, id, use)
	if err != nil {
		return "", err
	}
	select {
	case i.slots <- struct{}{}:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	defer func() { <-i.slots }()
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("signing: %w", err)
	}
	return signed.CompactSerialize()
}
