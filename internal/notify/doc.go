// Package notify turns a code into a message and hands the message to whatever
// delivers it. It owns the texts and their placeholders, the rules that keep a
// message from being more than one message, the masked form of a destination
// and the contract of a driver. The drivers are subpackages: smtp, ses, sns,
// smpp, webhook and inbox.
//
// It does not decide who is told what, makes no codes, and keeps nothing: the
// outbox that makes a message survive a crash is a row of the store.
//
// Start with [Render] for the texts and [Driver] for the delivery.
package notify
