// Package watch does what Cognito does not, where it is asked for: it keeps a
// history of changes of attributes, writes an audit line for each, and tells the
// old e-mail address that the account has a new one, with a link that undoes the
// change. All of it is off unless it is switched on, and then part of the very
// change set that it tells about.
//
// Start with [Watch.Note].
package watch
