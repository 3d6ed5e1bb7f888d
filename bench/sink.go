package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
)

// startSink starts a webhook that takes every message, as a mail provider next door
// would, and returns its URL.
func startSink(ctx context.Context) (url string, stop func(), err error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("listening for messages: %w", err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
	})}
	go func() { _ = server.Serve(l) }() // until stop
	return "http://" + l.Addr().String() + "/", func() { _ = server.Close() }, nil
}
