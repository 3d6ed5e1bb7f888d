package reliability

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Ten thousand clients hold connections open and ask for nothing: others are
// served, each connection costs little memory, and they are closed after a while.
func TestIdleConnections(t *testing.T) {
	t.Parallel() // it waits most of the time
	wanted := 10_000
	var limit syscall.Rlimit
	noError(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit))
	if most := int(limit.Cur) - 500; most < wanted {
		t.Logf("only %d connections instead of %d: this process may open no more than %d files", most, wanted, limit.Cur)
		wanted = most
	}
	in := newInstallation(t, "")
	n := in.start(t, launch{args: []string{"--idle-timeout=12s"}})
	c := client(n.url, false)
	l := begin(t, c, newPeople(t, c, 4), none)
	l.await(20)
	memory, files := n.resident(t), n.openFiles(t)
	connections := make([]net.Conn, wanted)
	for i := range connections {
		conn, err := net.Dial("tcp", n.addr)
		noError(t, err)
		defer func() { _ = conn.Close() }() // closed by the server, too
		// One in two has asked before.
		if connections[i] = conn; i%2 == 0 {
			ask(t, conn)
		}
	}
	each := (n.resident(t) - memory) / wanted
	t.Logf("%d connections, %d files open: %d bytes of memory for each, %d MiB in all", wanted, n.openFiles(t), each, n.resident(t)/mib)
	if each > 64<<10 {
		t.Errorf("a connection that asks for nothing costs %d bytes", each)
	}
	l.await(50)
	for i, conn := range connections {
		noError(t, conn.SetReadDeadline(time.Now().Add(recovery)))
		if got, err := io.ReadAll(conn); err != nil || len(got) > 0 {
			t.Fatalf("connection %d: %q, %v", i, got, err)
		}
	}
	l.await(50)
	l.end(c)
	if now := n.openFiles(t); now > files+20 {
		t.Errorf("%d files are open, %d were before", now, files)
	}
}

// ask sends a request and reads the answer.
func ask(t testing.TB, conn net.Conn) {
	t.Helper()
	_, err := io.WriteString(conn, "GET /_poolhouse/health HTTP/1.1\r\nHost: poolhouse.test\r\n\r\n")
	noError(t, err)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	noError(t, err)
	_, err = io.Copy(io.Discard, resp.Body)
	noError(t, err)
	noError(t, resp.Body.Close())
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("health answered %s", resp.Status)
	}
}

// Hundreds of clients send a byte now and then: heads that never end, and bodies
// that would take for ever. All of them are ended, and others are served.
func TestSlowClients(t *testing.T) {
	t.Parallel() // it waits most of the time
	in := newInstallation(t, "")
	n := in.start(t, launch{args: []string{"--request-timeout=8s"}})
	c := client(n.url, false)
	l := begin(t, c, newPeople(t, c, 4), none)
	var slow sync.WaitGroup
	for i := range often(200, 1000) {
		head := "POST / HTTP/1.1\r\nHost: poolhouse.test\r\nX-Slow: "
		if i%2 == 0 {
			head = request("SignUp", 1000)
		}
		slow.Go(func() {
			if got, err := trickle(n.addr, head); err != nil {
				t.Errorf("a slow client: %v", err)
			} else if i%2 == 0 && !bytes.Contains(got, []byte("SerializationException")) || i%2 == 1 && len(got) > 0 {
				t.Errorf("a slow client was answered %q", got)
			}
		})
	}
	l.await(100)
	slow.Wait()
	l.await(50)
	l.end(c)
}

// request returns the head of a request to an operation, with a body of that
// many bytes to follow; 0 is a chunked one.
func request(operation string, length int) string {
	head := "POST / HTTP/1.1\r\nHost: poolhouse.test\r\nContent-Type: application/x-amz-json-1.1\r\nX-Amz-Target: AWSCognitoIdentityProviderService." + operation
	if length == 0 {
		return head + "\r\nTransfer-Encoding: chunked\r\n\r\n"
	}
	return fmt.Sprintf("%s\r\nContent-Length: %d\r\n\r\n", head, length)
}

// trickle sends head, then a byte now and then until the server ends it, and
// returns what was answered.
func trickle(addr, head string) ([]byte, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }() // closed by the server, too
	if _, err := io.WriteString(conn, head); err != nil {
		return nil, err
	}
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		for tick := time.NewTicker(200 * time.Millisecond); ; {
			select {
			case <-ended:
				return
			case <-tick.C:
				_, _ = conn.Write([]byte("a")) // the reader sees when it is over
			}
		}
	}()
	if err := conn.SetReadDeadline(time.Now().Add(recovery)); err != nil {
		return nil, err
	}
	got, err := io.ReadAll(conn)
	if errors.Is(err, syscall.ECONNRESET) {
		err = nil // bytes were under way when it was closed
	}
	return got, err
}
