package reliability

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"poolhouse.dev/internal/freeport"
	"poolhouse.dev/internal/store/storetest/pgtest"
)

// Root access key of every node.
const (
	accessKeyID     = "reliability"
	secretAccessKey = "a secret of the tests alone"
)

// startTimeout is how long a node may take until it is ready, and recovery how
// long until it is again once what was broken is whole: far more than it takes,
// so that only what never comes back fails.
const (
	startTimeout = time.Minute
	recovery     = time.Minute
)

// installation is what the nodes of one poolhouse have in common.
type installation struct {
	// database is a postgres:// URL, "" for the embedded database.
	database string
	// data is the folder of the embedded database.
	data string
	// publicURL is what issuers begin with.
	publicURL string
	masterKey string
}

func newInstallation(t testing.TB, database string) *installation {
	key := make([]byte, 32)
	rand.Read(key)
	return &installation{database: database, data: t.TempDir(), publicURL: "http://poolhouse.test", masterKey: base64.StdEncoding.EncodeToString(key)}
}

// onEachEngine runs a test with an installation on the embedded database and one
// on PostgreSQL.
func onEachEngine(t *testing.T, f func(t *testing.T, in *installation)) {
	t.Run("sqlite", func(t *testing.T) { f(t, newInstallation(t, "")) })
	t.Run("postgres", func(t *testing.T) { f(t, newInstallation(t, pgtest.Database(t))) })
}

// node is a running process of the built server.
type node struct {
	// addr is host:port.
	addr string
	url  string
	cmd  *exec.Cmd
	log  *safeBuffer
	gone chan struct{}
}

// launch says how a node is run otherwise than by default.
type launch struct {
	// addr is host:port to listen on; "" is a free port of this machine's.
	addr string
	// args are more flags.
	args []string
	// env are more variables, NAME=value.
	env []string
	// wrap is a command that runs the server, such as "ip netns exec name".
	wrap []string
}

// start runs a node and waits until it is ready. It is killed when the test ends.
func (in *installation) start(t testing.TB, options ...launch) *node {
	t.Helper()
	n := in.spawn(t, options...)
	n.awaitReady(t, startTimeout)
	return n
}

// spawn is start without the waiting.
func (in *installation) spawn(t testing.TB, options ...launch) *node {
	t.Helper()
	path, err := program()
	noError(t, err)
	var o launch
	if len(options) > 0 {
		o = options[0]
	}
	if o.addr == "" {
		o.addr = freeAddr(t)
	}
	words := append([]string{path, "serve", "--listen=" + o.addr, "--public-url=" + in.publicURL, "--data=" + in.data, "--rate-limits=off"}, o.args...)
	words = append(append([]string(nil), o.wrap...), words...)
	n := &node{addr: o.addr, url: "http://" + o.addr, cmd: exec.Command(words[0], words[1:]...), log: &safeBuffer{}, gone: make(chan struct{})}
	n.cmd.Env = append(os.Environ(), "POOLHOUSE_MASTER_KEY="+in.masterKey, "POOLHOUSE_ROOT_ACCESS_KEY_ID="+accessKeyID, "POOLHOUSE_ROOT_SECRET_ACCESS_KEY="+secretAccessKey)
	if in.database != "" {
		n.cmd.Env = append(n.cmd.Env, "POOLHOUSE_DATABASE="+in.database)
	}
	n.cmd.Env = append(n.cmd.Env, o.env...)
	n.cmd.Stderr = n.log
	noError(t, n.cmd.Start())
	go func() {
		_ = n.cmd.Wait() // most nodes are killed
		close(n.gone)
	}()
	t.Cleanup(func() {
		n.kill()
		if t.Failed() {
			t.Logf("the log of %s:\n%s", n.addr, n.log.tail(8<<10))
		}
	})
	return n
}

// kill ends the node at once.
func (n *node) kill() {
	_ = n.cmd.Process.Kill() // it may have ended already
	<-n.gone
}

// stop asks the node to end, as a service manager does, and returns its exit code.
func (n *node) stop(t testing.TB) int {
	t.Helper()
	noError(t, n.cmd.Process.Signal(syscall.SIGTERM))
	n.awaitEnd(t)
	return n.cmd.ProcessState.ExitCode()
}

// awaitEnd waits until the node has ended.
func (n *node) awaitEnd(t testing.TB) {
	t.Helper()
	select {
	case <-n.gone:
	case <-time.After(startTimeout):
		t.Fatal("the node does not end")
	}
}

// isReady asks the node whether it can reach its database.
func (n *node) isReady() (bool, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, n.url+"/_poolhouse/ready", nil)
	if err != nil {
		return false, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false, err
	}
	return resp.StatusCode == http.StatusOK, resp.Body.Close()
}

// isUp waits until the node answers at all, or has ended.
func (n *node) isUp(t testing.TB) bool {
	t.Helper()
	for end := time.Now().Add(startTimeout); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		select {
		case <-n.gone:
			return false
		default:
		}
		if _, err := n.isReady(); err == nil {
			return true
		}
	}
	t.Fatalf("the node neither answers nor ends within %s", startTimeout)
	return false
}

func (n *node) awaitReady(t testing.TB, within time.Duration) {
	t.Helper()
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		select {
		case <-n.gone:
			t.Fatalf("the node ended:\n%s", n.log.tail(8<<10))
		default:
		}
		if ready, err := n.isReady(); ready && err == nil {
			return
		}
	}
	t.Fatalf("the node is not ready after %s", within)
}

// awaitLine waits until the node has said something.
func (n *node) awaitLine(t testing.TB, words string) {
	t.Helper()
	for end := time.Now().Add(recovery); !strings.Contains(n.log.tail(1<<20), words); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the node did not say %q", words)
		}
	}
}

// resident returns how much memory of the machine the node holds, in bytes.
func (n *node) resident(t testing.TB) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(n.cmd.Process.Pid), "statm"))
	noError(t, err)
	fields := bytes.Fields(text)
	if len(fields) < 2 {
		t.Fatalf("statm of the node: %q", text)
	}
	pages, err := strconv.Atoi(string(fields[1]))
	noError(t, err)
	return pages * os.Getpagesize()
}

// openFiles returns how many files and connections the node has open.
func (n *node) openFiles(t testing.TB) int {
	t.Helper()
	list, err := os.ReadDir(filepath.Join("/proc", strconv.Itoa(n.cmd.Process.Pid), "fd"))
	noError(t, err)
	return len(list)
}

func freeAddr(t testing.TB) string {
	t.Helper()
	port, err := freeport.Choose()
	noError(t, err)
	return freeport.Addr(port)
}

// safeBuffer keeps what a process says.
type safeBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

// tail returns the last bytes of it.
func (b *safeBuffer) tail(n int) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	text := b.buf.Bytes()
	return string(text[max(0, len(text)-n):])
}

// isConnection reports whether err is that of a connection which broke, was
// refused or got no answer: what a client sees of a server that is not there.
func isConnection(err error) bool {
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.EPIPE) || isEOF(err)
}
