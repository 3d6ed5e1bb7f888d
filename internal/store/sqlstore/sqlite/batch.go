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
	// after is the row as the batch leaves it; nil for none.
	after   *entry
	changed bool
}

// touch holds the row of a statement that is about to write. It returns the
// row's indexed values as they are in the transaction, if they are known.
func (b *batchRows) touch(key row.Key) (indexed []any) {
	if b.cache == nil {
		return nil
	}
	r := b.rows[key]
	if r == nil {
		r = &batchRow{}
		if e, known := b.cache.hold(key); known {
			r.before = e
		}
		b.rows[key] = r
	} else if r.changed {
		// The set that changed it may still lose, so its value is not taken.
		return nil
	}
	if r.before == nil {
		return nil
	}
	return r.before.indexed
}

// won notes what a set that won has written.
func (b *batchRows) won(statements []sqlstore.Statement) {
	if b.cache == nil {
		return
	}
	for i := range statements {
		s := &statements[i]
		r := b.rows[s.Key]
		if r == nil {
			continue // it was only expected
		}
		switch s.Op {
		case store.OpInsert, store.OpUpdate:
			columns := s.Table.IndexedColumns()
			indexed := make([]any, len(columns))
			for j, c := range columns {
				indexed[j] = s.Args[c.Position]
			}
			r.after, r.changed = newEntry(s.Key, s.Table.Body(s.Args), indexed), true
		case store.OpDelete, store.OpDrop:
			r.after, r.changed = nil, true
		}
	}
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
