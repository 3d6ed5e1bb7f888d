// Package freeport finds ports for servers that have to be told one before they start.
//
// A port that the system chooses is from the range that it also gives to outgoing
// connections, one of which may take it before the server has started. So the ports
// here are from below that range, and chosen at random, since tests of several packages
// run side by side.
package freeport

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// The ports that are chosen from. Linux gives those from 32768 on to outgoing
// connections, other systems those from 49152 on.
const (
	first = 12000
	last  = 32000
)

// attempts is how many ports in a row may be taken.
const attempts = 100

// Choose returns a TCP port of 127.0.0.1 that nobody listens on.
func Choose() (int, error) {
	var errs []error
	for range attempts {
		port := first + rand.IntN(last-first)
		l, err := net.Listen("tcp", Addr(port))
		if err == nil {
			return port, l.Close()
		}
		errs = append(errs, err)
	}
	return 0, fmt.Errorf("finding a free port: %w", errors.Join(errs...))
}

// Addr is a port of 127.0.0.1 as listeners and clients take it.
func Addr(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
