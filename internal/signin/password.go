package signin

import (
	"context"
	"time"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/token"
	"poolhouse.dev/internal/trigger"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
)

// Deps is what signing in works with.
type Deps struct {
	Store     store.Store
	Directory *directory.Directory
	Vault     *vault.Vault
	Issuer    *token.Issuer
	Lanes     *store.Lanes
	Triggers  *trigger.Caller
	// AllowUser limits how often one user signs in.
	AllowUser func(sub string, write bool) error
	Now       func() time.Time
}

// Machine signs users in. It is safe for concurrent use.
type Machine struct{ Deps }

// New returns a Machine.
func New(d Deps) *Machine { return &Machine{Deps: d} }

// Outcome is where a step ended: with tokens or with a challenge.
type Outcome struct {
	Tokens    *token.Tokens
	Challenge *Challenge
	// user is whose the tokens are.
	user *user.User
}

// Texts of refused sign-ins, from the service.
const (
	wrongPassword    = "Incorrect username or password."
	expiredTemporary = "Temporary password has expired and must be reset by an administrator."
	userDisabled     = "User is disabled."
	userUnknown      = "User does not exist."
)

// Password signs a user in with a user name and a password. The order of
// checks is: user, enabled, the pool's trigger, lockout, password, status. metadata
// is the ClientMetadata of the request.
func (m *Machine) Password(ctx context.Context, p *pool.Pool, c *pool.Client, username, password string, metadata map[string]string) (*Outcome, error) {
	if err := pool.RefuseSignIn(p); err != nil {
		return nil, err
	}
	u, err := m.Directory.User(ctx, p, username)
	if err != nil {
		return nil, err
	}
	if u == nil {
		return nil, m.unknown(ctx, p, c, username, password, metadata)
	}
	if u.Disabled && !c.HidesUsers() {
		return nil, fault.NotAuthorized(userDisabled)
	}
	if err := m.AllowUser(string(u.Sub), false); err != nil {
		return nil, err
	}
	if err := m.mayTry(ctx, p, c, username, u, metadata); err != nil {
		return nil, err
	}
	var out *Outcome
	err = m.Lanes.Do(ctx, string(u.Sub), func(ctx context.Context) (err error) {
		out, err = m.judge(ctx, p, c, u.Sub, password)
		return err
	})
	if err != nil {
		return nil, err
	}
	return m.told(ctx, p, c, out, nil)
}

// judge is Password in the user's lane, from the user's row on.
func (m *Machine) judge(ctx context.Context, p *pool.Pool, c *pool.Client, sub user.Sub, password string) (*Outcome, error) {
	u := &user.User{PoolID: p.ID, Sub: sub}
	attempts := &user.Attempts{PoolID: p.ID, Sub: sub, Kind: user.AttemptPassword}
	if err := m.Store.Read(ctx, u, attempts); err != nil {
		return nil, err
	}
	if err := m.countFailure(ctx, attempts); err != nil {
		return nil, err
	}
	right, err := m.matches(ctx, p, u, password)
	if err != nil {
		return nil, err
	}
	if !right || u.Disabled {
		return nil, fault.NotAuthorized(wrongPassword)
	}
	return m.afterPassword(ctx, p, c, u, attempts, nil)
}

// matches judges the password; a user without one never matches, at the same
// cost.
func (m *Machine) matches(ctx context.Context, p *pool.Pool, u *user.User, password string) (bool, error) {
	if u.Verifier == nil {
		return m.Vault.SimulatePassword(ctx, string(p.ID), u.Username, password)
	}
	return m.Vault.CheckPassword(ctx, directory.VerifierPlace(u), u.Verifier, string(p.ID), u.Username, password)
}

// countFailure makes the coming judgement count as a failure, durably.
func (m *Machine) countFailure(ctx context.Context, attempts *user.Attempts) error {
	if err := attempts.TakePassword(m.Now()); err != nil {
		return err
	}
	set := store.NewChangeSet()
	set.Put(attempts)
	return m.Store.Commit(ctx, set)
}

