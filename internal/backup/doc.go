// Package backup owns the file that a store is backed up in: one form for every engine,
// so that what one was can be restored into another.
//
// A file is a line of text, the [Header], and then records: for every table its name and
// columns, its rows in the order of their keys, and at the end the number of rows of each
// table and a SHA-256 over them. After the line everything is sealed, unless that was
// not wanted, with a key of the file's own, which the data keys of the store seal, which
// the master key opens. The master key itself is in no file.
//
// [Write] makes a file of a snapshot. A [Reader] hands out its rows and has found out, at
// the end, that the whole is what was written; [Verify] reads it for nothing else, and
// [Restore] into an empty database. All of them work row by row, in bounded memory.
//
// The package does not know engines, how a snapshot is taken, nor how a database is made
// that counts only when it is whole: those are sqlstore's and its engines'.
//
// Start with [Write], then reader.go.
package backup
