// Package postgres keeps a store in PostgreSQL, or in a database that speaks its
// protocol.
//
// It owns the connections, the commit loop, the settling of lost replies and
// the combining of requests; the tables and their SQL are sqlstore's. One
// request seldom travels alone: sets of one statement share a transaction with
// those of other requests (writer.go), updates of one table even a statement
// (merge.go), and reads that queued while the last one ran share a statement a
// table, and an exchange with lists of what one user has (reader.go). A set of
// several statements has a transaction of its own (attempt.go).
//
// Where Citus spreads the rows over machines ([Distribute], citus.go), a
// transaction of several sets would need an agreement of as many machines. There
// each read, and each set of one statement, is a transaction of its own, several of
// them in one pipeline (apart.go).
//
// Nothing outlives a transaction in a session: no advisory locks, no settings,
// no temporary tables, so that any node may use any connection.
//
// Start with [Open], then commit.go.
package postgres
