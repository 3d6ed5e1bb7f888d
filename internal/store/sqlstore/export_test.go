package sqlstore

// TextsOf returns the statements of a table by primary key in a dialect.
func TextsOf(d Dialect, t *Table) Texts { return *d.texts(t) }
