// Package passwords judges passwords that somebody chooses, before they become a
// user's: by the pool's policy, by lists of passwords that attackers try first, and by
// what the user's passwords were.
//
// It does not own the rules of a policy (package pool), the lists (package breach),
// nor the sealed forms and the work of comparing (package vault). What a user is
// afterwards is for the operation to decide.
//
// Start with [Judge.Check] and [Judge.Choose].
package passwords
