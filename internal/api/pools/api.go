package pools

import (
	"context"
	"regexp"
	"time"

	"poolhouse.dev/internal/caller"
	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/paging"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
	"poolhouse.dev/internal/wire"
)

// MaxPools is how many pools a Region can have.
const MaxPools = 1000

// defaultRegion is where a pool is made by a call that names no Region.
const defaultRegion = "us-east-1"

// Texts of refusals whose wording in the service is not known.
const (
	textTooManyPools = "The number of user pools per account has reached its limit of 1000."
	textRegion       = "The Region %q of the request cannot be part of a user pool id."
)

// KeyMaker makes the two keys that sign a new pool's tokens.
type KeyMaker interface {
	Pair(ctx context.Context, id pool.ID, now time.Time) ([2]*pool.SigningKey, error)
}

// Deps is what the operations work with.
type Deps struct {
	Store     store.Store
	Directory *directory.Directory
	Lists     paging.Lists
	Keys      KeyMaker
	// Account is the twelve-digit account that new pools belong to.
	Account string
	// AllowPool limits how often an operation is called for one pool.
	AllowPool func(ctx context.Context, operation, poolID string) error
	Now       func() time.Time
}

// API has one method for each operation. It is safe for concurrent use.
type API struct{ Deps }

// New returns the operations.
func New(d Deps) *API { return &API{Deps: d} }

// regionForm keeps a Region what a pool id and an ARN can hold.
var regionForm = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)

// CreateUserPool makes a pool with its signing keys in the Region of the
// caller's signature. What the request leaves out has the service's defaults.
func (a *API) CreateUserPool(ctx context.Context, in *wire.CreateUserPoolRequest) (*wire.CreateUserPoolResponse, error) {
	p, err := a.newPool(ctx, in)
	if err != nil {
		return nil, err
	}
	n, err := a.Store.Count(ctx, inRegion(p.Region))
	if err != nil {
		return nil, err
	}
	if n >= MaxPools {
		return nil, fault.LimitExceeded(textTooManyPools)
	}
	keys, err := a.Keys.Pair(ctx, p.ID, p.CreatedAt)
	if err != nil {
		return nil, err
	}
	set := store.NewChangeSet()
	set.Insert(p, keys[0], keys[1])
	if err := a.Store.Commit(ctx, set); err != nil {
		return nil, err
	}
	return &wire.CreateUserPoolResponse{UserPool: describe(p, 0)}, nil
}

// newPool returns the pool that the request describes, checked and not stored.
func (a *API) newPool(ctx context.Context, in *wire.CreateUserPoolRequest) (*pool.Pool, error) {
	region := caller.From(ctx).Region
	if region == "" {
		region = defaultRegion
	}
	if !regionForm.MatchString(region) {
		return nil, fault.InvalidParameterf(textRegion, region)
	}
	s, err := settings(in, pool.DefaultSettings(), false)
	if err != nil {
		return nil, err
	}
	if s.Schema, err = pool.DefineSchema(drafts(in.Schema)); err != nil {
		return nil, err
	}
	s.Aliases = names(in.AliasAttributes)
	s.UsernameAttributes = names(in.UsernameAttributes)
	if c := in.UsernameConfiguration; c != nil {
		s.CaseSensitive = c.CaseSensitive
	}
	now := a.Now()
	p := &pool.Pool{
		ID: pool.ID(region + "_" + vault.NewPoolSuffix()), Region: region, Account: a.Account,
		Name: wire.Deref(in.PoolName), CreatedAt: now, ModifiedAt: now, Settings: s,
	}
	return p, p.Check()
}

// DescribeUserPool returns everything about a pool.
func (a *API) DescribeUserPool(ctx context.Context, in *wire.DescribeUserPoolRequest) (*wire.DescribeUserPoolResponse, error) {
	p, err := a.Directory.Pool(ctx, pool.ID(wire.Deref(in.UserPoolId)))
	if err != nil {
		return nil, err
	}
	users, err := a.Store.Count(ctx, ofPool(user.TableUsers, p.ID, 0))
	if err != nil {
		return nil, err
	}
	return &wire.DescribeUserPoolResponse{UserPool: describe(p, users)}, nil
}

// UpdateUserPool replaces a pool's settings. What the request leaves out falls
// back to its default, but for what pool.Settings.Reset keeps.
func (a *API) UpdateUserPool(ctx context.Context, in *wire.UpdateUserPoolRequest) (*wire.UpdateUserPoolResponse, error) {
	err := a.change(ctx, in.UserPoolId, func(p *pool.Pool) error {
		s, err := settings(asCreate(in), p.Settings.Reset(), true)
		if err != nil {
			return err
		}
		if in.PoolName != nil {
			p.Name = *in.PoolName
		}
		p.Settings = s
		return p.Check()
	})
	if err != nil {
		return nil, err
	}
	return &wire.UpdateUserPoolResponse{}, nil
}

// AddCustomAttributes appends attributes to a pool's schema. They can never be
// changed or removed.
func (a *API) AddCustomAttributes(ctx context.Context, in *wire.AddCustomAttributesRequest) (*wire.AddCustomAttributesResponse, error) {
	if err := a.AllowPool(ctx, "AddCustomAttributes", wire.Deref(in.UserPoolId)); err != nil {
		return nil, err
	}
	err := a.change(ctx, in.UserPoolId, func(p *pool.Pool) (err error) {
		p.Settings.Schema, err = p.Settings.Schema.Extend(drafts(in.CustomAttributes))
		return err
	})
	if err != nil {
		return nil, err
	}
	return &wire.AddCustomAttributesResponse{}, nil
}

// change reads a pool, lets decide change a copy of it, and commits that. When
// another writer was faster it begins again; a pool that was read from memory
// is then read anew, since the failed commit made the memory forget it.
func (a *API) change(ctx context.Context, id *string, decide func(*pool.Pool) error) error {
	return store.Retry(ctx, func(ctx context.Context) error {
		found, err := a.Directory.Pool(ctx, pool.ID(wire.Deref(id)))
		if err != nil {
			return err
		}
		p := found.Clone()
		if err := decide(p); err != nil {
			return err
		}
		p.ModifiedAt = a.Now()
		set := store.NewChangeSet()
		set.Update(p)
		return a.Store.Commit(ctx, set)
	})
}

// inRegion asks for the pools of a Region.
func inRegion(region string) store.Query {
	return store.Query{Table: pool.TablePools, Equal: []store.Term{{Column: "region", Value: region}}}
}

// ofPool asks for the rows of a table that belong to a pool.
func ofPool(table row.Table, id pool.ID, limit int) store.Query {
	return store.Query{Table: table, Equal: []store.Term{{Column: "pool_id", Value: string(id)}}, Limit: limit}
}
