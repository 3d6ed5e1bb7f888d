package awsjson

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"time"

	"poolhouse.dev/internal/fault"
)

const (
	// smallBody is what a body may have in bytes that needs no place of its own:
	// more than requests of apps ever have.
	smallBody = maxKept
	// maxLarge bounds how many larger bodies are held at once, so that many clients
	// with large bodies cannot take all of the machine's memory, however slowly
	// they send them.
	maxLarge = 32
)

// places are those of large bodies.
type places chan struct{}

// enter waits for a place and reports whether there was one in time.
func (p places) enter(within time.Duration) bool {
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case p <- struct{}{}:
		return true
	case <-timer.C:
		return false
	}
}

// leave gives the place back, if there was one.
func (p places) leave(placed bool) {
	if placed {
		<-p
	}
}

// errNoPlace answers who waited in vain for a place. SDKs try again.
var errNoPlace = fault.TooManyRequests("Too many requests")

// readBody reads the whole body, which belongs to b. A large one waits for a place,
// with the rest of it left to the connection; placed says that the caller has to
// leave it when the request has ended, whatever the error.
func (x *exchange) readBody(b *buffers, large places) (body []byte, placed bool, err error) {
	length := x.r.ContentLength
	switch {
	case length > x.MaxBody:
		return nil, false, errTooLarge
	case length >= 0 && length <= smallBody:
		return x.readSmall(b, int(length))
	}
	rest := http.MaxBytesReader(x.w, x.r.Body, x.MaxBody)
	if _, err = b.body.ReadFrom(io.LimitReader(rest, smallBody)); err == nil && b.body.Len() == smallBody {
		if placed = large.enter(x.Timeout); !placed {
			return nil, false, errNoPlace
		}
		b.body.Grow(int(max(length-smallBody, 0)) + bytes.MinRead)
		_, err = b.body.ReadFrom(rest)
	}
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		return nil, placed, errTooLarge
	}
	if err != nil {
		// The client went away, was too slow or sent a broken chunk: nobody waits
		// for words.
		return nil, placed, errUnreadable
	}
	return b.body.Bytes(), placed, nil
}

// readSmall is readBody for a body of a length that needs no place.
func (x *exchange) readSmall(b *buffers, length int) ([]byte, bool, error) {
	b.body.Grow(length)
	body := b.body.AvailableBuffer()[:length]
	n, err := io.ReadFull(x.r.Body, body)
	b.body.Write(body[:n]) // it is there already, and now to be wiped
	if err != nil {
		return nil, false, errUnreadable
	}
	return b.body.Bytes(), false, nil
}
