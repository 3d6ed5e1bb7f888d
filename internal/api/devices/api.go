package devices

import (
	"context"
	"time"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/paging"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/subject"
	"poolhouse.dev/internal/token"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
	"poolhouse.dev/internal/wire"
)

// Texts of refusals. The first is known from clients, the others are not the service's
// own.
const (
	noDevice    = "Device does not exist."
	notTracked  = "The user pool does not track devices: it has no DeviceConfiguration."
	keyExists   = "Device already exists."
	badVerifier = "DeviceSecretVerifierConfig is not usable: PasswordVerifier and Salt have to be given, in base64."
)

// Deps is what the operations work with.
type Deps struct {
	Store     store.Store
	Directory *directory.Directory
	Subjects  *subject.Subjects
	Lists     paging.Lists
	Vault     *vault.Vault
	Now       func() time.Time
}

// API has one method for each operation. It is safe for concurrent use.
type API struct{ Deps }

// New returns the operations.
func New(d Deps) *API { return &API{Deps: d} }

// named is one device that a change reads beside its user.
type named struct {
	key    string
	device *user.Device
}

func (n *named) fresh(sub user.Sub, id pool.ID) []row.Row {
	n.device = &user.Device{PoolID: id, Sub: sub, Key: n.key}
	return []row.Row{n.device}
}

// tracked refuses to speak of devices where the pool does not track them.
func tracked(p *pool.Pool) error {
	if p.Settings.Devices == nil {
		return fault.InvalidUserPoolConfiguration(notTracked)
	}
	return nil
}

// existing refuses a device that the user does not have.
func (n *named) existing() error {
	if !n.device.Confirmed() {
		return fault.ResourceNotFoundf(noDevice)
	}
	return nil
}

// own runs a change of a device of the user whose access token is given.
func (a *API) own(ctx context.Context, accessToken, key *string, change func(context.Context, *user.Device) error) error {
	n := named{key: wire.Deref(key)}
	return a.Subjects.Self(ctx, *accessToken, nil, n.fresh, func(ctx context.Context, g *token.Grant) error {
		if err := tracked(g.Pool); err != nil {
			return err
		}
		if err := n.existing(); err != nil {
			return err
		}
		return change(ctx, n.device)
	})
}

// administered runs a change of a device of the user whom an administrator names.
func (a *API) administered(ctx context.Context, poolID, username, key *string, change func(context.Context, *user.Device) error) error {
	n := named{key: wire.Deref(key)}
	return a.Subjects.Named(ctx, pool.ID(*poolID), *username, nil, n.fresh, func(ctx context.Context, p *pool.Pool, _ *user.User) error {
		if err := tracked(p); err != nil {
			return err
		}
		if err := n.existing(); err != nil {
			return err
		}
		return change(ctx, n.device)
	})
}

// commit stores a change of a device.
func (a *API) commit(ctx context.Context, d *user.Device) error {
	d.ModifiedAt = a.Now()
	set := store.NewChangeSet()
	set.Put(d)
	return a.Store.Commit(ctx, set)
}

// forget removes a device. The sign-ins that are bound to it are not refreshed any
// more; the access tokens that they gave run out by themselves.
func (a *API) forget(ctx context.Context, d *user.Device) error {
	set := store.NewChangeSet()
	set.Delete(d)
	q := store.Query{Table: user.TableSessions, Limit: sessionsPage, Equal: []store.Term{
		{Column: "pool_id", Value: string(d.PoolID)}, {Column: "sub", Value: string(d.Sub)},
	}}
	for {
		page, err := a.Store.List(ctx, q)
		if err != nil {
			return err
		}
		for _, r := range page.Rows {
			if s := r.(*user.Session); s.DeviceKey == d.Key {
				s.DeviceKey = user.ForgottenDevice
				set.Update(s)
			}
		}
		if q.After = page.Next; q.After == nil {
			return a.Store.Commit(ctx, set)
		}
	}
}

// sessionsPage is how many sign-ins are read at a time.
const sessionsPage = 200