// unknown answers for a name that nobody has. Where the client hides that, it
// takes the way of a wrong password, counted on a made-up sub, so that neither
// the answer nor a lockout nor the work behind it tells the two apart.
func (m *Machine) unknown(ctx context.Context, p *pool.Pool, c *pool.Client, username, password string, metadata map[string]string) error {
	if err := pool.RefuseMigration(p); err != nil {
		return err
	}
	if !c.HidesUsers() {
		return fault.UserNotFound(userUnknown)
	}
	sub := m.Directory.Nobody(p, username)
	if err := m.AllowUser(string(sub), false); err != nil {
		return err
	}
	if err := m.mayTry(ctx, p, c, username, nil, metadata); err != nil {
		return err
	}
	return m.Lanes.Do(ctx, string(sub), func(ctx context.Context) error {
		// The look-up of a known user reads the user once more than this one did.
		u := &user.User{PoolID: p.ID, Sub: sub, Username: username}
		if err := m.Store.Read(ctx, u); err != nil {
			return err
		}
		_, err := m.judge(ctx, p, c, sub, password)
		return err
	})
}

// afterPassword goes on from a right password: by the status of the account to
// an error, a challenge or tokens. once, if not nil, is the challenge that the
// password answered, which is spent with it.
func (m *Machine) afterPassword(ctx context.Context, p *pool.Pool, c *pool.Client, u *user.User, attempts *user.Attempts, once *user.SpentChallenge) (*Outcome, error) {
	if u.Status == user.Confirmed {
		return m.complete(ctx, p, c, u, attempts, once)
	}
	forgiven := store.NewChangeSet()
	forgiven.Drop(attempts)
	spend(forgiven, once)
	if err := m.Store.Commit(ctx, forgiven); err != nil {
		return nil, err
	}
	switch u.Status {
	case user.Unconfirmed:
		return nil, fault.UserNotConfirmed()
	case user.ForceChangePassword:
		if !m.Now().Before(u.PasswordSetAt.Add(p.Settings.PasswordPolicy.TemporaryLife())) {
			return nil, fault.NotAuthorized(expiredTemporary)
		}
		challenge, err := m.askNewPassword(p, c, u)
		if err != nil {
			return nil, err
		}
		return &Outcome{Challenge: challenge}, nil
	case user.ResetRequired:
		if !c.HidesUsers() {
			return nil, fault.PasswordResetRequired()
		}
	}
	return nil, fault.NotAuthorized(wrongPassword)
}

// complete ends a sign-in: the session is stored, failures are forgotten, and
// the tokens are made.
func (m *Machine) complete(ctx context.Context, p *pool.Pool, c *pool.Client, u *user.User, attempts *user.Attempts, once *user.SpentChallenge) (*Outcome, error) {
	s := m.newSession(p, c, u)
	set := store.NewChangeSet()
	set.Insert(s)
	set.Drop(attempts)
	spend(set, once)
	// A sign-out or a disabling that comes in between makes this a conflict.
	set.Expect(u)
	if err := m.Store.Commit(ctx, set); err != nil {
		return nil, err
	}
	return m.mint(ctx, p, c, u, s, true)
}

// spend adds to the set that a challenge was answered, if there was one.
func spend(set *store.ChangeSet, once *user.SpentChallenge) {
	if once != nil {
		set.Insert(once)
	}
}

// newSession is the sign-in of u to c through the API, as of now. It holds the
// user's present epoch: what signs the user out from here on ends it.
func (m *Machine) newSession(p *pool.Pool, c *pool.Client, u *user.User) *user.Session {
	now := m.Now()
	return &user.Session{
		PoolID: p.ID, Sub: u.Sub, ID: vault.NewUUID(), OriginJTI: vault.NewUUID(), ClientID: c.ID,
		Epoch: u.SignOutEpoch, Scope: token.ScopeSignIn, AuthTime: now, ExpiresAt: now.Add(c.RefreshLife()),
	}
}

func (m *Machine) mint(ctx context.Context, p *pool.Pool, c *pool.Client, u *user.User, s *user.Session, refresh bool) (*Outcome, error) {
	groups, err := m.Directory.GroupsOf(ctx, u)
	if err != nil {
		return nil, err
	}
	tokens, err := m.Issuer.Mint(ctx, token.MintInput{Pool: p, Client: c, User: u, Session: s, Groups: groups, WithRefresh: refresh})
	if err != nil {
		return nil, err
	}
	return &Outcome{Tokens: &tokens, user: u}, nil
}
