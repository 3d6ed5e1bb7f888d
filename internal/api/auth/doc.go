// Package auth has the operations of signing in and of ending a sign-in by its
// refresh token. They translate between the wire and package signin, which holds
// the state machine, and refuse the flows and challenges that are not built.
package auth
