// Package signin is the state machine of signing in: it judges a first factor,
// asks for what is still missing, and ends in a session and its tokens. The API
// and, later, the login pages drive it.
//
// Every answer that could be guessed is counted durably before it is judged, so
// that parallel guesses cannot get past the lockout. Where a client hides who
// exists, an unknown user costs the same work as a known one: the same reads,
// the same count of failures, the same exponentiation.
//
// Start with [Machine.Password], or [Machine.BeginSRP] for passwords that are never
// sent. Each challenge has a file, challenge_*.go; refresh.go refreshes tokens.
package signin
