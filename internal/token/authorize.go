package token

import (
	"context"
	"fmt"
	"time"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
)

// Authorizer judges the access tokens that calls carry. It is safe for
// concurrent use.
type Authorizer struct {
	config AuthorizerConfig
	lender store.Lender
	memory memory
	// issuers is what the issuers of all pools begin with.
	issuers string
}

// AuthorizerConfig names what an Authorizer needs.
type AuthorizerConfig struct {
	// Store is where users and sign-ins are read; it must not serve old ones.
	Store     store.Reader
	Directory *directory.Directory
	Keys      *Keys
	// PublicURL is the same as the Issuer's.
	PublicURL string
	Now       func() time.Time
}

// NewAuthorizer returns an Authorizer.
func NewAuthorizer(c AuthorizerConfig) *Authorizer {
	return &Authorizer{config: c, lender: store.LenderOf(c.Store), memory: newMemory(), issuers: IssuerOf(c.PublicURL, "")}
}

// Grant is what a good access token stands for. Pool, Client and Claims are
// shared and must not be changed; User and Session were read for this call, but for
// that of Authorize, and are nil until they were.
type Grant struct {
	Pool    *pool.Pool
	Client  *pool.Client
	User    *user.User
	Session *user.Session
	Claims  *Claims
}

// Sub is the user whom the token names.
func (g *Grant) Sub() user.Sub { return user.Sub(g.Claims.Subject) }

// Authorize judges an access token and returns what it stands for, for an operation
// that changes nothing: User and Session of the grant are what the store would give at
// the time of the call and may be shared too. The checks and their texts stand in one
// order: what Prove judges, then what Recheck judges. Every refusal is a fault.
func (a *Authorizer) Authorize(ctx context.Context, accessToken string) (*Grant, error) {
	g, err := a.Prove(ctx, accessToken)
	if err != nil {
		return nil, err
	}
	// The user first, as in read.
	if g.User = store.Lend[*user.User](a.lender, user.KeyOf(g.Pool.ID, g.Sub())); g.User != nil {
		g.Session = store.Lend[*user.Session](a.lender, user.SessionKey(g.Pool.ID, g.Sub(), g.Claims.EventID))
	}
	if g.Session == nil {
		err = a.Recheck(ctx, g)
	} else {
		err = g.judge()
	}
	if err != nil {
		return nil, err
	}
	return g, nil
}

// Recheck reads user and sign-in, and extra with them in the same round trip,
// and judges them. An operation whose commit met another writer calls it again
// to decide again. On success g holds the new rows; otherwise it is unchanged.
func (a *Authorizer) Recheck(ctx context.Context, g *Grant, extra ...row.Row) error {
	again := *g
	again.User = &user.User{PoolID: g.Pool.ID, Sub: g.Sub()}
	again.Session = &user.Session{PoolID: g.Pool.ID, Sub: g.Sub(), ID: g.Claims.EventID}
	if err := a.read(ctx, again.User, again.Session, extra); err != nil {
		return err
	}
	if err := again.judge(); err != nil {
		return err
	}
	*g = again
	return nil
}

func (a *Authorizer) read(ctx context.Context, u *user.User, s *user.Session, more []row.Row) error {
	// The user first: a sign-in that is read later than its user can only be
	// judged too strictly.
	rows := append([]row.Row{u, s}, more...)
	if err := a.config.Store.Read(ctx, rows...); err != nil {
		return fmt.Errorf("loading the user of an access token: %w", err)
	}
	return nil
}

// judge is what is decided anew whenever the rows are read. A user who was
// deleted has no sign-ins left: that is told as such, not as a revocation.
func (g *Grant) judge() error {
	switch {
	case g.Session.Stored() && g.Session.Revoked, g.User.Stored() && !g.Session.Alive(g.User):
		return Revoked()
	case !g.Claims.HasScope(ScopeSignIn):
		return fault.NotAuthorized("Access Token does not have required scopes")
	case !g.User.Stored():
		return fault.UserNotFound("User does not exist.")
	case g.User.Status == user.ResetRequired:
		return fault.PasswordResetRequired()
	case g.User.Status == user.Unconfirmed:
		return fault.UserNotConfirmed()
	}
	return nil
}

// Revoked is the fault of a token whose sign-in has ended.
func Revoked() error { return fault.NotAuthorized("Access Token has been revoked") }
