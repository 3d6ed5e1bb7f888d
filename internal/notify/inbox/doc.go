// Package inbox keeps the messages that would have been sent, so that people
// and tests on a developer's machine can read their codes. It owns a bounded
// memory of messages, the page that shows them and the JSON that tests read.
// Nothing of it survives a restart, and no production server should mount it:
// whoever reaches the page reads every code.
//
// Start with [Inbox.Send] for what is kept and [Inbox.ServeHTTP] for who may
// read it.
package inbox
