package conformance

import (
	"bufio"
	"fmt"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// keptMail is a mail server that keeps every message and then says that it
// cannot take it just now.
type keptMail struct {
	port    int
	mu      sync.Mutex
	letters map[string]string
}

func keepMail(t *testing.T) *keptMail {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &keptMail{port: l.Addr().(*net.TCPAddr).Port, letters: map[string]string{}}
	var open sync.WaitGroup
	open.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			open.Go(func() { m.talk(conn) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		open.Wait()
	})
	return m
}

func (m *keptMail) talk(conn net.Conn) {
	defer conn.Close()
	fmt.Fprint(conn, "220 mail.test\r\n")
	lines := bufio.NewScanner(conn)
	var to string
	for lines.Scan() {
		answer := "250 fine"
		switch command := lines.Text(); {
		case strings.HasPrefix(command, "RCPT TO:"):
			to = strings.Trim(strings.Fields(strings.TrimPrefix(command, "RCPT TO:"))[0], "<>")
		case strings.HasPrefix(command, "DATA"):
			fmt.Fprint(conn, "354 go on\r\n")
			var letter strings.Builder
			for lines.Scan() && lines.Text() != "." {
				letter.WriteString(lines.Text() + "\n")
			}
			m.mu.Lock()
			m.letters[to] = letter.String()
			m.mu.Unlock()
			answer = "451 try again later"
		case strings.HasPrefix(command, "QUIT"):
			fmt.Fprint(conn, "221 bye\r\n")
			return
		}
		fmt.Fprint(conn, answer+"\r\n")
	}
}

var codeForm = regexp.MustCompile(`code is ([0-9]{6})`)

// code returns the code in the newest letter to an address.
func (m *keptMail) code(t *testing.T, to string) string {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	found := codeForm.FindStringSubmatch(m.letters[to])
	if found == nil {
		t.Fatalf("no code for %s in %q", to, m.letters[to])
	}
	return found[1]
}
