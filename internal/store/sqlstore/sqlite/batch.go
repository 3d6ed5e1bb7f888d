package sqlite

import (
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore"
)

// batchRows are the rows that the transaction of one batch has touched. They are
// out of the cache until the end of the batch.
type batchRows struct {
	cache *cache
	rows  map[row.Key]*batchRow
}

// batchRow is one of them.
type batchRow struct {
	// before is the row as committed, if the cache had it.
	before *entry
	// after is the row as the sets that won leave it, nil for none, if changed.
	after   *entry
	changed bool
	// rowid is where an update found the row; 0 for not known.
	rowid int64
}

// touch holds the row of a statement that is about to write. It returns the row
// as it is in the transaction, if that is known: it is not after the batch has
// touched the row for the first time. The entry's place in the file holds on.
func (b *batchRows) touch(key row.Key) (before *entry) {
	if b.cache == nil || b.rows[key] != nil {
		return nil
	}
	r := &batchRow{before: b.cache.hold(key)}
	b.rows[key] = r
	return r.before
}

// won notes what a set that won has written.
func (b *batchRows) won(sub *submission) {
	for i := range sub.statements {
		s := &sub.statements[i]
		// A row that was only expected is not among the touched ones.
		if r := b.rows[s.Key]; r != nil && s.Op != store.OpExpect {
			r.after, r.changed = sub.entries[i], true
			if r.after != nil && s.Op == store.OpUpdate {
				r.after.rowid = r.rowid
			}
		}
	}
}

// found notes where a row is that the batch has touched.
func (b *batchRows) found(key row.Key, rowid int64) {
	if r := b.rows[key]; r != nil {
		r.rowid = rowid
	}
}

// entries makes, for each statement, the row that it leaves; nil for none. The
// request does so before it goes to the writer, whose time is everybody's.
func (c *cache) entries(statements []sqlstore.Statement) []*entry {
	if c == nil {
		return nil
	}
	list := make([]*entry, len(statements))
	for i := range statements {
		if left := statements[i].Left(); left != nil {
			list[i] = &entry{row: left, bytes: entryBytes + statements[i].Table.Size(left)}
		}
	}
	return list
}

// end settles every row: committed says whether the batch counts.
func (b *batchRows) end(committed bool) {
	for key, r := range b.rows {
		switch {
		case r.changed && committed:
			b.cache.settle(key, r.after)
		case r.changed:
			b.cache.settle(key, nil)
		default:
			b.cache.settle(key, r.before)
		}
	}
	clear(b.rows)
}
