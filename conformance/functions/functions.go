// Package functions runs Lambda functions for tests, as child processes on the
// runtime API that AWS Lambda gives a function: one in Go, built with AWS's own
// library, and one in Node.js. It is reached in both of the ways that poolhouse
// knows, by plain HTTP and by the Invoke operation of the AWS Lambda API.
//
// What the functions do is in greeter/main.go and greeter.mjs, and is the same.
// Start with [Runtime].
package functions

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Runtime runs one function. It is safe for concurrent use; the function works
// on one event at a time.
type Runtime struct {
	server *httptest.Server
	start  func(api string) (*exec.Cmd, error)
	once   sync.Once
	cmd    *exec.Cmd
	err    error
	said   bytes.Buffer

	events chan *invocation
	mu     sync.Mutex
	open   map[string]*invocation
	seen   []json.RawMessage
	next   int
}

type invocation struct {
	id    string
	arn   string
	event []byte
	done  chan result
}

type result struct {
	payload []byte
	failed  bool
}

// NewGo returns the runtime of the function in Go, which is built into folder
// when it is first called.
func NewGo(folder string) *Runtime {
	return newRuntime(func(string) (*exec.Cmd, error) {
		binary := filepath.Join(folder, "greeter")
		build := exec.Command("go", "build", "-o", binary, "poolhouse.dev/conformance/functions/greeter")
		build.Dir = here()
		if out, err := build.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("building the function: %w\n%s", err, out)
		}
		return exec.Command(binary), nil
	})
}

// NewNode returns the runtime of the function in Node.js.
func NewNode() *Runtime {
	return newRuntime(func(string) (*exec.Cmd, error) {
		return exec.Command("node", filepath.Join(here(), "greeter.mjs")), nil
	})
}

func newRuntime(start func(api string) (*exec.Cmd, error)) *Runtime {
	r := &Runtime{start: start, events: make(chan *invocation), open: map[string]*invocation{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", r.give)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", func(w http.ResponseWriter, q *http.Request) { r.take(w, q, false) })
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", func(w http.ResponseWriter, q *http.Request) { r.take(w, q, true) })
	mux.HandleFunc("POST /2015-03-31/functions/{name}/invocations", r.invoke)
	r.server = httptest.NewServer(mux)
	return r
}

// here is the folder of this file.
func here() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(file)
}

// URL is the address that takes the function's events.
func (r *Runtime) URL() string {
	return r.server.URL + "/2015-03-31/functions/function/invocations"
}

// Endpoint is the address of the AWS Lambda API that has the function.
func (r *Runtime) Endpoint() string { return r.server.URL }

// Events returns the events that the function was sent for a pool, oldest first.
func (r *Runtime) Events(pool string) (list []json.RawMessage) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, event := range r.seen {
		if bytes.Contains(event, []byte(strconv.Quote(pool))) {
			list = append(list, event)
		}
	}
	return list
}

// Close ends the function.
func (r *Runtime) Close() error {
	var err error
	if r.cmd != nil {
		err = r.cmd.Process.Kill()
		_ = r.cmd.Wait() // it was killed
	}
	r.server.CloseClientConnections()
	r.server.Close()
	return err
}

// run starts the function, once.
func (r *Runtime) run() error {
	r.once.Do(func() {
		api := strings.TrimPrefix(r.server.URL, "http://")
		if r.cmd, r.err = r.start(api); r.err != nil {
			r.cmd = nil
			return
		}
		r.cmd.Env = append(r.cmd.Environ(), "AWS_LAMBDA_RUNTIME_API="+api)
		r.cmd.Stdout, r.cmd.Stderr = &r.said, &r.said
		if r.err = r.cmd.Start(); r.err != nil {
			r.cmd = nil
		}
	})
	return r.err
}

// invoke is the side that callers see.
func (r *Runtime) invoke(w http.ResponseWriter, q *http.Request) {
	if err := r.run(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	event, err := io.ReadAll(q.Body)
	if err != nil {
		return
	}
	x := &invocation{arn: q.PathValue("name"), event: event, done: make(chan result, 1)}
	r.mu.Lock()
	r.next++
	x.id = strconv.Itoa(r.next)
	r.open[x.id] = x
	r.seen = append(r.seen, event)
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.open, x.id)
	}()
	select {
	case r.events <- x:
	case <-q.Context().Done():
		return
	}
	select {
	case got := <-x.done:
		if got.failed {
			w.Header().Set("X-Amz-Function-Error", "Unhandled")
		}
		_, _ = w.Write(got.payload)
	case <-q.Context().Done():
	}
}

// give hands the function its next event.
func (r *Runtime) give(w http.ResponseWriter, q *http.Request) {
	select {
	case x := <-r.events:
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", x.id)
		w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", x.arn)
		w.Header().Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(time.Now().Add(time.Minute).UnixMilli(), 10))
		_, _ = w.Write(x.event)
	case <-q.Context().Done():
	}
}

// take receives what the function returned, or its error.
func (r *Runtime) take(w http.ResponseWriter, q *http.Request, failed bool) {
	payload, err := io.ReadAll(q.Body)
	r.mu.Lock()
	x := r.open[q.PathValue("id")]
	r.mu.Unlock()
	if err == nil && x != nil {
		x.done <- result{payload, failed}
	}
	w.WriteHeader(http.StatusAccepted)
}

// ErrNoNode says that Node.js is missing.
var ErrNoNode = errors.New("node is not installed")

// FindNode returns ErrNoNode when there is no Node.js.
func FindNode() error {
	if _, err := exec.LookPath("node"); err != nil {
		return ErrNoNode
	}
	return nil
}
