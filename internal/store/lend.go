package store

import "poolhouse.dev/internal/row"

// Lender is a Reader that keeps rows in memory and can hand them out as they are there.
type Lender interface {
	// Lend returns the row with the key that Read would fill a row from at this moment
	// without asking anything further, or nil where it would have to ask. The row is
	// shared with every other reader: it must not be changed, only cloned, and no commit
	// changes it. One that is known to be absent has the zero Stamp.
	Lend(key row.Key) row.Row
}

// LenderOf returns r as a Lender; where it is none, one that lends nothing.
func LenderOf(r Reader) Lender {
	if l, ok := r.(Lender); ok {
		return l
	}
	return nobody{}
}

// Lend returns the row that l lends for a key of T's table, or the zero T for none.
func Lend[T row.Row](l Lender, key row.Key) T {
	r, _ := l.Lend(key).(T)
	return r
}

// nobody lends nothing.
type nobody struct{}

func (nobody) Lend(row.Key) row.Row { return nil }
