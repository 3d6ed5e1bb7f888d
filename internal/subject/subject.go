// Package subject runs changes of one user: in the name of the user whose access token
// is given, or for an administrator who names the user. It finds, authorises and reads,
// in the user's lane, and brings a change that met another writer back to the reading.
//
// What is changed is for the operation. Start with [Subjects].
package subject

import (
	"context"

	"poolhouse.dev/internal/code"
	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/token"
	"poolhouse.dev/internal/user"
)

// Deps is what Subjects works with.
type Deps struct {
	Store     store.Store
	Directory *directory.Directory
	Tokens    *token.Authorizer
	Lanes     *store.Lanes
	// AllowUser limits how often one user is read or written.
	AllowUser func(sub string, write bool) error
}

// Subjects runs changes of users. It is safe for concurrent use.
type Subjects struct{ Deps }

// New returns a Subjects.
func New(d Deps) *Subjects { return &Subjects{d} }

// Rows names rows of a user that a change reads with the user, afresh at each call;
// nil names none.
type Rows func(user.Sub, pool.ID) []row.Row

// Self runs a change in the name of the user whose access token is given. In the
// user's lane it reads the user with the rows that more names, in one round trip,
// judges the token by them, and calls change; a conflict brings it back to the
// reading. custom has the texts of the messages that change sends, nil for none.
func (s *Subjects) Self(ctx context.Context, accessToken string, custom *code.Custom, more Rows, change func(context.Context, *token.Grant) error) error {
	g, err := s.Tokens.Prove(ctx, accessToken)
	if err != nil {
		return err
	}
	custom.By(g.Client.ID)
	sub := g.Sub()
	if err := s.AllowUser(string(sub), true); err != nil {
		return err
	}
	return custom.Run(ctx, func() error {
		return s.Lanes.Do(ctx, string(sub), func(ctx context.Context) error {
			var rows []row.Row
			if more != nil {
				rows = more(sub, g.Pool.ID)
			}
			if err := s.Tokens.Recheck(ctx, g, rows...); err != nil {
				return err
			}
			return change(ctx, g)
		})
	})
}

// Seen returns what an access token stands for, for an operation that only reads: its
// rows may be shared and must not be changed.
func (s *Subjects) Seen(ctx context.Context, accessToken string) (*token.Grant, error) {
	g, err := s.Tokens.Authorize(ctx, accessToken)
	if err != nil {
		return nil, err
	}
	return g, s.AllowUser(string(g.User.Sub), false)
}

// Named runs a change of the user that an administrator names, in the user's lane,
// with the rows that more names for the user. custom is as in Self.
func (s *Subjects) Named(ctx context.Context, poolID pool.ID, name string, custom *code.Custom, more Rows, change func(context.Context, *pool.Pool, *user.User) error) error {
	p, u, err := s.find(ctx, poolID, name, true)
	if err != nil {
		return err
	}
	return custom.Run(ctx, func() error { return s.InLane(ctx, p, u.Sub, more, change) })
}

// SeenNamed returns the user that an administrator names, for an operation that only
// reads.
func (s *Subjects) SeenNamed(ctx context.Context, poolID pool.ID, name string) (*pool.Pool, *user.User, error) {
	return s.find(ctx, poolID, name, false)
}

func (s *Subjects) find(ctx context.Context, poolID pool.ID, name string, write bool) (*pool.Pool, *user.User, error) {
	p, err := s.Directory.Pool(ctx, poolID)
	if err != nil {
		return nil, nil, err
	}
	u, err := s.Directory.ExistingUser(ctx, p, name)
	if err != nil {
		return nil, nil, err
	}
	return p, u, s.AllowUser(string(u.Sub), write)
}

// InLane reads a user, with the rows that more names, in the user's lane, and calls
// change.
func (s *Subjects) InLane(ctx context.Context, p *pool.Pool, sub user.Sub, more Rows, change func(context.Context, *pool.Pool, *user.User) error) error {
	return s.Lanes.Do(ctx, string(sub), func(ctx context.Context) error {
		u := &user.User{PoolID: p.ID, Sub: sub}
		rows := []row.Row{u}
		if more != nil {
			rows = append(rows, more(sub, p.ID)...)
		}
		if err := s.Store.Read(ctx, rows...); err != nil {
			return err
		}
		if !u.Stored() {
			return fault.UserNotFound("User does not exist.")
		}
		return change(ctx, p, u)
	})
}
