package conformance

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/smithy-go"

	"poolhouse.dev/internal/store/storetest/pgtest"
	"poolhouse.dev/poolhousetest"
)

// engine is a server on one kind of database, shared by all tests of the
// package: every test makes its own pool.
type engine struct {
	name string
	// nodes is how many share the database; 0 is a single server.
	nodes int
	// clock is the server's clock; nil is the real one.
	clock *clock
	once  sync.Once
	srv   server
	url   string
	err   error
}

var (
	engines = []*engine{{name: "sqlite"}, {name: "postgres"}}
	// clocked are servers whose time tests put forward, and nodes are two
	// servers on one PostgreSQL database, which tests may do the same to.
	clocked = []*engine{{name: "sqlite", clock: &clock{}}, {name: "postgres", clock: &clock{}}}
	nodes   = []*engine{{name: "node 1", clock: &clock{}}, {name: "node 2", clock: &clock{}}}
	// stormy is a server on a database in bad weather, see storm_test.go.
	stormy  = &engine{name: "postgres in a storm"}
	weather *pgtest.Storm
	folder  string
)

func TestMain(m *testing.M) {
	var err error
	if folder, err = os.MkdirTemp("", "poolhouse-conformance-"); err != nil {
		panic(err)
	}
	if err := useCluster(); err != nil {
		panic(err)
	}
	setUpFunctions()
	poolhousetest.Main(m, coverageGate, tidyUp)
}

// tidyUp ends the shared servers and removes their folder.
func tidyUp(code int) int {
	for _, e := range slices.Concat(engines, clocked, nodes, []*engine{stormy}) {
		if e.srv == nil {
			continue
		}
		if e == stormy {
			stormLog = e.srv.Log()
		}
		if err := e.srv.Close(); err != nil {
			fmt.Fprintf(os.Stderr, "stopping poolhouse on %s: %v\n", e.name, err)
			code = max(code, 1)
		}
		e.srv = nil // it may be in two lists
	}
	code = checkStorm(code)
	if err := cmp.Or(closeFunctions(), os.RemoveAll(folder)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	return code
}

// start starts the engine's server, if it does not run yet, and returns the
// environment of a test with it.
func (e *engine) start(t *testing.T) *env {
	t.Helper()
	var o poolhousetest.Options
	switch {
	case e == stormy:
		return e.launchInStorm(t)
	case e.srv != nil:
	case e.name == "postgres":
		o.Database = poolhousetest.PostgresURL(t)
	}
	return e.launch(t, o)
}

// launch is start with options, which count for the first call.
func (e *engine) launch(t *testing.T, o poolhousetest.Options) *env {
	t.Helper()
	o.Lambda, o.KMS = lambdas(), senderKeys()
	var change []func(*cip.Options)
	if e.clock != nil {
		o.Now = e.clock.now
		change = append(change, func(o *cip.Options) { o.HTTPSignerV4 = e.clock })
	}
	e.once.Do(func() {
		if o.Data, e.err = os.MkdirTemp(folder, ""); e.err == nil {
			e.srv, e.url, e.err = launch(e.nodes, o)
		}
	})
	if e.err != nil {
		t.Fatalf("starting poolhouse on %s: %v", e.name, e.err)
	}
	return &env{Client: newClient(e.url, change...), url: e.url, srv: e.srv, clock: e.clock}
}

// launch starts a server, or so many nodes, and returns its URL.
func launch(nodes int, o poolhousetest.Options) (server, string, error) {
	if nodes > 0 {
		c, url, err := launchCluster(nodes, o)
		if err != nil {
			return nil, "", err
		}
		return c, url, nil
	}
	s, err := poolhousetest.Launch(o)
	if err != nil {
		return nil, "", err
	}
	return s, s.URL, nil
}

// env is what one test works with: a server and a signed client to it.
type env struct {
	*cip.Client
	url string
	srv server
	// clock is the server's clock; nil is the real one.
	clock *clock
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
		t.Run(e.name, func(t *testing.T) { f(t, e.start(t)) })
	}
}

func newClient(url string, change ...func(*cip.Options)) *cip.Client {
	return cip.New(cip.Options{
		BaseEndpoint: aws.String(url),
		Region:       poolhousetest.Region,
		Credentials:  credentials.NewStaticCredentialsProvider(poolhousetest.AccessKeyID, poolhousetest.SecretAccessKey, ""),
		Retryer:      aws.NopRetryer{},
		HTTPClient:   web,
	}, change...)
}

// web sends every request of the package. It keeps enough connections for the
// tests of contention, and leaves them before the server does: a request that is
// sent just when the server ends its connection is lost, and nothing here sends
// one twice. What it sees is what coverage is measured by.
var web = &http.Client{Timeout: time.Minute, Transport: &recorder{next: poolhousetest.Transport(&http.Transport{MaxIdleConnsPerHost: 128, IdleConnTimeout: 30 * time.Second})}}

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

// wantFaultNamed is wantFault for one case of many: it says which, and goes on.
func wantFaultNamed(t *testing.T, name string, err error, code, message string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != code || api.ErrorMessage() != message {
		t.Errorf("%s:\ngot  %v\nwant %s: %s", name, err, code, message)
	}
}

// faultOf returns the exception that err is, or nil.
func faultOf(err error) smithy.APIError {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return nil
	}
	return api
}

// noError fails the test at an error.
func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// raw sends a request, unsigned but for what header holds, with exactly this
// body and returns the status, the headers and the body of the answer.
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
	resp, err := web.Do(req)
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

// newMasterKey returns a master key in base64.
func newMasterKey() string {
	key := make([]byte, 32)
	rand.Read(key)
	return base64.StdEncoding.EncodeToString(key)
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
