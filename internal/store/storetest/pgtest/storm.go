package pgtest

import (
	_ "embed"
	"io"
	"math/rand/v2"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
)

//go:embed storm.sql
var stormSQL string

// Storm is a database in bad weather. Its transactions are serializable, and fail
// with 40001 now and then, at a statement or at the commit. Once Begin was called,
// connections to it break, before the server sees what was sent or after it did it.
type Storm struct {
	// URL is that of the database.
	URL      string
	listener net.Listener
	target   string
	oneIn    atomic.Int64
	broken   atomic.Int64
	mu       sync.Mutex
	conns    map[net.Conn]bool
	done     sync.WaitGroup
}

// calm is how often a client sends something over a connection before it may break:
// enough to sign in and to ask for settings.
const calm = 16

// NewStorm makes an empty database in the process's cluster. The caller ends it
// with Close, after everybody who uses it. The test is skipped on a machine
// without PostgreSQL.
func NewStorm(t testing.TB) *Storm {
	t.Helper()
	address := Database(t)
	Run(t, address, stormSQL)
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	s := &Storm{target: u.Host, conns: make(map[net.Conn]bool)}
	if s.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	u.Host = s.listener.Addr().String()
	q := u.Query()
	q.Set("default_transaction_isolation", "serializable")
	u.RawQuery = q.Encode()
	s.URL = u.String()
	s.done.Go(s.accept)
	return s
}

// Begin lets connections break when something is sent, one time in so many.
func (s *Storm) Begin(oneIn int64) { s.oneIn.Store(oneIn) }

// Broken returns how many connections were broken.
func (s *Storm) Broken() int64 { return s.broken.Load() }

// Close ends all connections.
func (s *Storm) Close() {
	s.listener.Close()
	s.mu.Lock()
	for c := range s.conns {
		c.Close()
	}
	s.mu.Unlock()
	s.done.Wait()
}

func (s *Storm) accept() {
	for {
		client, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.done.Go(func() { s.serve(client) })
	}
}

// serve carries one connection until an end of it is closed or it breaks.
func (s *Storm) serve(client net.Conn) {
	server, err := net.Dial("tcp", s.target)
	if err != nil {
		client.Close()
		return
	}
	closeBoth := func() { client.Close(); server.Close() }
	s.keep(true, client, server)
	defer s.keep(false, client, server)
	defer closeBoth()
	var lost atomic.Bool
	s.done.Go(func() {
		defer closeBoth()
		buffer := make([]byte, 64<<10)
		for {
			n, err := server.Read(buffer)
			if err != nil || lost.Load() {
				return // what the server did stays done; nobody hears of it
			}
			if _, err := client.Write(buffer[:n]); err != nil {
				return
			}
		}
	})
	buffer := make([]byte, 64<<10)
	for sent := 0; ; sent++ {
		n, err := client.Read(buffer)
		if err != nil {
			return
		}
		if oneIn := s.oneIn.Load(); oneIn > 0 && sent >= calm && rand.N(oneIn) == 0 {
			s.broken.Add(1)
			if rand.N(2) == 0 {
				return
			}
			lost.Store(true)
		}
		if _, err := server.Write(buffer[:n]); err != nil {
			return
		}
		if lost.Load() {
			// The other direction ends the connection when the answer comes.
			_, _ = io.Copy(io.Discard, client)
			return
		}
	}
}

// keep notes connections for Close, or forgets them.
func (s *Storm) keep(open bool, conns ...net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range conns {
		if open {
			s.conns[c] = true
		} else {
			delete(s.conns, c)
		}
	}
}
