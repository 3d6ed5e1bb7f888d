// Package webhook delivers messages by a POST of JSON to one address, behind
// which the operator keeps whatever really sends them. It owns the shape of that
// request and the meaning of the answer. The address comes from the operator's
// configuration alone, never from a pool.
//
// Start with [Driver.Send].
package webhook
