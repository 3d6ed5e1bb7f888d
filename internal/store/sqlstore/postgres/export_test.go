package postgres

// ManyTexts are the statements that read many rows of a table.
var ManyTexts = manyTexts
