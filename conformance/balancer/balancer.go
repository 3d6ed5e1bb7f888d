// Package balancer spreads TCP connections over the nodes of one poolhouse, as
// the plain balancer in front of a real installation does: each connection goes
// to a node that is drawn at random, and one that does not take it is passed
// over. It knows nothing of HTTP, so that a client that keeps its connection
// stays with one node, and one that does not meets another with every request.
package balancer

import (
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// dialTimeout is how long a node may take to take a connection.
const dialTimeout = 2 * time.Second

// lastWords is how long a side may go on to talk after the other one has ended.
const lastWords = time.Second

// Balancer is a running balancer. It is safe for concurrent use.
type Balancer struct {
	listener net.Listener
	serving  sync.WaitGroup

	mu     sync.Mutex
	nodes  []string
	open   map[net.Conn]bool
	closed bool
}

// Start starts a balancer on a port of this machine's. Until SetNodes it drops
// every connection.
func Start() (*Balancer, error) { return StartOn("127.0.0.1") }

// StartOn is Start on another of the machine's addresses.
func StartOn(host string) (*Balancer, error) {
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return nil, err
	}
	b := &Balancer{listener: l, open: map[net.Conn]bool{}}
	b.serving.Go(b.accept)
	return b, nil
}

// Addr is host:port of the balancer.
func (b *Balancer) Addr() string { return b.listener.Addr().String() }

// SetNodes says which nodes, host:port, new connections go to.
func (b *Balancer) SetNodes(addrs ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.nodes = append([]string(nil), addrs...)
}

// Cut ends every connection through the balancer. New ones are taken as before.
func (b *Balancer) Cut() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for c := range b.open {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // ends with a reset
		}
		_ = c.Close() // pass may have closed it
	}
}

// Close ends the balancer and every connection through it.
func (b *Balancer) Close() error {
	b.mu.Lock()
	b.closed = true
	err := b.listener.Close()
	for c := range b.open {
		err = errors.Join(err, ignoreClosed(c.Close()))
	}
	b.mu.Unlock()
	b.serving.Wait()
	return err
}

func (b *Balancer) accept() {
	for {
		client, err := b.listener.Accept()
		if err != nil {
			return
		}
		b.serving.Go(func() { b.serve(client) })
	}
}

// serve carries one connection until either side ends it.
func (b *Balancer) serve(client net.Conn) {
	defer b.drop(client)
	if !b.keep(client) {
		return
	}
	node := b.connect()
	if node == nil {
		return
	}
	defer b.drop(node)
	if !b.keep(node) {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { pass(node, client) })
	both.Go(func() { pass(client, node) })
	both.Wait()
}

// pass copies until from ends, and tells to. When to takes no more, it still lets from
// finish what it says: to end its connection before that would take back what to
// has answered.
func pass(to, from net.Conn) {
	_, err := io.Copy(to, from)
	if tcp, ok := to.(*net.TCPConn); ok && err == nil {
		_ = tcp.CloseWrite() // the other side is gone already
		return
	}
	_ = to.Close()
	_ = from.SetReadDeadline(time.Now().Add(lastWords))
	_, _ = io.Copy(io.Discard, from) // nobody is left to be told
	_ = from.Close()
}

// connect opens a connection to a node, in random order; nil when none takes it.
func (b *Balancer) connect() net.Conn {
	b.mu.Lock()
	nodes := append([]string(nil), b.nodes...)
	b.mu.Unlock()
	rand.Shuffle(len(nodes), func(i, j int) { nodes[i], nodes[j] = nodes[j], nodes[i] })
	for _, addr := range nodes {
		if c, err := net.DialTimeout("tcp", addr, dialTimeout); err == nil {
			return c
		}
	}
	return nil
}

// keep notes an open connection; it reports false after Close.
func (b *Balancer) keep(c net.Conn) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return false
	}
	b.open[c] = true
	return true
}

func (b *Balancer) drop(c net.Conn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.open, c)
	_ = c.Close() // often closed by pass
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
