package postgres

import (
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store/sqlstore"
)

// ManyTexts are the statements that read many rows of a table.
var ManyTexts = manyTexts

// MergedText returns the statement that updates many rows of a table.
func MergedText(d sqlstore.Dialect, table row.Table) string { return mergedUpdates(d)[table].text }
