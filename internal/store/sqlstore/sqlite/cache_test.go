package sqlite

import (
	"fmt"
	"testing"

	"poolhouse.dev/internal/row"
)

// The rules of the cache are tested from inside: what they prevent happens in
// moments that are too short to be met from outside.

func cacheKey(i int) row.Key {
	return row.Key{Table: "users", Parts: [3]string{"pool", fmt.Sprint(i)}}
}

func cacheBody(version int) []any { return []any{"text", []byte("bytes"), int64(version), "set"} }

// versionIn returns the version in the cache; 0 for none.
func versionIn(c *cache, key row.Key) int64 {
	e, _ := c.get(key)
	if e == nil {
		return 0
	}
	return e.body[2].(int64)
}

func TestCacheKeepsToTheOrderOfCommits(t *testing.T) {
	key := cacheKey(1)
	put := func(c *cache, since uint64, version int) { c.put(key, since, cacheBody(version)) }
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
			c.settle(key, newEntry(key, cacheBody(2), nil))
		}, 2},
		{"a reader does not replace a settled row", func(c *cache) {
			_, since := c.get(key)
			c.hold(key)
			c.settle(key, newEntry(key, cacheBody(2), nil))
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
		c.put(cacheKey(i), since, cacheBody(i+1))
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
	if c.put(held, since, cacheBody(1)); versionIn(c, held) != 0 {
		t.Error("a held row was thrown out and put back")
	}
}

func TestCacheSharesNothing(t *testing.T) {
	c, key, body := newCache(1<<20), cacheKey(1), cacheBody(1)
	_, since := c.get(key)
	c.put(key, since, body)
	body[1].([]byte)[0] = 'X'
	e, _ := c.get(key)
	copyBytes(e.body)[1].([]byte)[0] = 'Y'
	if got := string(e.body[1].([]byte)); got != "bytes" {
		t.Errorf("the bytes in the cache became %q", got)
	}
}
