package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"poolhouse.dev/internal/instance"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore/sqlite"
	"poolhouse.dev/internal/user"
)

// chain is one writer's changes, of which each shows whether it is there wholly: the
// n-th inserts the name n, deletes the name n-1, and writes n to a row. Every name
// is there or not, and the row says which.
type chain struct {
	name string
	// sent is the last change that was sent, acked the last that was acknowledged.
	sent, acked int
	last        *user.Alias
	row         *instance.Material
}

func newChain(name string) *chain {
	return &chain{name: name, row: &instance.Material{Name: name}}
}

func (c *chain) alias(n int) *user.Alias {
	return &user.Alias{PoolID: pool.ID("test-1_" + c.name), Kind: user.AliasName, Key: strconv.Itoa(n), Sub: "sub"}
}

// step sends the next change. What became of one whose outcome is not known is looked up
// first.
func (c *chain) step(ctx context.Context, s store.Store) error {
	if c.sent != c.acked {
		if err := c.load(ctx, s); err != nil {
			return err
		}
	}
	next := c.alias(c.acked + 1)
	c.row.Value = append([]byte(strconv.Itoa(c.acked+1)+" "), make([]byte, 3000)...)
	set := store.NewChangeSet()
	set.Insert(next)
	if c.last != nil {
		set.Delete(c.last)
	}
	set.Put(c.row)
	c.sent = c.acked + 1
	err := s.Commit(ctx, set)
	switch {
	case err == nil:
		c.acked, c.last = c.sent, next
	case errors.Is(err, store.ErrUnavailable) && !errors.Is(err, store.ErrUnknown):
		c.sent = c.acked // it was not applied and will not be
	}
	return err
}

// load finds out where the chain stands and takes that for acknowledged.
func (c *chain) load(ctx context.Context, s store.Reader) error {
	n, err := c.stored(ctx, s)
	if err != nil {
		return err
	}
	last := c.alias(n)
	if err := s.Read(ctx, c.row, last); err != nil {
		return err
	}
	c.acked, c.sent, c.last = n, n, nil
	if n > 0 {
		c.last = last
	}
	return nil
}

// errTorn says that a store has what it can never have had.
var errTorn = errors.New("the store is torn")

// stored returns the change that the store stands at. Its error is an errTorn when
// that is no change, or one of the chain's that it can not stand at.
func (c *chain) stored(ctx context.Context, s store.Reader) (int, error) {
	row := &instance.Material{Name: c.name}
	page, err := s.List(ctx, store.Query{Table: user.TableAliases, Equal: []store.Term{{Column: "pool_id", Value: "test-1_" + c.name}}, Limit: 10})
	if err := errors.Join(err, s.Read(ctx, row)); err != nil {
		return 0, err
	}
	n := 0
	if row.Stored() {
		if _, err := fmt.Sscan(string(row.Value), &n); err != nil {
			return 0, fmt.Errorf("%w: %w", errTorn, err)
		}
	}
	names := 0
	if n > 0 {
		names = 1
	}
	if len(page.Rows) != names || names == 1 && page.Rows[0].(*user.Alias).Key != strconv.Itoa(n) {
		return 0, fmt.Errorf("%w: chain %s stands at %d and has %d names", errTorn, c.name, n, len(page.Rows))
	}
	if n < c.acked || n > c.sent {
		return 0, fmt.Errorf("%w: chain %s stands at %d; %d was acknowledged last and %d sent last", errTorn, c.name, n, c.acked, c.sent)
	}
	return n, nil
}

// often returns how often a fault is made: a few times, or as often as the long run wants it.
func often(short, full int) int {
	if os.Getenv("POOLHOUSE_RELIABILITY") == "full" {
		return full
	}
	return short
}

// made is a folder with an empty store in it, to be copied.
func made(t testing.TB) (folder string) {
	t.Helper()
	folder = t.TempDir()
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: folder})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return folder
}

// copied returns a copy of the database of a folder, in a folder of its own.
func copied(t testing.TB, from string) (folder string) {
	t.Helper()
	folder = t.TempDir()
	for _, name := range []string{sqlite.FileName, sqlite.FileName + "-wal"} {
		if _, err := os.Stat(filepath.Join(from, name)); err == nil {
			copyFile(t, filepath.Join(from, name), filepath.Join(folder, name))
		}
	}
	return folder
}

// sound fails the test unless the database of a folder can be opened, is whole, and
// stands where the chains may stand.
func sound(t testing.TB, folder string, chains ...*chain) {
	t.Helper()
	s, err := sqlite.Open(context.Background(), sqlite.Config{Path: folder, CacheBytes: -1})
	if err != nil {
		t.Errorf("opening the store afterwards: %v", err)
		return
	}
	if err := s.CheckIntegrity(context.Background()); err != nil {
		t.Error(err)
	}
	for _, c := range chains {
		if _, err := c.stored(context.Background(), s); err != nil {
			t.Error(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
