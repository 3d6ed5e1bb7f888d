package poolhousetest

import (
	"testing"

	"poolhouse.dev/internal/store/storetest/pgtest"
)

// Main runs a package's tests for its TestMain and afterwards stops the
// PostgreSQL server that PostgresURL started, if it did. Before that it calls
// after, each of which may change the code that the tests exit with.
func Main(m *testing.M, after ...func(code int) int) { pgtest.Main(m, after...) }

// PostgresURL returns the URL of a new, empty database, on a throw-away
// PostgreSQL server that is started from the programs found on the machine. The
// test is skipped where there are none, unless POOLHOUSE_REQUIRE_POSTGRES=1.
func PostgresURL(t testing.TB) string { return pgtest.Database(t) }
