// Package apitest is a world for tests of the operations: one pool with a
// client on a store that fails as a test wants, a clock that stands still, and
// a driver that keeps the messages. It records what a call costs, in reads,
// commits and exponentiations, so that tests can compare the cost of two calls.
//
// It has no rules of its own. Start with [New] and [World.Cost].
package apitest
