package freeport_test

import (
	"net"
	"testing"

	"poolhouse.dev/internal/freeport"
)

func TestChosenPortCanBeListenedOn(t *testing.T) {
	seen := make(map[int]bool)
	for range 50 {
		port, err := freeport.Choose()
		if err != nil {
			t.Fatal(err)
		}
		l, err := net.Listen("tcp", freeport.Addr(port))
		if err != nil {
			t.Fatal(err)
		}
		// It stays taken to the end, so that no port can come twice.
		defer l.Close()
		if seen[port] {
			t.Errorf("port %d was chosen while it was in use", port)
		}
		seen[port] = true
		if port >= 32768 {
			t.Errorf("port %d is one of those that outgoing connections get", port)
		}
	}
}
