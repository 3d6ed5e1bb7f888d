// Package storetest is the suite that every engine behind store.Store must
// pass: the contract of each method, the races that a store is there to decide,
// and what is left after the process is killed in the middle of its work.
//
// An engine's own test is a few lines around [Run] and [Crash]. The suite can
// run on a store that holds other rows: each test works in a pool of its own.
//
// What the suite cannot see from outside, such as whether an answer waited for
// the disk, each engine proves beside itself.
package storetest
