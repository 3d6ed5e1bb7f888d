package smpp_test

import (
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// centre is a message centre of the test's own. It speaks the protocol as its
// specification has it, and misbehaves as it is told.
type centre struct {
	net.Listener
	t *testing.T

	mu       sync.Mutex
	binds    int
	conns    []net.Conn
	submits  [][]byte // bodies of submit_sm
	commands []uint32
	// status answers submit_sm, bindStatus bind_transmitter.
	status, bindStatus uint32
	// hang leaves submit_sm, or everything, unanswered.
	hang, hangAll bool
	// drop ends the connection at the next submit_sm, garbage answers it so.
	drop, garbage bool
}

func newCentre(t *testing.T, config *tls.Config) *centre {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if config != nil {
		l = tls.NewListener(l, config)
	}
	c := &centre{Listener: l, t: t}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			c.mu.Lock()
			c.conns = append(c.conns, conn)
			c.mu.Unlock()
			all.Go(func() { c.serve(conn) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		c.dropAll()
		all.Wait()
	})
	return c
}

func (c *centre) dropAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.conns {
		_ = conn.Close()
	}
	c.conns = nil
}

// set changes how the centre behaves.
func (c *centre) set(change func(c *centre)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(c)
}

// got returns what is known of the centre's past.
func (c *centre) got() (binds int, submits [][]byte, commands []uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.binds, c.submits, c.commands
}

func (c *centre) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	for {
		head := make([]byte, 16)
		if _, err := io.ReadFull(conn, head); err != nil {
			return
		}
		body := make([]byte, binary.BigEndian.Uint32(head)-16)
		if _, err := io.ReadFull(conn, body); err != nil {
			return
		}
		if !c.answer(conn, binary.BigEndian.Uint32(head[4:]), binary.BigEndian.Uint32(head[12:]), body) {
			return
		}
	}
}

// answer deals with one unit and reports whether the connection goes on.
func (c *centre) answer(conn net.Conn, command, sequence uint32, body []byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.commands = append(c.commands, command)
	if c.hangAll {
		return true
	}
	switch command {
	case 0x02:
		c.binds++
		send(conn, 0x80000002, c.bindStatus, sequence, "centre\x00")
	case 0x04:
		c.submits = append(c.submits, body)
		switch {
		case c.drop:
			c.drop = false
			return false
		case c.garbage:
			_, _ = io.WriteString(conn, strings.Repeat("\xff", 64))
		case !c.hang:
			// A centre may ask in between, and send what the driver did not bind for.
			send(conn, 0x15, 0, 7, "")
			send(conn, 0x05, 0, 8, "\x00")
			send(conn, 0x80000004, c.status, sequence, "id\x00")
		}
	case 0x06:
		send(conn, 0x80000006, 0, sequence, "")
		return false
	case 0x15:
		send(conn, 0x80000015, 0, sequence, "")
	case 0x80000015, 0x80000000: // answers to what was asked in between
	default:
		c.t.Errorf("the driver sent the command %#x", command)
	}
	return true
}

func send(w io.Writer, command, status, sequence uint32, body string) {
	out := binary.BigEndian.AppendUint32(nil, uint32(16+len(body)))
	for _, n := range []uint32{command, status, sequence} {
		out = binary.BigEndian.AppendUint32(out, n)
	}
	_, _ = w.Write(append(out, body...))
}
