package sqlite

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore"
	"poolhouse.dev/internal/user"
)

// The rules of the cache are tested from inside: what they prevent happens in
// moments that are too short to be met from outside.

func cacheKey(i int) row.Key {
	return row.Key{Table: "users", Parts: [3]string{"pool", fmt.Sprint(i)}}
}

func cacheRow(i, version int) *user.User {
	return &user.User{
		Stamp: row.Stamp{Version: int64(version), SetID: "set"}, PoolID: "pool", Sub: user.Sub(fmt.Sprint(i)),
		Verifier: []byte("bytes"), Attributes: user.Attributes{{Name: "name", Value: "Ann"}},
	}
}

var cacheTable, _ = sqlstore.TableOf(user.TableUsers)

func cachePut(c *cache, i int, since uint64, version int) {
	c.put(cacheTable, cacheRow(i, version), since, []any{"text", []byte("bytes")})
}

func cacheEntry(version int) *entry { return &entry{row: cacheRow(1, version), bytes: 256} }

// versionIn returns the version in the cache; 0 for none.
func versionIn(c *cache, key row.Key) int64 {
	e, _ := c.get(key)
	if e == nil {
		return 0
	}
	return e.row.Stamped().Version
}

func TestCacheKeepsToTheOrderOfCommits(t *testing.T) {
	key := cacheKey(1)
	put := func(c *cache, since uint64, version int) { cachePut(c, 1, since, version) }
	for _, test := range []struct {
		name string
		do   func(c *cache)
		want int64
	}{
		{"a read row is kept", func(c *cache) {
			_, since := c.get(key)
			put(c, since, 1)
		}, 1},
		{"a held row is not given", func(c *cache) {
			_, since := c.get(key)
			put(c, since, 1)
			c.hold(key)
		}, 0},
		{"a held row is not put back by a reader", func(c *cache) {
			c.hold(key)
			_, since := c.get(key)
			put(c, since, 1)
		}, 0},
		{"a settled row is given", func(c *cache) {
			c.hold(key)
			c.settle(key, cacheEntry(2))
		}, 2},
		{"a reader does not replace a settled row", func(c *cache) {
			_, since := c.get(key)
			c.hold(key)
			c.settle(key, cacheEntry(2))
			put(c, since, 1)
		}, 2},
		{"a reader from before a holding puts nothing after it", func(c *cache) {
			_, since := c.get(key)
			c.hold(key)
			c.settle(key, nil)
			put(c, since, 1)
		}, 0},
		{"a reader from within a holding puts nothing after it", func(c *cache) {
			c.hold(key)
			_, since := c.get(key)
			c.settle(key, nil)
			put(c, since, 1)
		}, 0},
		{"a reader from before a clearing puts nothing after it", func(c *cache) {
			_, since := c.get(key)
			c.clear()
			put(c, since, 1)
		}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newCache(1 << 20)
			test.do(c)
			if got := versionIn(c, key); got != test.want {
				t.Errorf("the cache gives version %d, want %d", got, test.want)
			}
		})
	}
}

func TestCacheIsBounded(t *testing.T) {
	const limit = 1 << 20
	c := newCache(limit)
	held := cacheKey(-1)
	c.hold(held)
	for i := range 20_000 {
		_, since := c.get(cacheKey(i))
		cachePut(c, i, since, i+1)
	}
	bytes, rows := 0, 0
	for i := range c.shards {
		bytes += c.shards[i].bytes
		rows += len(c.shards[i].entries)
	}
	if bytes > limit || rows < 1000 {
		t.Errorf("the cache has %d rows of %d bytes", rows, bytes)
	}
	_, since := c.get(held)
	if cachePut(c, -1, since, 1); versionIn(c, held) != 0 {
		t.Error("a held row was thrown out and put back")
	}
}

func TestCacheSharesNothing(t *testing.T) {
	change := func(u *user.User) { u.Verifier[0], u.Attributes[0].Value = 'X', "Eve" }
	s, err := Open(t.Context(), Config{Path: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	written := cacheRow(1, 0)
	set := store.NewChangeSet()
	set.Insert(written)
	if err := s.Commit(t.Context(), set); err != nil {
		t.Fatal(err)
	}
	want := *cacheRow(1, 1)
	want.SetID = set.ID
	change(written)
	for _, from := range []string{"a commit", "the cache", "the database", "the database's reader"} {
		if from == "the database" {
			s.cache.clear()
		}
		got := &user.User{PoolID: "pool", Sub: "1"}
		if err := s.Read(t.Context(), got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(&want, got); diff != "" {
			t.Errorf("the row after %s (-want +got):\n%s", from, diff)
		}
		change(got)
	}
}
