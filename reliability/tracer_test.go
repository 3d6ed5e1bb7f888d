package reliability

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// tracerVariable turns the skipping of tests on machines where a test may not get
// between a process and its system into a failure, when it is 1.
const tracerVariable = "POOLHOUSE_REQUIRE_TRACER"

// tamper changes what the system does at calls of the node until release: change is
// what strace calls an injection, such as "fdatasync:error=EIO". The test is skipped
// where that is not possible.
func (n *node) tamper(t testing.TB, change string) (release func()) {
	t.Helper()
	calls, _, _ := strings.Cut(change, ":")
	tracer, err := n.trace("-e", "trace="+calls, "-e", "inject="+change)
	if err != nil {
		if os.Getenv(tracerVariable) == "1" {
			t.Fatalf("%s=1, but a process cannot be traced: %v", tracerVariable, err)
		}
		t.Skipf("skipped: tracing a process with strace: %v", err)
	}
	release = sync.OnceFunc(func() {
		// It lets go of the node at its end, in the middle of whatever it holds up.
		noError(t, tracer.Process.Signal(os.Interrupt))
		_ = tracer.Wait() // it says that it was interrupted
	})
	t.Cleanup(release)
	return release
}

// trace returns when strace has the node with all of its threads.
func (n *node) trace(args ...string) (*exec.Cmd, error) {
	log := &safeBuffer{}
	tracer := exec.Command("strace", append([]string{"-f", "-o", "/dev/null", "-p", strconv.Itoa(n.cmd.Process.Pid)}, args...)...)
	tracer.Stderr = log
	if err := tracer.Start(); err != nil {
		return nil, err
	}
	for end := time.Now().Add(startTimeout); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		said := log.tail(1 << 10)
		switch {
		case strings.Contains(said, " attached"):
			return tracer, nil
		case strings.Contains(said, "attach:") || strings.Contains(said, "invalid"):
			return nil, errors.Join(errors.New(strings.TrimSpace(said)), tracer.Wait())
		}
	}
	return nil, errors.Join(errors.New("it does not begin"), tracer.Process.Kill(), tracer.Wait())
}
