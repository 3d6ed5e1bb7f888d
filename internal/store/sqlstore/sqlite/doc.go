// Package sqlite is the embedded engine: a Store in one SQLite file, owned by
// one process.
//
// One goroutine, the writer, owns the only connection that writes. What was
// submitted while the last commit was on its way to the disk goes together under
// the next one, so that many requests share one fsync and a lone request waits
// for nothing. Nobody is told that a change set is stored before the COMMIT that
// holds it has returned, and a COMMIT returns after the fsync of the log
// (synchronous=FULL). Sets lose to each other by row counts, in the order of
// their arrival; an error of the database itself never counts as a loss.
//
// Reads run beside the writer on connections of their own, each on the state of
// the last commit. Rows that were read or written lately are answered from
// memory, which is possible without ever being stale because the process is the
// only owner of its file: cache.go says how. The log is moved into the file in
// the background (checkpoint.go).
//
// The connections reach the file through a layer of the package's own, which makes
// one write and one sync of all that a commit appends to the log (logfile.go).
//
// The package does not know nouns: statements and conversion come from sqlstore.
// What fails, and what is then known, is in recover.go.
//
// Start with [Open], then Store.Commit, then writer.go.
package sqlite
