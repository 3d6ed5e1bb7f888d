package sqlstore

import (
	"unsafe"

	"poolhouse.dev/internal/row"
)

// copying is how rows of a table are copied and compared without their values.
type copying struct {
	assign func(dst, src row.Row)
	// own gives a row its own of what its fields point to; nil for a noun that has a
	// field with no way to.
	own func(r row.Row)
	// round makes the fields what they would be when they are read back.
	round   func(r row.Row)
	changes func(before, after row.Row) uint64
	size    func(r row.Row) int
}

// Copies reports whether rows of the table can be copied: not those with documents.
func (t *Table) Copies() bool { return t.copying.own != nil }

// Copy makes dst the same as src. They share nothing that can be changed.
func (t *Table) Copy(dst, src row.Row) {
	t.copying.assign(dst, src)
	t.copying.own(dst)
}

// Changes returns the columns whose values are not the same in two rows with one key:
// bit i for the column that an update has at Args[i].
func (t *Table) Changes(before, after row.Row) uint64 { return t.copying.changes(before, after) }

// Size is about how many bytes of memory a row takes.
func (t *Table) Size(r row.Row) int { return t.copying.size(r) }

// Left returns the row that the statement leaves when it wins, as it would be read;
// nil for one that leaves none, and for a row that cannot be copied.
func (s *Statement) Left() row.Row {
	if s.leaves.Version == 0 || !s.Table.Copies() {
		return nil
	}
	r := s.Table.New()
	s.Table.Copy(r, s.Row)
	s.Table.copying.round(r)
	*r.Stamped() = s.leaves
	return r
}

func copyingOf[T any, P interface {
	*T
	row.Row
}](columns []column[T]) copying {
	return copying{
		assign: func(dst, src row.Row) { *(*T)(dst.(P)) = *(*T)(src.(P)) },
		own:    owner[T, P](columns),
		round: func(r row.Row) {
			for i := range columns {
				if columns[i].round != nil {
					columns[i].round((*T)(r.(P)))
				}
			}
		},
		size: func(r row.Row) int {
			p := (*T)(r.(P))
			n := int(unsafe.Sizeof(*p))
			for i := range columns {
				if size := columns[i].size; size != nil {
					n += size(p)
				}
			}
			return n
		},
		changes: func(before, after row.Row) (changed uint64) {
			b, a := (*T)(before.(P)), (*T)(after.(P))
			for i := range columns {
				if columns[i].key {
					continue
				}
				if same := columns[i].same; same == nil || !same(b, a) {
					changed |= 1 << i
				}
			}
			return changed
		},
	}
}

// owner returns copying.own.
func owner[T any, P interface {
	*T
	row.Row
}](columns []column[T]) func(row.Row) {
	var owns []func(*T)
	for _, c := range columns {
		switch {
		case c.tangled:
			return nil
		case c.own != nil:
			owns = append(owns, c.own)
		}
	}
	return func(r row.Row) {
		for _, own := range owns {
			own((*T)(r.(P)))
		}
	}
}
