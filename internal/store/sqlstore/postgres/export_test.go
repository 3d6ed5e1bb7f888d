package postgres

import (
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store/sqlstore"
)

// ManyTexts returns the statements that read many rows of a table.
func ManyTexts(table row.Table) (read, even string) {
	t := manyTexts[table]
	return t.read, t.even
}

// MergedText returns the statement that updates many rows of a table.
func MergedText(d sqlstore.Dialect, table row.Table) string { return mergedUpdates(d)[table].text }
