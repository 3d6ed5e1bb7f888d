// Package faulty decorates a store with the failures of a database, so that
// tests can show what an operation does when a commit conflicts, when the
// database is away, and when the answer of a commit is lost.
//
// A plan decides, call by call, what happens; [Script] makes one from a list.
// The package is for tests alone: no server is built with it.
//
// Start with [New] and [Outcome].
package faulty
