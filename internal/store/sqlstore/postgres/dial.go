package postgres

import (
	"context"
	"net"
	"strings"
	"time"
)

// How long a server whose machine or network is gone goes unnoticed. A server
// that is only slow still answers for its machine, and is waited for.
const (
	// connectTimeout bounds the making of a connection to one host, where the URL
	// does not say otherwise.
	connectTimeout = 3 * time.Second
	// silence is how long what was sent may go unacknowledged.
	silence = 4 * time.Second
)

// probes ask after the machine at the other end while nothing is sent.
var probes = net.KeepAliveConfig{Enable: true, Idle: 2 * time.Second, Interval: time.Second, Count: 3}

// dialServer opens a connection that ends when the other machine falls silent: by
// itself, TCP goes on sending for a quarter of an hour.
func dialServer(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{KeepAliveConfig: probes}
	if strings.HasPrefix(network, "tcp") {
		d.Control = boundSilence
	}
	return d.DialContext(ctx, network, address)
}
