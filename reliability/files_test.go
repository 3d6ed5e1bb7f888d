package reliability

import (
	"net"
	"testing"
)

// A server may open 64 files, and more clients connect than that: those who were
// connected go on, durably, and once clients leave others are served again.
func TestOutOfFiles(t *testing.T) {
	onEachEngine(t, func(t *testing.T, in *installation) {
		n := in.start(t, launch{wrap: []string{"sh", "-c", `ulimit -n 64; exec "$@"`, "sh"}})
		c := client(n.url, false)
		l := begin(t, c, newPeople(t, c, 4), none)
		l.await(20)
		for range often(2, 20) {
			var idle []net.Conn
			for range 128 {
				conn, err := net.Dial("tcp", n.addr)
				noError(t, err)
				idle = append(idle, conn)
			}
			n.awaitLine(t, "no more connections are let in")
			l.await(200)
			for _, conn := range idle {
				noError(t, conn.Close())
			}
			// Somebody new is served.
			l.await(20)
			n.awaitReady(t, recovery)
		}
		l.end(client(n.url, true))
	})
}
