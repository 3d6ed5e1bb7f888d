package outbound

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"time"
)

// Bounds of a client that asks for no others.
const (
	defaultTimeout = 30 * time.Second
	defaultBody    = 1 << 20
	maxHeader      = 16 << 10
	idleConns      = 16
	idleTime       = 30 * time.Second
	handshakeTime  = 10 * time.Second
)

// ErrTooLong is what reading an answer ends with that is longer than allowed.
var ErrTooLong = errors.New("the answer is too long")

// Limits bound what a client does. Zero values stand for the usual bounds.
type Limits struct {
	// Timeout bounds a call from the look-up to the last byte; 30 seconds.
	Timeout time.Duration
	// MaxBody bounds an answer, in bytes; 1 MiB. What is longer ends with
	// ErrTooLong.
	MaxBody int64
	// Redirects is how many are followed; none. The target of each is judged
	// like every other address. What is not followed is the answer.
	Redirects int
}

// Client returns a client whose connections obey the policy. It uses no proxy,
// since nobody would judge the addresses behind one.
func (p *Policy) Client(l Limits) *http.Client {
	return &http.Client{
		Timeout: cmp.Or(l.Timeout, defaultTimeout),
		Transport: bounded{max: cmp.Or(l.MaxBody, defaultBody), next: &http.Transport{
			DialContext: p.DialContext, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: idleConns,
			IdleConnTimeout: idleTime, TLSHandshakeTimeout: handshakeTime, MaxResponseHeaderBytes: maxHeader,
		}},
		CheckRedirect: func(_ *http.Request, via []*http.Request) error {
			if len(via) > l.Redirects {
				return http.ErrUseLastResponse
			}
			return nil
		},
	}
}

// bounded is a transport whose answers have an end.
type bounded struct {
	next http.RoundTripper
	max  int64
}

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.next.RoundTrip(r)
	if err == nil {
		resp.Body = &body{ReadCloser: resp.Body, left: b.max}
	}
	return resp, err
}

// CloseIdleConnections makes that of http.Client work.
func (b bounded) CloseIdleConnections() {
	if t, ok := b.next.(*http.Transport); ok {
		t.CloseIdleConnections()
	}
}

type body struct {
	io.ReadCloser
	left int64
}

func (b *body) Read(p []byte) (int, error) {
	// One byte more than allowed tells an answer that is too long from one that
	// just fits.
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if int64(n) > b.left {
		n, b.left = int(b.left), 0
		return n, ErrTooLong
	}
	b.left -= int64(n)
	return n, err
}
