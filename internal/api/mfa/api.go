package mfa

import (
	"context"
	"time"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/signin"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/subject"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
)

// Deps is what the operations work with.
type Deps struct {
	Store     store.Store
	Directory *directory.Directory
	Subjects  *subject.Subjects
	SignIn    *signin.Machine
	Vault     *vault.Vault
	Now       func() time.Time
}

// API has one method for each operation. It is safe for concurrent use.
type API struct{ Deps }

// New returns the operations.
func New(d Deps) *API { return &API{Deps: d} }

// rows are those that a change of factors reads beside the user.
type rows struct {
	token    *user.SoftwareToken
	attempts *user.Attempts
}

func (r *rows) fresh(sub user.Sub, id pool.ID) []row.Row {
	r.token = &user.SoftwareToken{PoolID: id, Sub: sub}
	r.attempts = &user.Attempts{PoolID: id, Sub: sub, Kind: user.AttemptPassword}
	return []row.Row{r.token, r.attempts}
}

// commit commits the user with other factors, and what more adds.
func (a *API) commit(ctx context.Context, u *user.User, f user.Factors, more func(*store.ChangeSet)) error {
	after := u.Clone()
	after.Factors, after.ModifiedAt = f, a.Now()
	set := store.NewChangeSet()
	set.Update(after)
	if more != nil {
		more(set)
	}
	return a.Store.Commit(ctx, set)
}
