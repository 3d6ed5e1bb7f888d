// Package users has the operations on users who exist: reading and changing
// attributes, proving them, listing, disabling, deleting. Its heart is
// UpdateUserAttributes, in attributes.go.
//
// Every change follows one path: find and authorise, let package user decide,
// commit one change set, and only then send messages. Changes of one user queue
// in a lane, so that they are decided one after the other; what another node
// does in between shows as a conflict and is decided again.
//
// Administrators make users here; people who sign themselves up do so in package
// signup.
package users
