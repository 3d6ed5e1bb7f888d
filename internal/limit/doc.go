// Package limit refuses requests that come faster than Amazon's quotas allow.
//
// It owns the table of operation categories, their default rates and the token
// buckets: one for each Region and category, one for each pool and operation
// of the categories that have such a cap, and two for each user. It does not
// count wrong passwords or codes: those counters are security state and live
// in the store, while a request rate protects the server and may be switched
// off.
//
// The buckets are in the memory of this process, on purpose. A rate limit that
// asks a database or a cache costs a round trip on every request, including
// the ones it is there to turn away, and fails with what it protects. Losing
// the counts at a restart gives a client one second of quota. In an
// installation of n nodes the whole therefore allows up to n times the rates;
// whoever needs the exact number divides the configured rates by n.
//
// Start with [Limiter.Allow]; operations.go is the table.
package limit
