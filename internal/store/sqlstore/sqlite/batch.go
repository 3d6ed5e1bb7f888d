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
}

// touch holds the row of a statement that is about to write. It returns the
// row's indexed values as they are in the transaction, if they are known: they
// are not after the batch has touched the row for the first time.
func (b *batchRows) touch(key row.Key) (indexed []any) {
	if b.cache == nil || b.rows[key] != nil {
		return nil
	}
	r := &batchRow{before: b.cache.hold(key)}
	b.rows[key] = r
	if r.before == nil {
		return nil
	}
	return r.before.indexed
}

// won notes what a set that won has written.
func (b *batchRows) won(sub *submission) {
	for i := range sub.statements {
		s := &sub.statements[i]
		// A row that was only expected is not among the touched ones.
		if r := b.rows[s.Key]; r != nil && s.Op != store.OpExpect {
			r.after, r.changed = sub.entries[i], true
		}
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
		s := &statements[i]
		if s.Op != store.OpInsert && s.Op != store.OpUpdate {
			continue
		}
		columns := s.Table.IndexedColumns()
		indexed := make([]any, len(columns))
		for j, column := range columns {
			indexed[j] = s.Args[column.Position]
		}
		list[i] = newEntry(s.Key, s.Table.Body(s.Args), indexed)
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
