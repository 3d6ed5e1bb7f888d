package reliability

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// Bodies of a gigabyte, announced or not, are refused after a little of them, and
// their connections closed.
func TestEnormousBodies(t *testing.T) {
	const gigabyte = 1 << 30
	in := newInstallation(t, "")
	n := in.start(t)
	c := client(n.url, false)
	l := begin(t, c, newPeople(t, c, 4), none)
	l.await(20)
	memory := n.resident(t)
	for name, head := range map[string]string{"announced": request("SignUp", gigabyte), "in chunks": request("SignUp", 0)} {
		t.Run(name, func(t *testing.T) {
			var all sync.WaitGroup
			for range 16 {
				all.Go(func() {
					sent, status, err := pour(n.addr, head, gigabyte)
					if err != nil || status != http.StatusRequestEntityTooLarge || sent > 64*mib {
						t.Errorf("status %d after %d MiB, %v; want 413 after a few", status, sent/mib, err)
					}
				})
			}
			all.Wait()
		})
	}
	if now := n.resident(t); now > memory+256*mib {
		t.Errorf("the server holds %d MiB, %d before", now/mib, memory/mib)
	}
	l.await(20)
	l.end(c)
}

// pour sends head and a body of that many bytes, as far as the server takes
// them. It returns how many were sent, and the status of the answer, after which
// the connection has to end.
func pour(addr, head string, length int) (sent, status int, err error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = conn.Close() }() // closed by the server, too
	if err := conn.SetDeadline(time.Now().Add(recovery)); err != nil {
		return 0, 0, err
	}
	piece := strings.Repeat("a", 64<<10)
	if strings.Contains(head, "chunked") {
		piece = fmt.Sprintf("%x\r\n%s\r\n", len(piece), piece)
	}
	poured := make(chan int)
	go func() {
		total := 0
		for _, err := io.WriteString(conn, head); err == nil && total < length; total += len(piece) {
			_, err = io.WriteString(conn, piece)
		}
		poured <- total
	}()
	reader := bufio.NewReader(conn)
	resp, err := http.ReadResponse(reader, nil)
	if err == nil {
		_, err = io.Copy(io.Discard, resp.Body)
		status = resp.StatusCode
	}
	if err == nil {
		if _, err = reader.ReadByte(); errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) {
			err = nil
		}
	}
	return <-poured, status, err
}

// Bodies that a reader of JSON could choke on are answered by the protocol's
// exception, or by the operation where they are sound, and cost little memory.
func TestMonstrousJSON(t *testing.T) {
	const most = 5 << 19 // of a body
	fill := func(before, piece, after string) string {
		return before + strings.Repeat(piece, (most-len(before)-len(after))/len(piece)) + after
	}
	const unreadable, gone = "SerializationException", "ResourceNotFoundException"
	sound := `"ClientId":"x","Username":"ann","Password":"Passw0rd!"`
	in := newInstallation(t, "")
	n := in.start(t)
	memory := n.resident(t)
	for _, c := range []struct{ name, body, want string }{
		{"100,000 lists in one another", `{` + sound + `,"X":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`, unreadable},
		{"100,000 objects in one another", `{` + sound + `,"X":` + strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000) + `}`, unreadable},
		{"lists that never end", fill("", "[", ""), unreadable},
		{"objects that never end", fill("", `{"X":`, ""), unreadable},
		{"members that mean nothing", fill(`{`+sound, `,"Abc":1`, `}`), gone},
		{"one member again and again", fill(`{`+sound, `,"ClientId":"x"`, `}`), gone},
		{"the last of many counts", fill(`{`, `"ClientId":"no client!",`, sound+`}`), gone},
		{"too many elements", fill(`{`+sound+`,"UserAttributes":[`, `{},`, `{}]}`), unreadable},
		{"too many entries", fill(`{`+sound+`,"ClientMetadata":{"a":"b"`, `,"c":"d"`, `}}`), unreadable},
		{"a string that means nothing", fill(`{`+sound+`,"X":"`, "a", `"}`), gone},
		{"a string where a short one is due", fill(`{"Username":"ann","Password":"Passw0rd!","ClientId":"`, "a", `"}`), "InvalidParameterException"},
		{"a string of nothing but escapes", fill(`{`+sound+`,"X":"`, `\u0041`, `"}`), gone},
		{"a number that means nothing", fill(`{`+sound+`,"X":`, "9", `}`), gone},
		{"a number where a string is due", fill(`{"Username":`, "9", `}`), unreadable},
		{"an exponent beyond all numbers", `{` + sound + `,"X":1e999999999}`, gone},
		{"half a character of UTF-8", `{` + sound + ",\"X\":\"\xc3\"}", unreadable},
		{"a character of UTF-16 in two", `{` + sound + `,"X":"\ud800"}`, unreadable},
		{"no UTF-8 in a name", `{` + sound + ",\"\xff\":1}", unreadable},
		{"a text of nothing", fill("", " ", ""), "InvalidParameterException"},
		{"nothing but zeros", fill("", "\x00", ""), unreadable},
		{"one byte too much", fill("", " ", "") + " ", ""},
	} {
		if got := n.exception(t, "SignUp", c.body); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	now := n.resident(t)
	t.Logf("%d MiB of memory before, %d after", memory/mib, now/mib)
	if now > memory+256*mib {
		t.Errorf("the server holds %d MiB, %d before", now/mib, memory/mib)
	}
}

