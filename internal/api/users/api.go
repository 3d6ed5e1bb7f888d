package users

import (
	"context"
	"time"

	"poolhouse.dev/internal/code"
	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/guard"
	"poolhouse.dev/internal/outbox"
	"poolhouse.dev/internal/passwords"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/subject"
	"poolhouse.dev/internal/trigger"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
	"poolhouse.dev/internal/watch"
)

// Deps is what the operations work with.
type Deps struct {
	Store     store.Store
	Directory *directory.Directory
	Codes     *code.Codes
	Outbox    *outbox.Outbox
	Triggers  *trigger.Caller
	Vault     *vault.Vault
	Passwords *passwords.Judge
	Subjects  *subject.Subjects
	Guard     *guard.Guard
	// Watch is told of changes of attributes; nil for none.
	Watch *watch.Watch
	// ShowPending shows administrators the values that wait for a proof.
	ShowPending bool
	// AllowUser limits how often one user is read or written.
	AllowUser func(sub string, write bool) error
	Now       func() time.Time
}

// API has one method for each operation. It is safe for concurrent use.
type API struct{ Deps }

// New returns the operations.
func New(d Deps) *API { return &API{Deps: d} }

// commit commits a set and turns a name that is another user's into
// AliasExistsException.
func (a *API) commit(ctx context.Context, p *pool.Pool, u *user.User, set *store.ChangeSet) error {
	err := a.Store.Commit(ctx, set)
	if key, ok := store.Duplicate(err); ok && key.Table == user.TableAliases {
		attr := user.AttributeOfAlias(p, u, user.AliasKind(key.Parts[1]), key.Parts[2])
		return fault.AliasExists(user.TakenText(attr))
	}
	return err
}
