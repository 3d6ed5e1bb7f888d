package cached

import (
	"poolhouse.dev/internal/instance"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
)

// remembers reports whether r is of a table that may be served from memory.
func remembers(r row.Row) bool { return remembersTable(r.RowKey().Table) }

func remembersTable(t row.Table) bool {
	switch t {
	case pool.TablePools, pool.TableRemovals, pool.TableClients, instance.TableAccessKeys:
		return true
	}
	return false
}

// duplicate returns a shallow copy of r: whoever read r owns that struct, and
// its next commit changes the stamp.
func duplicate(r row.Row) row.Row {
	switch r := r.(type) {
	case *pool.Pool:
		c := *r
		return &c
	case *pool.Removal:
		c := *r
		return &c
	case *pool.Client:
		c := *r
		return &c
	case *instance.AccessKey:
		c := *r
		return &c
	}
	panic("cached: no copy of rows of table " + string(r.RowKey().Table))
}

// fill copies the remembered row from into r, which has the same key and thus
// the same type. An absent row leaves r's fields alone, as Read promises.
func fill(r, from row.Row) {
	if !from.Stamped().Stored() {
		*r.Stamped() = row.Stamp{}
		return
	}
	switch r := r.(type) {
	case *pool.Pool:
		*r = *from.(*pool.Pool)
	case *pool.Removal:
		*r = *from.(*pool.Removal)
	case *pool.Client:
		*r = *from.(*pool.Client)
	case *instance.AccessKey:
		*r = *from.(*instance.AccessKey)
	}
}
