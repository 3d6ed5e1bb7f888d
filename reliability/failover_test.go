package reliability

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"poolhouse.dev/conformance/balancer"
	"poolhouse.dev/internal/store/storetest/pgtest"
)

// A primary dies under load, and its synchronous standby takes its place: both
// nodes find it by themselves, nothing acknowledged is lost, and callers see
// nothing but errors that are worth another try.
func TestFailover(t *testing.T) {
	for i := range often(1, 20) {
		t.Run(fmt.Sprint(i+1), func(t *testing.T) {
			// Every other time commits wait for the standby when the primary dies.
			failover(t, i%2 == 0)
		})
	}
}

func failover(t *testing.T, withWaiting bool) {
	primary := pgtest.NewCluster(t)
	database := primary.Database(t)
	standby := primary.NewStandby(t)
	in := newInstallation(t, bothHosts(t, database, standby.URL("")))
	b, nodes := balanced(t, in, 2)
	c := client("http://"+b.Addr(), true)
	l := begin(t, c, newPeople(t, c, 16), retryable)
	l.await(300)
	if withWaiting {
		release := standby.HoldReplication(t)
		primary.AwaitWaiting(t, 2)
		primary.Kill(t)
		release()
	} else {
		primary.Kill(t)
	}
	standby.Promote(t)
	l.await(300)
	for _, n := range nodes {
		n.awaitReady(t, recovery)
	}
	l.end(c)
}

// bothHosts returns the URL of a database whose primary is one of two servers.
func bothHosts(t testing.TB, database, other string) string {
	t.Helper()
	u, err := url.Parse(database)
	noError(t, err)
	o, err := url.Parse(other)
	noError(t, err)
	u.Host += "," + o.Host
	return u.String() + "&target_session_attrs=read-write"
}

// balanced starts nodes behind a balancer.
func balanced(t testing.TB, in *installation, n int) (*balancer.Balancer, []*node) {
	t.Helper()
	b, err := balancer.Start()
	noError(t, err)
	t.Cleanup(func() { noError(t, b.Close()) })
	var nodes []*node
	var addrs []string
	for range n {
		nodes = append(nodes, in.start(t))
	}
	for _, n := range nodes {
		addrs = append(addrs, strings.TrimPrefix(n.url, "http://"))
	}
	b.SetNodes(addrs...)
	return b, nodes
}
