// Package smpp sends text messages to a message centre over SMPP 3.4, as a
// transmitter. It owns the protocol's units, the alphabets and parts of a message,
// and the session, which is kept and shared. It receives nothing: delivery receipts
// are not asked for.
//
// Start with [Driver]; chapters and names are those of "Short Message Peer to Peer
// Protocol Specification v3.4".
package smpp
