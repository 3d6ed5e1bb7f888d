package signin

import (
	"context"
	"errors"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/trigger"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
)

// migrate looks for somebody whom the pool does not know in the directory behind its
// trigger, and makes them a user of the pool. It is nil where there is no trigger. A
// try with a password counts against the lockout of the name, so that nobody guesses
// there without end.
func (m *Machine) migrate(ctx context.Context, r Request, username, password string) (*user.User, error) {
	if r.Pool.Settings.Triggers.UserMigration == "" {
		return nil, nil
	}
	sub := m.Directory.Nobody(r.Pool, username)
	if err := m.AllowUser(string(sub), false); err != nil {
		return nil, err
	}
	var attempts *user.Attempts
	err := m.Lanes.Do(ctx, string(sub), func(ctx context.Context) error {
		// Anew each time: a row that another sign-in dropped leaves nothing of the last.
		attempts = &user.Attempts{PoolID: r.Pool.ID, Sub: sub, Kind: user.AttemptPassword}
		if err := m.Store.Read(ctx, attempts); err != nil {
			return err
		}
		_, err := m.count(ctx, attempts)
		return err
	})
	if err != nil {
		return nil, err
	}
	u, err := m.Migrate(ctx, r, trigger.MigrateAtSignIn, username, &password)
	if err != nil {
		return nil, err
	}
	if u != nil {
		set := store.NewChangeSet()
		set.Drop(attempts)
		return u, m.Store.Commit(ctx, set)
	}
	if !r.Client.HidesUsers() {
		return nil, fault.UserNotFound(userUnknown)
	}
	if err := m.mayTry(ctx, r, username, nil); err != nil {
		return nil, err
	}
	return nil, fault.NotAuthorized(wrongPassword)
}

// Migrate asks the pool's trigger about somebody whom the pool does not know, on one
// of the trigger's occasions, and makes them a user with the password, if one was
// given. It returns nil for a stranger, and the fault InvalidLambdaResponseException
// for a user that cannot be made as the trigger wants.
func (m *Machine) Migrate(ctx context.Context, r Request, occasion, username string, password *string) (*user.User, error) {
	o := trigger.Occasion{Pool: r.Pool, ClientID: r.Client.ID}
	stranger := trigger.Stranger{Name: username, Password: password}
	if occasion == trigger.MigrateAtSignIn {
		stranger.Validation = r.Metadata
	} else {
		o.ClientMetadata = r.Metadata
	}
	found, err := m.Triggers.UserMigration(ctx, o, occasion, stranger)
	if err != nil || found == nil {
		return nil, err
	}
	migrant := user.Migrant{
		Confirmed: found.FinalStatus != nil && *found.FinalStatus == string(user.Confirmed),
		SMS:       found.EnableSMSMFA != nil && *found.EnableSMSMFA,
	}
	for name, value := range found.Attributes {
		if value != nil {
			migrant.Attributes.Set(name, *value)
		}
	}
	draft, err := user.DecideMigration(r.Pool, user.Sub(vault.NewSub()), username, migrant, m.Now())
	if err != nil {
		return nil, unmigrated(err)
	}
	u := draft.User
	if password != nil {
		if u.Verifier, err = m.Vault.NewVerifier(ctx, directory.VerifierPlace(u), string(r.Pool.ID), u.Username, *password); err != nil {
			return nil, err
		}
	}
	err = store.Retry(ctx, func(ctx context.Context) error {
		set := store.NewChangeSet()
		set.Insert(u)
		for _, alias := range draft.Claims {
			if found.ForceAliasCreation == nil || !*found.ForceAliasCreation || alias.Kind == user.AliasName {
				set.Insert(alias)
				continue
			}
			if err := m.Directory.MoveAlias(ctx, set, r.Pool, alias); err != nil {
				return err
			}
		}
		return m.Store.Commit(ctx, set)
	})
	if taken := (*store.DuplicateError)(nil); errors.As(err, &taken) {
		// Another call was faster, or the names are somebody else's.
		u, err = m.Directory.User(ctx, r.Pool, username)
		if err == nil && u == nil {
			err = fault.InvalidLambdaResponse("UserMigration gave a name that is another user's.")
		}
	}
	return u, err
}

// unmigrated words why a user cannot be made, for the operations that model no other
// fault of a function's answer.
func unmigrated(err error) error {
	if f := fault.As(err); f != nil {
		return fault.InvalidLambdaResponse("UserMigration gave a user who cannot be made: " + f.Message)
	}
	return err
}
