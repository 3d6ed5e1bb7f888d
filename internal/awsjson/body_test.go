package awsjson_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"poolhouse.dev/internal/awsjson"
	"poolhouse.dev/internal/wire"
)

// gate is a server whose GetUser waits until it is opened.
type gate struct {
	url     string
	entered chan struct{}
	open    chan struct{}
}

func newGate(t *testing.T, timeout time.Duration) *gate {
	t.Helper()
	g := &gate{entered: make(chan struct{}), open: make(chan struct{})}
	server := httptest.NewServer(awsjson.New(awsjson.Config{
		Logger: slog.New(slog.DiscardHandler), Timeout: timeout,
		Handlers: &wire.Handlers{
			GetUser: func(context.Context, *wire.GetUserRequest) (*wire.GetUserResponse, error) {
				g.entered <- struct{}{}
				<-g.open
				return nil, nil
			},
			DeleteUser: func(context.Context, *wire.DeleteUserRequest) error { return nil },
		},
	}))
	t.Cleanup(server.Close)
	g.url = server.URL
	return g
}

// call sends a body of about that many bytes and returns the answer.
func (g *gate) call(t *testing.T, operation string, size int) reply {
	t.Helper()
	body := `{"AccessToken":"a.b.c","Unknown":"` + strings.Repeat("x", size) + `"}`
	// A reader of its own hides the length, so that every other one is chunked.
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, g.url, io.MultiReader(strings.NewReader(body)))
	if err != nil {
		t.Fatal(err)
	}
	if size%2 == 0 {
		r.ContentLength = int64(len(body))
	}
	r.Header.Set("X-Amz-Target", wire.TargetPrefix+operation)
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	return send(t, r)
}

const (
	large    = 100 << 10
	allLarge = 32 // that are held at once
)

// fill has every place for large bodies taken, and returns a function that ends
// those requests.
func (g *gate) fill(t *testing.T) (end func()) {
	t.Helper()
	var all sync.WaitGroup
	for i := range allLarge {
		all.Go(func() {
			if got := g.call(t, "GetUser", large+i); got.status != 200 {
				t.Errorf("a large body: status %d, %s", got.status, got.body)
			}
		})
	}
	for range allLarge {
		<-g.entered
	}
	return func() {
		close(g.open)
		all.Wait()
	}
}

// Who comes with a large body while as many as may be are held waits for a place;
// small ones go on.
func TestLargeBodiesWaitForAPlace(t *testing.T) {
	g := newGate(t, time.Minute)
	end := g.fill(t)
	waiting := make(chan reply)
	go func() { waiting <- g.call(t, "DeleteUser", large) }()
	for range 10 {
		if got := g.call(t, "DeleteUser", 100); got.status != 200 {
			t.Errorf("a small body: status %d, %s", got.status, got.body)
		}
	}
	select {
	case got := <-waiting:
		t.Errorf("a large body had a place: status %d, %s", got.status, got.body)
	default:
	}
	end()
	if got := <-waiting; got.status != 200 {
		t.Errorf("after the wait: status %d, %s", got.status, got.body)
	}
}

// A wait in vain ends with what SDKs try again.
func TestLargeBodyFindsNoPlace(t *testing.T) {
	g := newGate(t, 50*time.Millisecond)
	end := g.fill(t)
	for _, size := range []int{large, large + 1} {
		if got := g.call(t, "DeleteUser", size); got.code(t) != "TooManyRequestsException" {
			t.Errorf("status %d, %s", got.status, got.body)
		}
	}
	end()
	for _, size := range []int{large, large + 1} {
		if got := g.call(t, "DeleteUser", size); got.status != 200 {
			t.Errorf("afterwards: status %d, %s", got.status, got.body)
		}
	}
}
