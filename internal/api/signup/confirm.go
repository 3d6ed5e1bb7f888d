package signup

import (
	"context"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/signin"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/trigger"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/wire"
)

// ConfirmSignUp takes the code that a new user was sent: the user is confirmed
// and the address it went to verified. Where the address names users, it is
// theirs from then on; another user who has it keeps it, unless
// ForceAliasCreation moves it.
//
// The attempt is committed before the code is looked at.
func (a *API) ConfirmSignUp(ctx context.Context, in *wire.ConfirmSignUpRequest) (*wire.ConfirmSignUpResponse, error) {
	p, client, err := a.Directory.PublicClient(ctx, pool.ClientID(*in.ClientId), in.SecretHash, *in.Username)
	if err != nil {
		return nil, err
	}
	ctx = directory.Evenly(ctx, client)
	named, err := a.Directory.User(ctx, p, *in.Username)
	if err != nil {
		return nil, err
	}
	switch {
	case client.HidesUsers() && (named == nil || named.Disabled):
		return nil, a.confirmNobody(ctx, p, *in.Username, *in.ConfirmationCode, named != nil)
	case named == nil:
		return nil, fault.UserNotFound(unknownUser)
	}
	c := &confirmation{api: a, pool: p, sub: named.Sub, text: *in.ConfirmationCode, force: wire.Deref(in.ForceAliasCreation)}
	if err := c.run(ctx, trigger.Occasion{Pool: p, ClientID: client.ID, ClientMetadata: in.ClientMetadata}); err != nil {
		return nil, err
	}
	out := &wire.ConfirmSignUpResponse{}
	if client.AllowsFlow(pool.FlowUserAuth) {
		// The code was as good as one to sign in by.
		session, err := a.SignIn.SealConfirmation(signin.Request{Pool: p, Client: client}, c.confirmed, c.code.Attribute)
		if err != nil {
			return nil, err
		}
		out.Session = &session
	}
	return out, nil
}

// confirmation is one ConfirmSignUp on its way through the user's lane.
type confirmation struct {
	api      *API
	pool     *pool.Pool
	sub      user.Sub
	text     string
	force    bool
	code     *user.Code
	attempts *user.Attempts
	// confirmed is the user afterwards.
	confirmed *user.User
}

// run tries the code, and tells the pool's trigger when it was right.
func (c *confirmation) run(ctx context.Context, o trigger.Occasion) error {
	if err := c.api.inLane(ctx, c.pool, c.sub, c.try, c.freshCode, c.freshAttempts); err != nil {
		return err
	}
	return c.api.Triggers.PostConfirmation(ctx, o, trigger.ConfirmSignUp, c.confirmed)
}

func (c *confirmation) freshCode() row.Row {
	c.code = &user.Code{PoolID: c.pool.ID, Sub: c.sub, Purpose: user.PurposeSignUp}
	return c.code
}

func (c *confirmation) freshAttempts() row.Row {
	c.attempts = &user.Attempts{PoolID: c.pool.ID, Sub: c.sub, Kind: user.AttemptConfirm}
	return c.attempts
}

func (c *confirmation) try(ctx context.Context, u *user.User) error {
	a := c.api
	if u.Disabled {
		return fault.NotAuthorized("User is disabled.")
	}
	if u.Status != user.Unconfirmed {
		_, err := user.DecideConfirm(c.pool, u, nil, a.Now())
		return err
	}
	if err := c.attempts.Take(a.Now()); err != nil {
		return err
	}
	counted := store.NewChangeSet()
	counted.Put(c.attempts)
	if err := a.Store.Commit(ctx, counted); err != nil {
		return err
	}
	if err := a.Codes.Judge(c.code, c.text); err != nil {
		return err
	}
	d, err := user.DecideConfirm(c.pool, u, c.code, a.Now())
	if err != nil {
		return err
	}
	c.confirmed = d.User
	set := store.NewChangeSet()
	set.Update(d.User)
	set.Delete(c.code)
	if err := a.takeNames(ctx, c.pool, set, d, c.force); err != nil {
		return err
	}
	return confirmTaken(c.pool, d.User, a.Store.Commit(ctx, set))
}

// takeNames adds to the set the names that the confirmation gives the user.
func (a *API) takeNames(ctx context.Context, p *pool.Pool, set *store.ChangeSet, d *user.Update, force bool) error {
	for _, alias := range d.Released {
		set.Drop(alias)
	}
	for _, alias := range d.Taken {
		if !force || alias.Kind == user.AliasName {
			set.Insert(alias)
			continue
		}
		if err := a.Directory.MoveAlias(ctx, set, p, alias); err != nil {
			return err
		}
	}
	return nil
}

// confirmTaken words the refusal of a name as this operation does, which is
// not as others do.
func confirmTaken(p *pool.Pool, u *user.User, err error) error {
	key, ok := store.Duplicate(err)
	if !ok || key.Table != user.TableAliases {
		return err
	}
	attr := user.AttributeOfAlias(p, u, user.AliasKind(key.Parts[1]), key.Parts[2])
	return fault.AliasExists("An account with the " + attr + " already exists.")
}

// AdminConfirmSignUp confirms a user without a code. It verifies nothing.
func (a *API) AdminConfirmSignUp(ctx context.Context, in *wire.AdminConfirmSignUpRequest) (*wire.AdminConfirmSignUpResponse, error) {
	p, err := a.Directory.Pool(ctx, pool.ID(*in.UserPoolId))
	if err != nil {
		return nil, err
	}
	named, err := a.Directory.ExistingUser(ctx, p, *in.Username)
	if err != nil {
		return nil, err
	}
	var confirmed *user.User
	err = a.inLane(ctx, p, named.Sub, func(ctx context.Context, u *user.User) error {
		d, err := user.DecideConfirm(p, u, nil, a.Now())
		if err != nil {
			return err
		}
		confirmed = d.User
		set := store.NewChangeSet()
		set.Update(d.User)
		set.Drop(&user.Code{PoolID: p.ID, Sub: u.Sub, Purpose: user.PurposeSignUp})
		if err := a.takeNames(ctx, p, set, d, false); err != nil {
			return err
		}
		return confirmTaken(p, d.User, a.Store.Commit(ctx, set))
	})
	if err != nil {
		return nil, err
	}
	occasion := trigger.Occasion{Pool: p, ClientMetadata: in.ClientMetadata}
	if err := a.Triggers.PostConfirmation(ctx, occasion, trigger.ConfirmSignUp, confirmed); err != nil {
		return nil, err
	}
	return &wire.AdminConfirmSignUpResponse{}, nil
}
