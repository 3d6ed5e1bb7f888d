package directory_test

import (
	"context"
	"sync"
	"testing"

	"poolhouse.dev/internal/caller"
	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore/sqlite"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
)

const (
	poolID pool.ID  = "eu-test-1_abcdefghi"
	annSub user.Sub = "34c84488-e0e1-70ae-d2ee-991ad1a898c8"
	bobSub user.Sub = "34c84488-e0e1-70ae-d2ee-991ad1a898c9"
	secret          = "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdef"
)

var newVault = sync.OnceValue(func() *vault.Vault {
	master := vault.NewMasterKey()
	sealed, err := vault.NewSealedKeyset(context.Background(), master)
	if err != nil {
		panic(err)
	}
	v, err := vault.Open(context.Background(), master, sealed)
	if err != nil {
		panic(err)
	}
	return v
})

// world is a directory over a store in a file.
type world struct {
	*testing.T
	store     *sqlite.Store
	directory *directory.Directory
	pool      *pool.Pool
}

func newWorld(t *testing.T, change ...func(*pool.Settings)) *world {
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &world{T: t, store: s, directory: directory.New(s, newVault())}
	w.pool = &pool.Pool{ID: poolID, Region: "eu-test-1", Settings: pool.Settings{Schema: pool.StandardSchema()}}
	for _, c := range change {
		c(&w.pool.Settings)
	}
	w.insert(w.pool)
	return w
}

func (w *world) insert(rows ...row.Row) {
	w.Helper()
	w.commit(func(set *store.ChangeSet) { set.Insert(rows...) })
}

func (w *world) commit(build func(set *store.ChangeSet)) {
	w.Helper()
	set := store.NewChangeSet()
	build(set)
	if err := w.store.Commit(w.Context(), set); err != nil {
		w.Fatal(err)
	}
}

// addUser stores a user with all that the user claims.
func (w *world) addUser(u *user.User) *user.User {
	w.Helper()
	u.PoolID = w.pool.ID
	if u.Status == "" {
		u.Status = user.Confirmed
	}
	w.insert(u)
	for _, a := range user.Claims(w.pool, u) {
		w.insert(a)
	}
	return u
}

func aliases(attrs ...string) func(*pool.Settings) {
	return func(s *pool.Settings) { s.Aliases = attrs }
}

func insensitive(s *pool.Settings) { no := false; s.CaseSensitive = &no }

// in is a context of a signed caller in a region; "" is an unsigned one.
func in(t *testing.T, region string) context.Context {
	return caller.With(t.Context(), caller.Caller{Region: region})
}

func wantFault(t *testing.T, err error, want string) {
	t.Helper()
	got := "none"
	if f := fault.As(err); f != nil {
		got = f.Error()
	} else if err != nil {
		got = "no fault: " + err.Error()
	}
	if got != want {
		t.Errorf("fault %q, want %q", got, want)
	}
}
