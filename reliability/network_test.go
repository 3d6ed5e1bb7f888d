package reliability

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"

	"poolhouse.dev/conformance/balancer"
	"poolhouse.dev/internal/store/storetest/pgtest"
)

// hostsVariable turns the skipping of tests on machines where a test may not
// make networks into a failure, when it is 1.
const hostsVariable = "POOLHOUSE_REQUIRE_NETWORKS"

// cable is a link between this machine and a host made for a test, with an
// address at each end.
type cable struct {
	ours, theirs, name string
	// unplug are the words that say where it is unplugged: at the end that is
	// called, so that the caller is not told.
	unplug []string
}

// host is a network of its own on this machine, with a cable that clients use
// and one that leads to the database.
type host struct {
	name              string
	clients, database cable
}

// hosts counts them, for their names.
var hosts atomic.Int32

// newHost makes a host. The test is skipped where it may not.
func newHost(t *testing.T) *host {
	t.Helper()
	id := int(hosts.Add(1)) + os.Getpid()%10000*10
	h := &host{
		name:     fmt.Sprintf("poolhouse-%d", id),
		clients:  cable{ours: "10.231.77.1", theirs: "10.231.77.2", name: fmt.Sprintf("phc%d", id)},
		database: cable{ours: "10.231.78.1", theirs: "10.231.78.2", name: fmt.Sprintf("phd%d", id)},
	}
	h.clients.unplug = []string{"-n", h.name}
	if err := ip("netns", "add", h.name); err != nil {
		if os.Getenv(hostsVariable) == "1" {
			t.Fatalf("%s=1, but this machine lets nobody make networks: %v", hostsVariable, err)
		}
		t.Skipf("skipped: making a network: %v", err)
	}
	t.Cleanup(func() { noError(t, ip("netns", "delete", h.name)) })
	for _, c := range []cable{h.clients, h.database} {
		noError(t, ip("link", "add", c.name, "type", "veth", "peer", "name", c.name, "netns", h.name))
		noError(t, ip("addr", "add", c.ours+"/30", "dev", c.name))
		noError(t, ip("link", "set", c.name, "up"))
		noError(t, ip("-n", h.name, "addr", "add", c.theirs+"/30", "dev", c.name))
		noError(t, ip("-n", h.name, "link", "set", c.name, "up"))
	}
	noError(t, ip("-n", h.name, "link", "set", "lo", "up"))
	return h
}

// ip runs the system's tool of that name.
func ip(words ...string) error {
	out, err := exec.Command("ip", words...).CombinedOutput()
	if err != nil {
		return errors.Join(err, errors.New(strings.TrimSpace(string(out))))
	}
	return nil
}

func (c cable) cut(t *testing.T)  { noError(t, ip(append(c.unplug, "link", "set", c.name, "down")...)) }
func (c cable) join(t *testing.T) { noError(t, ip(append(c.unplug, "link", "set", c.name, "up")...)) }

// A node on a host of its own loses its network: packets vanish, and nobody is
// told. The other node goes on meanwhile; the lost one answers with an internal
// error or not at all, says that it is not ready, and comes back by itself.
func TestNodeIsCutOff(t *testing.T) {
	cuts := []struct {
		name   string
		cables func(h *host) []cable
	}{
		{"from the database and from clients", func(h *host) []cable { return []cable{h.database, h.clients} }},
		{"from the database", func(h *host) []cable { return []cable{h.database} }},
	}
	for _, cut := range cuts[:often(1, len(cuts))] {
		t.Run(cut.name, func(t *testing.T) {
			h := newHost(t)
			database, err := url.Parse(pgtest.Database(t))
			noError(t, err)
			way, err := balancer.StartOn(h.database.ours)
			noError(t, err)
			defer func() { noError(t, way.Close()) }()
			way.SetNodes(database.Host)
			in := newInstallation(t, database.String())
			near := in.start(t)
			database.Host = way.Addr()
			far := in.start(t, launch{
				addr: h.clients.theirs + ":7665", wrap: []string{"ip", "netns", "exec", h.name}, env: []string{"POOLHOUSE_DATABASE=" + database.String()},
			})
			b, err := balancer.Start()
			noError(t, err)
			defer func() { noError(t, b.Close()) }()
			b.SetNodes(near.addr, far.addr)
			c := client("http://"+b.Addr(), true)
			l := begin(t, c, newPeople(t, c, 16), retryable)
			l.await(200)
			for _, c := range cut.cables(h) {
				c.cut(t)
			}
			l.await(50)
			if ready, err := far.isReady(); ready {
				t.Errorf("a node that is cut off says that it is ready (%v)", err)
			}
			for _, c := range cut.cables(h) {
				c.join(t)
			}
			far.awaitReady(t, recovery)
			l.await(200)
			l.end(client(far.url, false))
		})
	}
}
