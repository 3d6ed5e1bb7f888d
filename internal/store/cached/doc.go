// Package cached decorates a store with a short memory of configuration: user
// pools and their removals, app clients, and access keys, which nearly every
// request reads and which hardly ever change.
//
// A remembered row is served for the configured life, about two seconds, and
// no longer. A commit that passes through the decorator and touches such a row
// drops it before the commit returns, so that this process reads its own
// writes at once; what another process writes is seen when the life is over.
//
// Everything about people, and the pools' signing keys, goes straight to the
// inner store, which may lend its rows (store.Lender): no decision about a person
// rests on an old row. Lists and counts are not remembered either.
//
// Start with [New].
package cached
