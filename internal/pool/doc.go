// Package pool holds the nouns and pure rules of configuration: user pools,
// app clients, the attribute schema, the password policy, message templates,
// and the keys that sign a pool's tokens.
//
// It does no I/O and knows neither the wire nor the database: package api/pools
// translates Amazon's structures, package sqlstore stores them. Values read
// from a store are shared between requests and must not be changed; Clone them
// first.
//
// Start with [Pool] and [Client].
package pool
