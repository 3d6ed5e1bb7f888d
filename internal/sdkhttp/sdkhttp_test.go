package sdkhttp_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	smithyhttp "github.com/aws/smithy-go/transport/http"

	"poolhouse.dev/internal/sdkhttp"
)

// asked ends the body of every request of the test.
const asked = "the last words"

// lateConn ends the write of a body only when the SDK has the head of the answer and has closed
// the body, as a busy machine may.
type lateConn struct {
	net.Conn
	headed <-chan struct{}
}

func (c lateConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	if strings.HasSuffix(string(b), asked) {
		<-c.headed
	}
	return n, err
}

// readLong reads a long answer as the SDK does, by a transport that is behind. The server has
// patience with the connection before it sends the most of it.
func readLong(t *testing.T, patience time.Duration, wrap func(*http.Client) *http.Client) error {
	t.Helper()
	long, head := strings.Repeat("a long answer ", 10000), make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, long[:10])
		_ = http.NewResponseController(w).Flush()
		select {
		case <-r.Context().Done(): // the connection is given up
		case <-time.After(patience):
		}
		_, _ = io.WriteString(w, long[10:])
	}))
	defer srv.Close()
	transport := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, addr)
		return lateConn{conn, head}, err
	}}
	defer transport.CloseIdleConnections()
	r := smithyhttp.NewStackRequest().(*smithyhttp.Request)
	r.Method = http.MethodPost
	var err error
	if r.URL, err = url.Parse(srv.URL); err != nil {
		t.Fatal(err)
	}
	if r, err = r.SetStream(strings.NewReader(asked)); err != nil {
		t.Fatal(err)
	}
	r.ContentLength = int64(len(asked))
	out, _, err := smithyhttp.NewClientHandlerWithOptions(wrap(&http.Client{Transport: transport})).Handle(t.Context(), r)
	close(head)
	if err != nil {
		t.Fatal(err)
	}
	resp := out.(*smithyhttp.Response)
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err == nil && string(got) != long {
		t.Errorf("the answer has %d bytes, not %d", len(got), len(long))
	}
	return err
}

// A long answer arrives whole although the request's body is closed before the transport has
// seen its end.
func TestLongAnswers(t *testing.T) {
	if err := readLong(t, 50*time.Millisecond, sdkhttp.Client); err != nil {
		t.Error(err)
	}
}

// Without the package it does not. When this fails, the SDK does without the package.
func TestLongAnswersOfTheSDKAlone(t *testing.T) {
	err := readLong(t, time.Minute, func(c *http.Client) *http.Client { return c })
	if err == nil || !strings.Contains(err.Error(), "use of closed network connection") {
		t.Errorf("the SDK reads a long answer with %v; is package sdkhttp needed any more?", err)
	}
}

// An HTTP client can still close the connections that nobody uses.
func TestIdleConnectionsAreClosed(t *testing.T) {
	ended := make(chan struct{}, 1)
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	srv.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			ended <- struct{}{}
		}
	}
	srv.Start()
	defer srv.Close()
	client := sdkhttp.Client(&http.Client{Transport: &http.Transport{}})
	resp, err := client.Get(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	client.CloseIdleConnections()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Error("the connection is still open")
	}
}
