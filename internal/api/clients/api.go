package clients

import (
	"context"
	"time"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/paging"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/vault"
	"poolhouse.dev/internal/wire"
)

// MaxClients is how many app clients a pool can have.
const MaxClients = 1000

// Texts of refusals whose wording in the service is not known.
const (
	textTooManyClients = "The number of app clients per user pool has reached its limit of 1000."
	textTwoSecrets     = "GenerateSecret and ClientSecret cannot be used together."
)

// Deps is what the operations work with.
type Deps struct {
	Store     store.Store
	Directory *directory.Directory
	Vault     *vault.Vault
	Lists     paging.Lists
	// AllowPool limits how often an operation is called for one pool.
	AllowPool func(ctx context.Context, operation, poolID string) error
	Now       func() time.Time
}

// API has one method for each operation. It is safe for concurrent use.
type API struct{ Deps }

// New returns the operations.
func New(d Deps) *API { return &API{Deps: d} }

// CreateUserPoolClient makes an app client, with a secret when the request asks
// for one or brings its own.
func (a *API) CreateUserPoolClient(ctx context.Context, in *wire.CreateUserPoolClientRequest) (*wire.CreateUserPoolClientResponse, error) {
	var out *wire.UserPoolClientType
	err := store.Retry(ctx, func(ctx context.Context) error {
		p, err := a.pool(ctx, "CreateUserPoolClient", in.UserPoolId)
		if err != nil {
			return err
		}
		c, err := a.newClient(p, in)
		if err != nil {
			return err
		}
		n, err := a.Store.Count(ctx, ofPool(p.ID))
		if err != nil {
			return err
		}
		if n >= MaxClients {
			return fault.LimitExceeded(textTooManyClients)
		}
		set := store.NewChangeSet()
		// The pool must still be there, with the schema that the client was
		// checked against.
		set.Expect(p)
		set.Insert(c)
		if err := a.Store.Commit(ctx, set); err != nil {
			return err
		}
		out, err = a.describe(p, c)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &wire.CreateUserPoolClientResponse{UserPoolClient: out}, nil
}

// newClient returns the client that the request describes, checked and not stored.
func (a *API) newClient(p *pool.Pool, in *wire.CreateUserPoolClientRequest) (*pool.Client, error) {
	secret := wire.Deref(in.ClientSecret)
	if wire.Deref(in.GenerateSecret) {
		if in.ClientSecret != nil {
			return nil, fault.InvalidParameter(textTwoSecrets)
		}
		secret = vault.NewClientSecret()
	}
	now := a.Now()
	c := &pool.Client{
		ID: pool.ClientID(vault.NewClientID()), PoolID: p.ID, Name: wire.Deref(in.ClientName),
		CreatedAt: now, ModifiedAt: now, Settings: settings(in, defaultSessionMinutes),
	}
	c.Settings.SchemaSize = len(p.Settings.Schema)
	if secret != "" {
		var err error
		if c.SealedSecret, err = a.Vault.Seal(directory.SecretPlace(c), []byte(secret)); err != nil {
			return nil, err
		}
	}
	return c, c.CheckIn(p, pool.CreatingClient)
}

// DescribeUserPoolClient returns everything about a client, its secret included.
func (a *API) DescribeUserPoolClient(ctx context.Context, in *wire.DescribeUserPoolClientRequest) (*wire.DescribeUserPoolClientResponse, error) {
	p, c, err := a.find(ctx, "DescribeUserPoolClient", in.UserPoolId, in.ClientId)
	if err != nil {
		return nil, err
	}
	out, err := a.describe(p, c)
	if err != nil {
		return nil, err
	}
	return &wire.DescribeUserPoolClientResponse{UserPoolClient: out}, nil
}

// UpdateUserPoolClient replaces a client's settings. What the request leaves out
// falls back to its default, but for the name and AuthSessionValidity. The
// secret stays.
func (a *API) UpdateUserPoolClient(ctx context.Context, in *wire.UpdateUserPoolClientRequest) (*wire.UpdateUserPoolClientResponse, error) {
	var out *wire.UserPoolClientType
	err := store.Retry(ctx, func(ctx context.Context) error {
		p, found, err := a.find(ctx, "UpdateUserPoolClient", in.UserPoolId, in.ClientId)
		if err != nil {
			return err
		}
		c := found.Clone()
		c.Settings = settings(asCreate(in), c.Settings.AuthSessionMinutes)
		c.Settings.SchemaSize = len(p.Settings.Schema)
		if in.ClientName != nil {
			c.Name = *in.ClientName
		}
		if err := c.CheckIn(p, pool.UpdatingClient); err != nil {
			return err
		}
		c.ModifiedAt = a.Now()
		set := store.NewChangeSet()
		set.Expect(p)
		set.Update(c)
		if err := a.Store.Commit(ctx, set); err != nil {
			return err
		}
		out, err = a.describe(p, c)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &wire.UpdateUserPoolClientResponse{UserPoolClient: out}, nil
}

// DeleteUserPoolClient deletes a client; its tokens stop working with it.
func (a *API) DeleteUserPoolClient(ctx context.Context, in *wire.DeleteUserPoolClientRequest) error {
	return store.Retry(ctx, func(ctx context.Context) error {
		_, c, err := a.find(ctx, "DeleteUserPoolClient", in.UserPoolId, in.ClientId)
		if err != nil {
			return err
		}
		set := store.NewChangeSet()
		set.Delete(c.Clone())
		set.Drop(&pool.RiskConfiguration{PoolID: c.PoolID, ClientID: c.ID})
		return a.Store.Commit(ctx, set)
	})
}

// pool returns the pool that an operation is called for, which is shared and must
// not be changed, and counts the call against the pool's limit.
func (a *API) pool(ctx context.Context, operation string, id *string) (*pool.Pool, error) {
	p, err := a.Directory.Pool(ctx, pool.ID(wire.Deref(id)))
	if err != nil {
		return nil, err
	}
	return p, a.AllowPool(ctx, operation, string(p.ID))
}

// find returns a client and its pool; both are shared and must not be changed.
func (a *API) find(ctx context.Context, operation string, poolID, clientID *string) (*pool.Pool, *pool.Client, error) {
	p, err := a.pool(ctx, operation, poolID)
	if err != nil {
		return nil, nil, err
	}
	c, err := a.Directory.ClientOf(ctx, p.ID, pool.ClientID(wire.Deref(clientID)))
	return p, c, err
}

// ofPool asks for the clients of a pool.
func ofPool(id pool.ID) store.Query {
	return store.Query{Table: pool.TableClients, Equal: []store.Term{{Column: "pool_id", Value: string(id)}}}
}
