package reliability

import (
	"net/url"
	"testing"

	"poolhouse.dev/conformance/balancer"
	"poolhouse.dev/internal/store/storetest/pgtest"
)

// A node is killed under load: what it acknowledged is there, the others go on,
// and it comes back by a plain start.
func TestNodeIsKilled(t *testing.T) {
	in := newInstallation(t, pgtest.Database(t))
	b, nodes := balanced(t, in, 3)
	c := client("http://"+b.Addr(), true)
	l := begin(t, c, newPeople(t, c, 16), retryable)
	for i := range often(3, 30) {
		l.await(100)
		victim := i % len(nodes)
		nodes[victim].kill()
		l.await(100)
		nodes[victim] = in.start(t, launch{addr: nodes[victim].addr})
	}
	l.await(100)
	l.end(c)
}

// Every connection to the database is reset again and again, wherever a commit
// stands.
func TestConnectionsToTheDatabaseAreReset(t *testing.T) {
	database, err := url.Parse(pgtest.Database(t))
	noError(t, err)
	between, err := balancer.Start()
	noError(t, err)
	defer func() { noError(t, between.Close()) }()
	between.SetNodes(database.Host)
	database.Host = between.Addr()
	in := newInstallation(t, database.String())
	b, nodes := balanced(t, in, 2)
	c := client("http://"+b.Addr(), false)
	l := begin(t, c, newPeople(t, c, 16), internalOnly)
	for range often(20, 500) {
		l.await(20)
		between.Cut()
	}
	l.await(100)
	for _, n := range nodes {
		n.awaitReady(t, recovery)
	}
	l.end(c)
}
