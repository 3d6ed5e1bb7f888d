// Package passkeys has the operations by which users register, see and remove passkeys.
// Signing in with one is for package signin.
package passkeys
