package conformance

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/conformance/balancer"
	"poolhouse.dev/internal/wire"
	"poolhouse.dev/poolhousetest"
)

// nodesVariable runs the suite against so many nodes on one PostgreSQL database
// in place of a single server on each engine. They stand behind a balancer, and
// no two requests share a connection, so that each meets any node.
const nodesVariable = "POOLHOUSE_CONFORMANCE_NODES"

// useCluster arranges the suite as nodesVariable says.
func useCluster() error {
	text := os.Getenv(nodesVariable)
	if text == "" {
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return fmt.Errorf("%s=%s: want a number of nodes", nodesVariable, text)
	}
	engines = []*engine{{name: "postgres", nodes: n}}
	clocked = []*engine{{name: "postgres", nodes: n, clock: &clock{}}}
	web.Transport = &recorder{next: &settling{next: &http.Transport{DisableKeepAlives: true}}}
	return nil
}

// server is what tests see of a poolhouse besides its API.
type server interface {
	Messages(to string) ([]poolhousetest.Message, error)
	Code(t testing.TB, to string) string
	Log() string
	Close() error
}

// cluster are the nodes of one poolhouse.
type cluster struct {
	balancer *balancer.Balancer
	nodes    []*poolhousetest.Server
}

// launchCluster starts n nodes, each with a folder of its own below o.Data,
// behind a balancer whose URL it returns.
func launchCluster(n int, o poolhousetest.Options) (_ *cluster, url string, err error) {
	c := &cluster{}
	if c.balancer, err = balancer.Start(); err != nil {
		return nil, "", err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Close())
		}
	}()
	o.MasterKey, o.PublicURL = newMasterKey(), "http://"+c.balancer.Addr()
	folder := o.Data
	var addrs []string
	for i := range n {
		o.Data = filepath.Join(folder, strconv.Itoa(i))
		node, err := poolhousetest.Launch(o)
		if err != nil {
			return nil, "", err
		}
		c.nodes = append(c.nodes, node)
		addrs = append(addrs, strings.TrimPrefix(node.URL, "http://"))
	}
	c.balancer.SetNodes(addrs...)
	return c, o.PublicURL, nil
}

// Messages returns what any of the nodes would have sent, the newest first.
func (c *cluster) Messages(to string) ([]poolhousetest.Message, error) {
	var all []poolhousetest.Message
	for _, n := range c.nodes {
		list, err := n.Messages(to)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	slices.SortStableFunc(all, func(a, b poolhousetest.Message) int { return b.Time.Compare(a.Time) })
	return all, nil
}

// Code returns the code in the newest message.
func (c *cluster) Code(t testing.TB, to string) string {
	t.Helper()
	list, err := c.Messages(to)
	if err != nil || len(list) == 0 {
		t.Fatalf("no message for %s (%v)", to, err)
	}
	return list[0].Code
}

// Log returns what the nodes have logged, one after the other.
func (c *cluster) Log() string {
	var all strings.Builder
	for _, n := range c.nodes {
		all.WriteString(n.Log())
	}
	return all.String()
}

// Close ends the nodes and the balancer.
func (c *cluster) Close() error {
	err := c.balancer.Close()
	for _, n := range c.nodes {
		err = cmp.Or(err, n.Close())
	}
	return err
}

// settleTime is longer than a change of configuration takes to reach every node.
const settleTime = 2100 * time.Millisecond

// reconfigures are the operations that change what nodes remember of pools and
// clients.
var reconfigures = []string{
	"AddCustomAttributes", "UpdateUserPool", "UpdateUserPoolClient", "DeleteUserPool", "DeleteUserPoolClient", "SetUserPoolMfaConfig",
	"AddUserPoolClientSecret", "DeleteUserPoolClientSecret",
}

// settling holds back the answer to a change of configuration until it is in
// force on every node, as an administrator of several nodes has to wait.
type settling struct{ next http.RoundTripper }

func (s *settling) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := s.next.RoundTrip(req)
	operation := strings.TrimPrefix(req.Header.Get("X-Amz-Target"), wire.TargetPrefix)
	if err == nil && resp.StatusCode == http.StatusOK && slices.Contains(reconfigures, operation) {
		settle()
	}
	return resp, err
}

// settle waits, where there are several nodes, until a change of configuration
// is in force on each.
func settle() {
	if os.Getenv(nodesVariable) != "" {
		time.Sleep(settleTime)
	}
}
