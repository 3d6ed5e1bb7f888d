package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/smithy-go"

	"poolhouse.dev/poolhousetest"
)

// engine is a server on one kind of database, shared by all tests of the
// package: every test makes its own pool.
type engine struct {
	name string
	once sync.Once
	srv  *poolhousetest.Server
	err  error
}

var (
	engines = []*engine{{name: "sqlite"}, {name: "postgres"}}
	folder  string
)

func TestMain(m *testing.M) {
	var err error
	if folder, err = os.MkdirTemp("", "poolhouse-conformance-"); err != nil {
		panic(err)
	}
	poolhousetest.Main(m)
}

func (e *engine) start(t *testing.T) *poolhousetest.Server {
	t.Helper()
	var database string
	if e.name == "postgres" && e.srv == nil {
		database = poolhousetest.PostgresURL(t)
	}
	e.once.Do(func() {
		e.srv, e.err = poolhousetest.Launch(poolhousetest.Options{Data: filepath.Join(folder, e.name), Database: database})
	})
	if e.err != nil {
		t.Fatalf("starting poolhouse on %s: %v", e.name, e.err)
	}
	return e.srv
}

// env is what one test works with: a server and a signed client to it.
type env struct {
	*cip.Client
	url string
	srv *poolhousetest.Server
}

// onEachEngine runs a test against the server of every engine. With
// POOLHOUSE_CONFORMANCE_URL set it runs against that server instead, as far as
// the test needs no inbox.
func onEachEngine(t *testing.T, f func(t *testing.T, e *env)) {
	t.Helper()
	if url := os.Getenv("POOLHOUSE_CONFORMANCE_URL"); url != "" {
		f(t, &env{Client: newClient(url), url: url})
		return
	}
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			srv := e.start(t)
			f(t, &env{Client: newClient(srv.URL), url: srv.URL, srv: srv})
		})
	}
}

func newClient(url string) *cip.Client {
	return cip.New(cip.Options{
		BaseEndpoint: aws.String(url),
		Region:       poolhousetest.Region,
		Credentials:  credentials.NewStaticCredentialsProvider(poolhousetest.AccessKeyID, poolhousetest.SecretAccessKey, ""),
		Retryer:      aws.NopRetryer{},
		HTTPClient:   &http.Client{Timeout: time.Minute, Transport: transport},
	})
}

// transport keeps enough connections for the tests of contention.
var transport = &http.Transport{MaxIdleConnsPerHost: 128}

// code returns the code in the newest message to an address.
func (e *env) code(t *testing.T, to string) string {
	t.Helper()
	if e.srv == nil {
		t.Skip("the server under test has no inbox that this test could read")
	}
	return e.srv.Code(t, to)
}

// wantFault fails the test unless err is the exception with exactly this text.
func wantFault(t *testing.T, err error, code, message string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) {
		t.Fatalf("got %v, want %s", err, code)
	}
	if api.ErrorCode() != code || api.ErrorMessage() != message {
		t.Errorf("got  %s: %s\nwant %s: %s", api.ErrorCode(), api.ErrorMessage(), code, message)
	}
}

// must returns v, or fails the test.
func must[T any](t *testing.T, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// raw sends an unsigned request with exactly this body and returns the status,
// the headers and the body of the answer.
func (e *env) raw(t *testing.T, operation, body string, header ...string) (int, http.Header, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, e.url, bytes.NewBufferString(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, answer
}

// rawFault sends an unsigned request and returns the exception that answers it.
func (e *env) rawFault(t *testing.T, operation, body string) (code, message string) {
	t.Helper()
	status, _, answer := e.raw(t, operation, body)
	var f struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}
	if err := json.Unmarshal(answer, &f); err != nil || status == http.StatusOK {
		t.Fatalf("%s answered %d %s", operation, status, answer)
	}
	return f.Type, f.Message
}

// unique returns a name that no other test uses.
func unique(prefix string) string { return fmt.Sprintf("%s-%d", prefix, counter.next()) }

var counter numbers

type numbers struct {
	mu sync.Mutex
	n  int
}

func (c *numbers) next() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	return c.n
}
