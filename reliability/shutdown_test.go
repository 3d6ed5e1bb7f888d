package reliability

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// A server is asked to stop under load, and started again: it ends in good order,
// and nothing that it acknowledged is lost.
func TestStoppedUnderLoad(t *testing.T) {
	onEachEngine(t, func(t *testing.T, in *installation) {
		n := in.start(t)
		c := client(n.url, false)
		l := begin(t, c, newPeople(t, c, 8), retryable)
		for range often(3, 20) {
			l.await(50)
			if code := n.stop(t); code != 0 {
				t.Fatalf("the server ended with %d:\n%s", code, n.log.tail(8<<10))
			}
			n = in.start(t, launch{addr: n.addr})
		}
		l.await(20)
		l.end(c)
	})
}

// A request is under way when the server is asked to stop: nobody new is let in,
// the request is finished, and what it changed is there.
func TestRequestUnderWayIsFinished(t *testing.T) {
	onEachEngine(t, func(t *testing.T, in *installation) {
		mail := newMailServer(t)
		release := mail.hold()
		n := in.start(t, launch{args: mail.flags()})
		p, answered := lettersUnderWay(t, n, mail)
		noError(t, n.cmd.Process.Signal(syscall.SIGTERM))
		awaitRefusal(t, n.addr)
		select {
		case err := <-answered:
			t.Fatalf("answered while its letter is under way: %v", err)
		default:
		}
		release()
		if err := <-answered; err != nil {
			t.Errorf("the request that was under way: %v", err)
		}
		<-n.gone
		if code := n.cmd.ProcessState.ExitCode(); code != 0 {
			t.Errorf("the server ended with %d:\n%s", code, n.log.tail(8<<10))
		}
		n = in.start(t, launch{addr: n.addr, args: mail.flags()})
		c := client(n.url, false)
		_, err := c.VerifyUserAttribute(t.Context(), &cip.VerifyUserAttributeInput{
			AccessToken: &p.tokens[0], AttributeName: aws.String("email"), Code: aws.String(mail.code(wanted)),
		})
		noError(t, err)
	})
}

// What holds a server up when it is asked to stop is cut off, after
// --shutdown-timeout or by a second signal: the exit code and the last line say so,
// and what was stored before is there.
func TestRequestsAreCutOff(t *testing.T) {
	onEachEngine(t, func(t *testing.T, in *installation) {
		mail := newMailServer(t)
		for name, c := range map[string]struct {
			timeout string
			more    func(n *node) error
			says    string
		}{
			"in time": {"1s", func(*node) error { return nil },
				"poolhouse: stopping: requests cut off that had not finished after --shutdown-timeout (1s): 2 (context deadline exceeded)\n"},
			"by a second signal": {"10m", func(n *node) error { return n.cmd.Process.Signal(syscall.SIGTERM) },
				"poolhouse: stopping; a second signal ends at once\n"},
		} {
			t.Run(name, func(t *testing.T) {
				release := mail.hold()
				defer release()
				options := launch{args: append(mail.flags(), "--shutdown-timeout="+c.timeout)}
				n := in.start(t, options)
				l := begin(t, client(n.url, false), newPeople(t, client(n.url, false), 4), retryable)
				l.await(20)
				p, answered := lettersUnderWay(t, n, mail)
				slow := halfARequest(t, n)
				noError(t, n.cmd.Process.Signal(syscall.SIGTERM))
				awaitRefusal(t, n.addr)
				noError(t, c.more(n))
				<-n.gone
				if code := n.cmd.ProcessState.ExitCode(); code != 1 || !strings.HasSuffix(n.log.tail(1<<10), c.says) {
					t.Errorf("the server ended with %d and said:\n%s", code, n.log.tail(1<<10))
				}
				if err := <-answered; !isConnection(err) {
					t.Errorf("the request that was cut off: %v", err)
				}
				if _, err := http.ReadResponse(slow, nil); !isConnection(err) {
					t.Errorf("the slow request: %v", err)
				}
				if strings.Contains(n.log.tail(64<<10), "panic") {
					t.Errorf("the server panicked:\n%s", n.log.tail(64<<10))
				}
				options.addr = n.addr
				n = in.start(t, options)
				l.await(20)
				l.end(client(n.url, false))
				if got, err := attribute(client(n.url, false), p.tokens[0], "email"); err != nil || got != wanted {
					t.Errorf("the address is %q, %v; the change was stored before its letter", got, err)
				}
			})
		}
	})
}

// wanted is the address that somebody moves to.
const wanted = "wanted@example.com"

// lettersUnderWay has somebody change their address, and returns when the letter
// about it waits at the mail server; the answer comes when it is let go.
func lettersUnderWay(t *testing.T, n *node, mail *mailServer) (*people, <-chan error) {
	t.Helper()
	c := client(n.url, false)
	p := newPeople(t, c, 1)
	_, err := c.UpdateUserPool(t.Context(), &cip.UpdateUserPoolInput{UserPoolId: &p.pool, AutoVerifiedAttributes: []types.VerifiedAttributeType{"email"}})
	noError(t, err)
	answered := make(chan error, 1)
	go func() {
		_, err := c.UpdateUserAttributes(t.Context(), &cip.UpdateUserAttributesInput{
			AccessToken: &p.tokens[0], UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: aws.String(wanted)}},
		})
		answered <- err
	}()
	select {
	case <-mail.arrived:
	case err := <-answered:
		t.Fatalf("answered before the letter arrived: %v", err)
	}
	return p, answered
}

// halfARequest sends a request but for its last bytes, and returns when the server
// is reading it.
func halfARequest(t *testing.T, n *node) *bufio.Reader {
	t.Helper()
	conn, err := net.Dial("tcp", n.addr)
	noError(t, err)
	t.Cleanup(func() { _ = conn.Close() }) // the server may have closed it
	_, err = io.WriteString(conn, strings.Replace(request("GetUser", 1000), "\r\n", "\r\nExpect: 100-continue\r\n", 1))
	noError(t, err)
	answers := bufio.NewReader(conn)
	resp, err := http.ReadResponse(answers, nil)
	noError(t, err)
	noError(t, resp.Body.Close())
	if resp.StatusCode != http.StatusContinue {
		t.Fatalf("the server does not read the body: %s", resp.Status)
	}
	_, err = io.WriteString(conn, `{"AccessToken":`)
	noError(t, err)
	return answers
}

// awaitRefusal waits until nobody is let in any more.
func awaitRefusal(t *testing.T, addr string) {
	t.Helper()
	for end := time.Now().Add(recovery); time.Now().Before(end); time.Sleep(time.Millisecond) {
		conn, err := net.Dial("tcp", addr)
		if errors.Is(err, syscall.ECONNREFUSED) {
			return
		}
		if err == nil {
			err = conn.Close()
		}
		if !errors.Is(err, syscall.ECONNRESET) { // it waited before the door that was closed
			noError(t, err)
		}
	}
	t.Fatalf("%s still lets clients in", addr)
}
