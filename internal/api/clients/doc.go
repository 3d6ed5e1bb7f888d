// Package clients holds the operations on app clients: CreateUserPoolClient,
// DescribeUserPoolClient, UpdateUserPoolClient, ListUserPoolClients and
// DeleteUserPoolClient.
//
// It translates Amazon's structures to and from pool.ClientSettings, seals and
// shows client secrets, and commits the change; the rules of what goes together
// are in package pool.
//
// Start with [API].
package clients
