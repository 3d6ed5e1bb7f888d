// Package outbound decides which machines the server may open connections to.
// It owns the rules of the setting --allow-outbound, the look-up of names, and
// the dialling of exactly the address that was judged, so that a name which
// changes its address between the check and the connection gains nothing.
//
// What a message, a trigger or an identity provider says does not matter here:
// their packages get a [Policy]'s dialler or client from the one who wires them.
//
// Start with [Policy].
package outbound
