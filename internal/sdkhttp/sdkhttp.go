// Package sdkhttp lets the AWS SDK for Go read long answers of servers that are quick.
//
// The SDK closes a request's body as soon as the head of the answer is there. From then on the
// body's WriteTo fails, where its Read just ends; and net/http, which asks a body once more
// after the last byte, prefers WriteTo. A server that answers before it has asked makes it take
// the failure for one of the connection: it gives the connection up, and an answer that has not
// arrived whole ends with "use of closed network connection". The nearer the server and the
// busier the client's machine, the more often that happens. Seen with smithy-go 1.28.8 and Go
// 1.26.8; the cause is WriteTo of smithy-go's private safeWriteToReadCloser.
package sdkhttp

import (
	"io"
	"net/http"
)

// Client returns a copy of c, for an SDK, that takes the bodies of requests by Read alone.
func Client(c *http.Client) *http.Client {
	client := *c
	client.Transport = Transport{c.Transport}
	return &client
}

// Transport sends the requests of an SDK by Next; nil is [http.DefaultTransport]. It is safe
// for concurrent use if Next is.
type Transport struct{ Next http.RoundTripper }

// RoundTrip implements [http.RoundTripper].
func (t Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil && r.Body != http.NoBody {
		r = r.WithContext(r.Context())
		r.Body = struct{ io.ReadCloser }{r.Body}
	}
	if t.Next == nil {
		return http.DefaultTransport.RoundTrip(r)
	}
	return t.Next.RoundTrip(r)
}

// CloseIdleConnections closes those of Next, if it can.
func (t Transport) CloseIdleConnections() {
	if c, ok := t.Next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}
