// Package caller carries who makes a request and from where, from the front
// end to the operations, in the request's context. It is set once per request
// by awsjson and read by the operations; standard library only.
package caller

import "context"

// Caller describes one request. A Caller in a context is never changed.
type Caller struct {
	// RequestID is the lower-case UUID that the response and the log carry.
	RequestID string
	// AccessKeyID is the verified access key of a signed call, "" for an
	// unsigned one.
	AccessKeyID string
	// Region is that of the verified signature's scope, "" for an unsigned
	// call. A pool is visible to signed calls of its own region only.
	Region string
	// Account is the twelve-digit account id that the server plays.
	Account string
	// SourceIP is the client's address, from the connection or, behind a
	// trusted proxy, from its forwarding header.
	SourceIP string
	// UserAgent is the User-Agent header as sent.
	UserAgent string
}

type key struct{}

// With returns a context that carries c.
func With(ctx context.Context, c Caller) context.Context { return context.WithValue(ctx, key{}, &c) }

// From returns the caller that ctx carries, or the zero Caller.
func From(ctx context.Context) Caller {
	if c, ok := ctx.Value(key{}).(*Caller); ok {
		return *c
	}
	return Caller{}
}
