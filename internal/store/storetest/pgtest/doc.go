// Package pgtest gives tests a throw-away PostgreSQL server.
//
// It finds the server's programs on the machine, makes one cluster for the test
// process, and hands every test an empty database of its own. The server writes
// through to the disk (fsync is on), like one in earnest. Tests are skipped
// where PostgreSQL is not installed, unless POOLHOUSE_REQUIRE_POSTGRES is 1.
//
// It knows nothing of poolhouse's tables.
//
// A test package that uses it has
//
//	func TestMain(m *testing.M) { pgtest.Main(m) }
//
// so that the cluster is stopped and removed at the end. Start with [Database].
package pgtest
