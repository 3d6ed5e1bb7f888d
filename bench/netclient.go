package main

import (
	"bufio"
	"bytes"
	"cmp"
	"io"
	"net/http"
	"net/url"
)

// netConnection sends the same requests through Go's own HTTP client, which is
// what most programs do. It costs more than leanConnection, so that the same
// server looks better against the bare one.
type netConnection struct {
	addr      string
	transport *http.Transport
	headers   map[*request]*parsed
}

// parsed is a request taken apart for the client.
type parsed struct {
	header http.Header
	host   string
	body   int // where the body begins in raw
}

func newNetConnection(addr string) *netConnection {
	return &netConnection{
		addr:      addr,
		transport: &http.Transport{MaxConnsPerHost: 1, DisableCompression: true},
		headers:   make(map[*request]*parsed),
	}
}

func (c *netConnection) send(r *request) error {
	p, err := c.parse(r)
	if err != nil {
		return err
	}
	body := r.raw[p.body:]
	resp, err := c.transport.RoundTrip(&http.Request{
		Method: http.MethodPost, URL: &url.URL{Scheme: "http", Host: c.addr, Path: "/"}, Host: p.host,
		Header: p.header, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	})
	if err != nil {
		return err
	}
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = &answerError{resp.Status, text}
	}
	return cmp.Or(err, resp.Body.Close())
}

func (c *netConnection) parse(r *request) (*parsed, error) {
	if p, ok := c.headers[r]; ok {
		return p, nil
	}
	h, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(r.raw)))
	if err != nil {
		return nil, err
	}
	// Signed requests are made anew all the time; what is gone is let go.
	if len(c.headers) > 10*activePerConn {
		clear(c.headers)
	}
	p := &parsed{header: h.Header, host: h.Host, body: bytes.Index(r.raw, []byte("\r\n\r\n")) + 4}
	c.headers[r] = p
	return p, nil
}

func (c *netConnection) close() error {
	c.transport.CloseIdleConnections()
	return nil
}
