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
}

func newNetConnection(addr string) *netConnection {
	return &netConnection{addr: addr, transport: &http.Transport{MaxConnsPerHost: 1, DisableCompression: true}}
}

func (c *netConnection) send(r *request) error {
	if r.parsed == nil {
		var err error
		if r.parsed, err = http.ReadRequest(bufio.NewReader(bytes.NewReader(r.raw))); err != nil {
			return err
		}
	}
	resp, err := c.transport.RoundTrip(&http.Request{
		Method: http.MethodPost, URL: &url.URL{Scheme: "http", Host: c.addr, Path: "/"}, Host: r.parsed.Host,
		Header: r.parsed.Header, Body: io.NopCloser(bytes.NewReader(r.body)), ContentLength: int64(len(r.body)),
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

func (c *netConnection) close() error {
	c.transport.CloseIdleConnections()
	return nil
}
