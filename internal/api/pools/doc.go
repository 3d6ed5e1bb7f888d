// Package pools holds the operations on user pools: CreateUserPool,
// DescribeUserPool, UpdateUserPool, ListUserPools, DeleteUserPool and
// AddCustomAttributes.
//
// It translates Amazon's structures to and from pool.Settings and commits the
// change; the rules of what goes together are in package pool. Members that
// poolhouse does not act on yet are stored all the same: the calls that would
// need them are refused where they run.
//
// Start with [API]; translate_request.go and translate_pool.go are the two
// directions of the translation.
package pools
