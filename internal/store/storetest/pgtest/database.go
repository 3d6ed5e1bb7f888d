package pgtest

import (
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
)

// RequireVariable is the environment variable that turns the skipping of tests
// on machines without PostgreSQL into a failure, when it is 1.
const RequireVariable = "POOLHOUSE_REQUIRE_POSTGRES"

// shared is the cluster that the tests of one process use together.
var shared struct {
	once    sync.Once
	cluster *Cluster
	err     error
}

var databases atomic.Int64

// Main runs a package's tests, stops and removes the process's cluster, and
// exits with the tests' code, which each of after may change.
func Main(m *testing.M, after ...func(code int) int) {
	code := m.Run()
	for _, f := range after {
		code = f(code)
	}
	if shared.cluster != nil {
		shared.cluster.Remove()
	}
	os.Exit(code)
}

// Database makes an empty database in the process's cluster and returns its
// URL, which connects over loopback TCP. The database goes with the cluster.
// The test is skipped on a machine without PostgreSQL.
func Database(t testing.TB) string {
	t.Helper()
	programs := find(t)
	shared.once.Do(func() {
		shared.cluster, shared.err = start(programs)
	})
	if shared.err != nil {
		t.Fatalf("starting PostgreSQL: %v", shared.err)
	}
	return shared.cluster.Database(t)
}

// NewCluster starts a cluster of the test's own, for tests that crash the
// server or start it with settings like "fsync=off". It is removed when the
// test ends. The test is skipped on a machine without PostgreSQL.
func NewCluster(t testing.TB, settings ...string) *Cluster {
	t.Helper()
	c, err := start(find(t), settings...)
	if err != nil {
		t.Fatalf("starting PostgreSQL: %v", err)
	}
	t.Cleanup(c.Remove)
	return c
}

// Database makes an empty database in the cluster and returns its URL.
func (c *Cluster) Database(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("test_%d", databases.Add(1))
	c.Exec(t, "CREATE DATABASE "+name)
	return c.URL(name)
}

// SetReadOnly makes every session's next transaction one that changes nothing, or ends that.
func (c *Cluster) SetReadOnly(t testing.TB, on bool) {
	t.Helper()
	Run(t, c.URL("postgres"),
		"SET default_transaction_read_only = off", // for this session
		fmt.Sprintf("ALTER SYSTEM SET default_transaction_read_only = %t", on),
		"SELECT pg_reload_conf()")
}

// Exec runs one statement in the cluster's maintenance database.
func (c *Cluster) Exec(t testing.TB, statement string) {
	t.Helper()
	Run(t, c.URL("postgres"), statement)
}

// isTrue asks a yes-or-no question of the cluster's maintenance database.
func (c *Cluster) isTrue(t testing.TB, query string) (answer bool) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, c.URL("postgres"))
	if err != nil {
		t.Fatalf("connecting to PostgreSQL: %v", err)
	}
	defer conn.Close(ctx)
	if err := conn.QueryRow(ctx, query).Scan(&answer); err != nil {
		t.Fatalf("asking %q: %v", query, err)
	}
	return answer
}

func find(t testing.TB) string {
	t.Helper()
	programs, err := findPrograms()
	switch {
	case err == nil:
		return programs
	case os.Getenv(RequireVariable) == "1":
		t.Fatalf("%s=1, but %v", RequireVariable, err)
	default:
		t.Skipf("skipped: %v", err)
	}
	return ""
}
