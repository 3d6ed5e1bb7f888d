// Package smtp delivers e-mail through a relay. It owns the connection (TLS,
// credentials, time limits), the headers and the MIME form of a message, and
// the reading of the relay's answers. It does not speak to a recipient's server
// itself, signs nothing (DKIM is the relay's) and sends no SMS.
//
// Start with [Driver.Send].
package smtp
