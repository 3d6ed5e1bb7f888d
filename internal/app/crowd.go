package app

import (
	"log/slog"
	"net"
	"sync"
	"syscall"
	"time"
)

// ownFiles is how many of the files that the process may open are kept from
// clients' connections, for the database, mail and whatever else it calls; of a
// low limit it is half.
const ownFiles = 256

// crowdNotice is how often at most a line tells that there are too many clients.
const crowdNotice = time.Minute

// crowd lets in so many connections that the process does not run out of files.
// Who comes while it is full waits before the door, where the system keeps them,
// until somebody leaves.
type crowd struct {
	net.Listener
	places chan struct{}
	closed chan struct{}
	close  func() error
	logger *slog.Logger
	told   time.Time // by Accept alone
}

// newCrowd bounds the connections of l by what the process may open.
func newCrowd(l net.Listener, logger *slog.Logger) net.Listener {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur > 1<<30 {
		return l
	}
	files := int(limit.Cur)
	c := &crowd{Listener: l, places: make(chan struct{}, max(files-min(ownFiles, files/2), 1)), closed: make(chan struct{}), logger: logger}
	c.close = sync.OnceValue(func() error {
		close(c.closed)
		return l.Close()
	})
	return c
}

// Accept implements net.Listener. It is for one goroutine at a time.
func (c *crowd) Accept() (net.Conn, error) {
	select {
	case c.places <- struct{}{}:
	default:
		if now := time.Now(); now.Sub(c.told) >= crowdNotice {
			c.told = now
			c.logger.Warn("no more connections are let in until some end; raise the limit of open files (ulimit -n)", "connections", cap(c.places))
		}
		select {
		case c.places <- struct{}{}:
		case <-c.closed:
			return nil, net.ErrClosed
		}
	}
	conn, err := c.Listener.Accept()
	if err != nil {
		<-c.places
		return nil, err
	}
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		<-c.places
		return conn, nil
	}
	return &guest{TCPConn: tcp, leave: sync.OnceFunc(func() { <-c.places })}, nil
}

// Close implements net.Listener. It ends an Accept that waits.
func (c *crowd) Close() error { return c.close() }

// guest is a connection that has a place in a crowd. It keeps what the server asks
// of a TCP connection besides net.Conn.
type guest struct {
	*net.TCPConn
	leave func()
}

// Close implements net.Conn.
func (g *guest) Close() error {
	defer g.leave()
	return g.TCPConn.Close()
}
