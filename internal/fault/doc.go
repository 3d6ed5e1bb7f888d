// Package fault is the one error type that carries an exception name of the
// Cognito API. Operations return faults; package awsjson alone writes them to
// the wire. Any other error becomes InternalErrorException and a log line.
//
// Start with [Error]; kinds.go has one constructor per exception in use.
package fault
