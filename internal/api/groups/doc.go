// Package groups has the operations on groups of users and on who is in them. What
// groups a user is in shows in the tokens of the next sign-in or refresh; see package
// signin.
package groups
