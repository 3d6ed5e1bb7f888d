package postgres_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"
)

// cut says where a reply gets lost.
type cut int

const (
	// cutBefore: the server never sees what was sent.
	cutBefore cut = iota
	// cutAfter: the server has done it; its answer is lost.
	cutAfter
)

func (c cut) String() string { return [...]string{"before", "after"}[c] }

// chaos is a network that loses a reply when it is armed.
type chaos struct {
	mu      sync.Mutex
	armed   bool
	cut     cut
	match   func(sent []byte) bool
	during  func()
	cancels int
}

// arm breaks the first connection that sends what match accepts. during, if not
// nil, runs at that moment.
func (c *chaos) arm(where cut, match func([]byte) bool, during func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.armed, c.cut, c.match, c.during = true, where, match, during
}

// check fails the test unless the reply was lost, and if a cancel request was
// sent.
func (c *chaos) check(t *testing.T) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.armed {
		t.Error("no connection was broken")
	}
	if c.cancels > 0 {
		t.Errorf("%d cancel requests were sent", c.cancels)
	}
}

func (c *chaos) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &chaosConn{Conn: conn, chaos: c}, nil
}

type chaosConn struct {
	net.Conn
	chaos  *chaos
	broken bool // since the write that matched; reads and writes do not overlap
	wait   bool // for the server's answer
	during func()
}

func (c *chaosConn) Write(b []byte) (int, error) {
	c.chaos.mu.Lock()
	if len(b) == 16 && binary.BigEndian.Uint32(b[4:]) == 80877102 {
		c.chaos.cancels++
	}
	if c.chaos.armed && c.chaos.match(b) {
		c.chaos.armed = false
		c.broken, c.wait, c.during = true, c.chaos.cut == cutAfter, c.chaos.during
	}
	c.chaos.mu.Unlock()
	if c.broken && !c.wait {
		return len(b), nil
	}
	return c.Conn.Write(b)
}

func (c *chaosConn) Read(b []byte) (int, error) {
	if !c.broken {
		return c.Conn.Read(b)
	}
	if c.wait {
		c.Conn.Read(b)
		c.wait = false
	}
	// The server ends the session, and whatever it had not committed.
	c.Conn.Close()
	if c.during != nil {
		c.during()
		c.during = nil
	}
	return 0, io.EOF
}

// Patterns of what the store sends.
var (
	// isCommit is the COMMIT of a set of several statements.
	isCommit = func(b []byte) bool { return bytes.HasPrefix(b, []byte("Q\x00\x00\x00\x0bcommit\x00")) }
	// isSingle is a statement that is a transaction by itself.
	isSingle = func(b []byte) bool { return countMessages(b, 'B') == 1 }
	// isMerged is BEGIN, the settings, a statement with the values of several rows and
	// COMMIT.
	isMerged = func(b []byte) bool { return countMessages(b, 'B') == 4 && len(b) > 4096 }
	// isCombined is BEGIN, at least two statements and COMMIT.
	isCombined = func(b []byte) bool { return countMessages(b, 'B') >= 4 }
)

func countMessages(b []byte, kind byte) (n int) {
	for len(b) >= 5 {
		if b[0] == kind {
			n++
		}
		end := 1 + int(binary.BigEndian.Uint32(b[1:]))
		if end > len(b) {
			break
		}
		b = b[end:]
	}
	return n
}
