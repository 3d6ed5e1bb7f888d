package keyring

import (
	"poolhouse.dev/internal/row"
)

// SealedColumns returns the places in r of what the walk seals anew, false for a table
// that it passes over.
func SealedColumns(r row.Row) (columns []*[]byte, ok bool) {
	for _, t := range sealedTables {
		if t.name != r.RowKey().Table {
			continue
		}
		if t.values != nil {
			for _, v := range t.values(r) {
				columns = append(columns, v.sealed)
			}
		}
		return columns, true
	}
	return nil, false
}
