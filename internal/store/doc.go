// Package store is the boundary between the operations and a database: read
// rows, decide, commit one change set.
//
// An operation reads the rows it needs, a pure function decides, and one Commit
// carries every write together with what must still hold for it. There is no
// transaction to hold open, so nothing slow can happen inside one. What may be
// tried again is tried again by [Retry]; what belongs to one user queues in
// [Lanes] first, so that conflicts stay rare.
//
// Engines live in sqlstore/sqlite and sqlstore/postgres; storetest is the suite
// that both must pass; cached and faulty decorate any engine.
//
// Start with [Store] and [ChangeSet].
package store