// exception sends a body and returns the exception that answers it, "" for a
// refusal without words.
func (n *node) exception(t testing.TB, operation, body string) string {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, n.url, strings.NewReader(body))
	noError(t, err)
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	resp, err := http.DefaultClient.Do(req)
	noError(t, err)
	_, err = io.Copy(io.Discard, resp.Body)
	noError(t, errors.Join(err, resp.Body.Close()))
	switch name := strings.TrimSuffix(resp.Header.Get("X-Amzn-Errortype"), ":"); {
	case name == "" && resp.StatusCode != http.StatusRequestEntityTooLarge:
		return resp.Status
	default:
		return name
	}
}

// Clients send the largest bodies that are allowed, all at once, and hold back the
// last byte: others are served, the server's memory stays bounded, and all of
// them are answered in the end.
func TestManyLargeBodies(t *testing.T) {
	const most = 5 << 19
	in := newInstallation(t, "")
	n := in.start(t, launch{args: []string{"--request-timeout=5m"}})
	c := client(n.url, false)
	p := newPeople(t, c, 4)
	l := begin(t, c, p, none)
	l.await(20)
	before := n.resident(t)
	body := `{"AccessToken":"` + p.tokens[0] + `","X":"`
	body += strings.Repeat("a", most-len(body)-2) + `"}`
	last := make(chan struct{})
	var all, sent sync.WaitGroup
	clients := often(64, 300)
	sent.Add(min(clients, largeBodies))
	var arrived atomic.Int64
	for i := range clients {
		all.Go(func() {
			conn, err := net.Dial("tcp", n.addr)
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = conn.Close() }() // it has been answered
			_, err = io.WriteString(conn, request("GetUser", most)+body[:most-1])
			if arrived.Add(1) <= largeBodies {
				sent.Done()
			}
			<-last
			_, err2 := io.WriteString(conn, body[most-1:])
			resp, err3 := http.ReadResponse(bufio.NewReader(conn), nil)
			if err := errors.Join(err, err2, err3); err != nil || resp.StatusCode != http.StatusOK {
				t.Errorf("client %d: %v %v", i, resp, err)
			}
		})
	}
	sent.Wait()
	l.await(100)
	held := n.resident(t)
	close(last)
	all.Wait()
	l.await(20)
	l.end(c)
	t.Logf("%d MiB of memory before, %d while %d clients held back a byte, %d at the end", before/mib, held/mib, clients, n.resident(t)/mib)
	if held > before+256*mib {
		t.Errorf("the server held %d MiB, %d before", held/mib, before/mib)
	}
}

// largeBodies is how many large bodies the server reads at once.
const largeBodies = 32
