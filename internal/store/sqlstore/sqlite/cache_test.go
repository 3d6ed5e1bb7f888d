package sqlite

import (
	"context"
	"fmt"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"poolhouse.dev/internal/pool"
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
	c.put(cacheTable, cacheRow(i, version), since, int64(i))
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

// TestCacheGivesWhatTheDatabaseGives changes a user at random, and reads every version
// from the cache, as the commit left it, and from the database.
func TestCacheGivesWhatTheDatabaseGives(t *testing.T) {
	s, err := Open(t.Context(), Config{Path: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	text := rapid.StringN(0, 8, -1).Filter(utf8.ValidString)
	when := rapid.Custom(func(t *rapid.T) time.Time {
		return time.Unix(rapid.Int64Range(0, 1<<32).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds"))
	})
	change := func(t *rapid.T, u *user.User) {
		u.Username, u.Status = text.Draw(t, "username"), user.Status(text.Draw(t, "status"))
		u.Disabled, u.SignOutEpoch = rapid.Bool().Draw(t, "disabled"), rapid.Int64().Draw(t, "epoch")
		u.Factors.SMS, u.Factors.Preferred = rapid.Bool().Draw(t, "sms"), text.Draw(t, "preferred")
		u.PasswordSetAt, u.ModifiedAt = when.Draw(t, "set"), when.Draw(t, "modified")
		u.Verifier = rapid.SampledFrom([][]byte{nil, {}, []byte("one"), []byte("two")}).Draw(t, "verifier")
		u.Attributes = user.Attributes{}
		for _, name := range []string{"email", "name", "custom:tier"} {
			u.Attributes.Set(name, text.Draw(t, name))
		}
	}
	commits := 0
	rapid.Check(t, func(t *rapid.T) {
		commits++
		key := row.Key{Table: "users", Parts: [3]string{"pool", fmt.Sprint(commits)}}
		u := blank(key)
		for range rapid.IntRange(1, 4).Draw(t, "changes") {
			change(t, u)
			set := store.NewChangeSet()
			set.Put(u)
			if err := s.Commit(context.Background(), set); err != nil {
				t.Fatal(err)
			}
			if versionIn(s.cache, key) != u.Version {
				t.Fatal("the commit left nothing in the cache")
			}
			left, stored := blank(key), blank(key)
			for _, r := range []row.Row{left, stored} {
				if err := s.Read(context.Background(), r); err != nil {
					t.Fatal(err)
				}
				s.cache.clear()
			}
			if diff := cmp.Diff(stored, left); diff != "" {
				t.Fatalf("the cache against the database (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(u.Attributes, stored.Attributes, cmpopts.EquateEmpty()); diff != "" || stored.SetID != set.ID || stored.Username != u.Username {
				t.Fatalf("the row is not what was committed: %s", diff)
			}
			if rapid.Bool().Draw(t, "forget") {
				s.cache.clear()
			}
		}
	})
}

func blank(key row.Key) *user.User {
	return &user.User{PoolID: pool.ID(key.Parts[0]), Sub: user.Sub(key.Parts[1])}
}
