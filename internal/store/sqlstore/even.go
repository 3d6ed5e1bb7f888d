package sqlstore

import (
	"sync/atomic"

	"poolhouse.dev/internal/row"
)

// Decoys knows a row of each table that even reads (see store.Evenly) read and decode
// where the one that is asked for is not there, so that this costs what reading it would.
// It is safe for concurrent use.
type Decoys struct {
	keys map[*Table]*atomic.Pointer[row.Key]
}

// NewDecoys returns Decoys that know no row yet.
func NewDecoys() *Decoys {
	d := &Decoys{keys: make(map[*Table]*atomic.Pointer[row.Key])}
	for _, t := range Tables() {
		d.keys[t] = new(atomic.Pointer[row.Key])
	}
	return d
}

// For returns the key of t's decoy; that which is asked for while none is known.
func (d *Decoys) For(t *Table, asked row.Key) row.Key {
	if known := d.keys[t].Load(); known != nil {
		return *known
	}
	return asked
}

// Found takes note that t has a row of the key.
func (d *Decoys) Found(t *Table, key row.Key) {
	if d.keys[t].Load() == nil {
		decoy := key // so that memory is taken only here
		d.keys[t].Store(&decoy)
	}
}

// Gone takes note that t has no row of the key that For returned.
func (d *Decoys) Gone(t *Table, decoy row.Key) {
	if known := d.keys[t].Load(); known != nil && *known == decoy {
		d.keys[t].CompareAndSwap(known, nil)
	}
}
