package pgtest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"poolhouse.dev/internal/freeport"
)

// NewStandby starts a physical standby of the cluster, which answers only when
// it has the cluster's commits on its own disk: from now on the cluster
// acknowledges nothing that its standby lacks. It is removed when the test ends.
func (c *Cluster) NewStandby(t testing.TB) *Cluster {
	t.Helper()
	s, err := c.newStandby()
	if err != nil {
		t.Fatalf("starting a standby: %v", err)
	}
	t.Cleanup(s.Remove)
	c.Exec(t, "ALTER SYSTEM SET synchronous_standby_names = '*'")
	c.Exec(t, "SELECT pg_reload_conf()")
	c.awaitTrue(t, "SELECT EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync')")
	return s
}

func (c *Cluster) newStandby() (_ *Cluster, err error) {
	s := &Cluster{programs: c.programs, settings: c.settings, password: c.password, account: c.account}
	if s.folder, err = os.MkdirTemp("", "poolhouse-postgres-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.Remove()
		}
	}()
	if s.account != nil {
		if err := os.Chown(s.folder, int(s.account.Uid), int(s.account.Gid)); err != nil {
			return nil, err
		}
	}
	cmd := s.command("pg_basebackup", "--pgdata="+s.data(), "--write-recovery-conf", "--checkpoint=fast", "--no-sync", "--dbname="+c.URL("postgres"))
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("running pg_basebackup: %w\n%s", err, out)
	}
	if s.port, err = freeport.Choose(); err != nil {
		return nil, err
	}
	return s, s.launch()
}

// Kill ends every process of the server at the same instant, as a power cut
// does: none of them learns of it.
func (c *Cluster) Kill(t testing.TB) {
	t.Helper()
	// Stopped, the server cannot replace what is killed.
	pid := c.server.Process.Pid
	if err := c.server.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatalf("stopping PostgreSQL: %v", err)
	}
	for _, child := range children(t, pid) {
		_ = syscall.Kill(child, syscall.SIGKILL) // it may have ended by itself
	}
	c.end(syscall.SIGKILL)
}

// HoldReplication stops the standby's receiver of changes, so that commits of
// its primary wait, until release. A standby that is promoted needs it released.
func (c *Cluster) HoldReplication(t testing.TB) (release func()) {
	t.Helper()
	var held []int
	for _, pid := range children(t, c.server.Process.Pid) {
		title, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
		if err == nil && bytes.Contains(title, []byte("walreceiver")) {
			held = append(held, pid)
		}
	}
	if len(held) == 0 {
		t.Fatal("the standby has no receiver")
	}
	for _, pid := range held {
		if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
			t.Fatalf("stopping the receiver: %v", err)
		}
	}
	return func() {
		for _, pid := range held {
			_ = syscall.Kill(pid, syscall.SIGCONT) // it may be gone
		}
	}
}

// AwaitWaiting waits until so many commits wait for the standby.
func (c *Cluster) AwaitWaiting(t testing.TB, n int) {
	t.Helper()
	c.awaitTrue(t, fmt.Sprintf("SELECT count(*) >= %d FROM pg_stat_activity WHERE wait_event = 'SyncRep'", n))
}

// Promote makes a standby the primary, and returns once it takes changes.
func (c *Cluster) Promote(t testing.TB) {
	t.Helper()
	c.Exec(t, "SELECT pg_promote()")
	c.awaitTrue(t, "SELECT NOT pg_is_in_recovery()")
}

// children returns the processes that pid started and that still run.
func children(t testing.TB, pid int) []int {
	t.Helper()
	out, err := exec.Command("ps", "-o", "pid=", "--ppid", strconv.Itoa(pid)).Output()
	if err != nil {
		t.Fatalf("listing the processes of PostgreSQL: %v", err)
	}
	var list []int
	for _, text := range strings.Fields(string(out)) {
		if n, err := strconv.Atoi(text); err == nil {
			list = append(list, n)
		}
	}
	return list
}

// awaitTrue waits until a query answers true.
func (c *Cluster) awaitTrue(t testing.TB, query string) {
	t.Helper()
	for end := time.Now().Add(startTimeout); !c.isTrue(t, query); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%q is not true after %s", query, startTimeout)
		}
	}
}
