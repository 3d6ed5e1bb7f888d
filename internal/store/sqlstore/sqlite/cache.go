package sqlite

import (
	"hash/maphash"
	"math"
	"sync"

	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store/sqlstore"
)

// cache holds rows as they are committed, found by key. It never gives a value
// that the database would not give at that moment, which the store can promise
// since nobody else writes its file:
//
//   - Before the writer changes a row, it holds the key: the value is gone, and
//     nobody puts another one in place. Readers go to the database.
//   - After the COMMIT, and before the answer to the request, it settles the key
//     with the new value; after a ROLLBACK without one.
//   - A reader that did not find a row puts what it read only if no key of the
//     shard was held or settled since before it began to read.
//
// So a row is given from the cache only between commits that touch it. A change
// set's rows leave the cache before any of them can be seen changed.
type cache struct {
	seed   maphash.Seed
	limit  int // bytes for each shard
	shards [cacheShards]shard
}

const cacheShards = 64

type shard struct {
	sync.Mutex
	entries map[row.Key]*entry
	bytes   int
	// changes counts the holdings and settlings.
	changes uint64
}

// entry is a row in the cache, or a held key. It is never changed once it is
// in a shard.
type entry struct {
	// row is the cache's own; nil for a held key.
	row row.Row
	// rowid is where SQLite has the row; 0 when that is not known.
	rowid int64
	bytes int
}

// newCache returns a cache for about so many bytes; it is nil, and a nil cache
// holds nothing, when there is room for none.
func newCache(limit int) *cache {
	if limit <= 0 {
		return nil
	}
	c := &cache{seed: maphash.MakeSeed(), limit: limit / cacheShards}
	for i := range c.shards {
		c.shards[i].entries = make(map[row.Key]*entry)
	}
	return c
}

func (c *cache) shard(key row.Key) *shard {
	return &c.shards[maphash.Comparable(c.seed, key)%cacheShards]
}

// get returns the row's entry, or the place in the shard's history from which
// put may go on.
func (c *cache) get(key row.Key) (e *entry, since uint64) {
	if c == nil {
		return nil, 0
	}
	s := c.shard(key)
	s.Lock()
	defer s.Unlock()
	if e = s.entries[key]; e != nil && e.row == nil {
		e = nil
	}
	return e, s.changes
}

// known returns the row as it is in the cache, which nobody changes; nil when it is
// not there.
func (c *cache) known(key row.Key) row.Row {
	if e, _ := c.get(key); e != nil {
		return e.row
	}
	return nil
}

// unsettled is no place in any history: put makes the copy, and does not keep it.
const unsettled = math.MaxUint64

// put takes a row that a reader read after the get that returned since, and its place
// as the database gave it. It keeps a copy.
func (c *cache) put(t *sqlstore.Table, r row.Row, since uint64, rowid int64) {
	if c == nil || !t.Copies() {
		return
	}
	e := &entry{row: t.New(), rowid: rowid, bytes: entryBytes + t.Size(r)}
	t.Copy(e.row, r)
	key := r.RowKey()
	s := c.shard(key)
	s.Lock()
	defer s.Unlock()
	if s.entries[key] == nil && s.changes == since {
		s.set(key, e, c.limit)
	}
}

// hold takes the row out, if it is there, and keeps it out until settle.
func (c *cache) hold(key row.Key) *entry {
	s := c.shard(key)
	s.Lock()
	defer s.Unlock()
	e := s.entries[key]
	s.changes++
	s.set(key, heldEntry, c.limit)
	return e
}

var heldEntry = &entry{}

// settle ends the holding of a key with the entry of what is committed; nil
// when that is not known or nothing.
func (c *cache) settle(key row.Key, e *entry) {
	s := c.shard(key)
	s.Lock()
	defer s.Unlock()
	s.changes++
	s.set(key, e, c.limit)
}

// set replaces an entry, or removes it, and makes room. Rows leave in no
// particular order: it is the order of a map, which is as good as random. A held
// key stays.
func (s *shard) set(key row.Key, e *entry, limit int) {
	if old := s.entries[key]; old != nil {
		s.bytes -= old.bytes
	}
	if e == nil || e.bytes > limit {
		delete(s.entries, key)
		return
	}
	s.entries[key] = e
	if s.bytes += e.bytes; s.bytes <= limit {
		return
	}
	for k, old := range s.entries {
		if old.row == nil || k == key {
			continue
		}
		delete(s.entries, k)
		if s.bytes -= old.bytes; s.bytes <= limit {
			return
		}
	}
}

// clear forgets every row.
func (c *cache) clear() {
	if c == nil {
		return
	}
	for i := range c.shards {
		s := &c.shards[i]
		s.Lock()
		clear(s.entries)
		s.bytes = 0
		s.changes++
		s.Unlock()
	}
}

// entryBytes is about what an entry takes besides its row.
const entryBytes = 256
