package postgres

import "poolhouse.dev/internal/row"

// ManyTexts are the statements that read many rows of a table.
var ManyTexts = manyTexts

// MergedText returns the statement that updates many rows of a table.
func MergedText(table row.Table) string { return merged[table].text }
