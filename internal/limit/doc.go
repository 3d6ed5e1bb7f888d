// Package limit refuses requests that come faster than Amazon's quotas allow.
//
// It owns the table of operation categories, their default rates and the token
// buckets: one for each Region and category, one for each pool and operation
// of the categories that have such a cap, and two for each user. It does not
// count wrong passwords or codes: those counters are security state and live
// in the store, while a request rate protects the server and may be switched
// off.
//
// Alone on its database a process keeps the buckets in memory. Nodes that share
// one lease parts of a second's rate from buckets in a [Ledger] and give them out
// without asking anybody: their sum never exceeds the rate, and a node that finds a
// bucket empty refuses by itself until it can have refilled. What a node leased and
// did not use in a tenth of a second is lost, so that the sum may stay below the
// rate by a twentieth for each node. When the ledger cannot be reached a node counts
// for itself: a limit must not fail with what it protects. The buckets of single
// users are always a process's own; a shared one would cost a write for each read.
//
// Start with [Limiter.Allow]; operations.go is the table.
package limit
