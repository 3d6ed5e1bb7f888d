package poolhousetest

import (
	"testing"

	"poolhouse.dev/internal/store/storetest/pgtest"
)

// Main runs a package's tests for its TestMain and afterwards stops the
// PostgreSQL server that PostgresURL started, if it did.
func Main(m *testing.M) { pgtest.Main(m) }

// PostgresURL returns the URL of a new, empty database, on a throw-away
// PostgreSQL server that is started from the programs found on the machine. The
// test is skipped where there are none, unless POOLHOUSE_REQUIRE_POSTGRES=1.
func PostgresURL(t testing.TB) string { return pgtest.Database(t) }
