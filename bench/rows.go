package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

const (
	smallUsers = 1000
	// People who take part for each connection, who are as many in both stores, and
	// can sign in with their password. In the large one more are signed in.
	peoplePerConn   = 15
	signedInPerConn = 100
)

// bench is one run.
type bench struct {
	options
	folder, binary string
	bare           *process
	table          table
}

// floorUnit is the unit of what is held against the cost of its cryptography.
const floorUnit = "floor"

// operation is a kind of request and what it is measured against.
type operation struct {
	name string
	// base is what the small store's rate is divided by; nil for none.
	base func(b *bench, list requests) (side, func() error, error)
	// build makes the requests anew before each load, since signatures age.
	build func(w *world, connections int) (requests, error)
	// crowd makes those of all who are signed in to the large store; nil for none.
	crowd func(w *world, connections int) (requests, error)
	// unit is what the quotient counts in, target the one for each engine, and
	// growth that of the large store against the small one; "" for none.
	unit   string
	target map[string]string
	growth string
}

var operations = []operation{
	{"UpdateUserAttributes (name)", bareSide, updateRequests, crowdUpdates, "B", map[string]string{engineSQLite: "0.60", enginePostgres: "0.35"}, "0.9"},
	{"UpdateUserAttributes (nickname)", bareSide, nicknameRequests, nil, "B", nil, ""},
	{"GetUser", bareSide, getRequests, crowdGets, "B", map[string]string{engineSQLite: "0.85", enginePostgres: "0.50"}, "0.9"},
	{"Sign-in with password", signInFloor, signInRequests, nil, floorUnit, map[string]string{engineSQLite: "0.8", enginePostgres: "0.8"}, "0.9"},
	{"Refresh", refreshFloor, refreshRequests, nil, floorUnit, map[string]string{engineSQLite: "0.8", enginePostgres: "0.8"}, "0.9"},
	{"ListUsers (email =)", nil, listEqualRequests, nil, "", nil, "0.8"},
	{"ListUsers (email ^=)", nil, listPrefixRequests, nil, "", nil, "0.8"},
}

// side is one of the loads that alternate.
type side struct {
	name string
	rate func(ctx context.Context, d time.Duration) (float64, error)
	// server is whose CPU time is told.
	server *process
}

// rounds are what the rounds of one side came to: answers per second, and the
// server's CPU time for each answer in microseconds.
type rounds struct{ rates, cpu []float64 }

func (r rounds) String() string {
	return fmt.Sprintf("%.0f/s (%.0f µs CPU)", median(r.rates), median(r.cpu))
}

// engine measures every row on one engine.
func (b *bench) engine(ctx context.Context, name string) (err error) {
	newWorld, end, err := b.databases(name)
	if err != nil {
		return err
	}
	defer end()
	var worlds [2]*world
	for i, n := range []int{smallUsers, b.users} {
		fmt.Fprintf(os.Stderr, "%s: filling a store with %d users\n", name, n)
		if worlds[i], err = newWorld(ctx, fmt.Sprintf("users_%d_%d", n, i)); err != nil {
			return err
		}
		active := min(n/b.conns, signedInPerConn) * b.conns
		if err := worlds[i].populate(ctx, n, active, min(active, peoplePerConn*b.conns), false); err != nil {
			return err
		}
	}
	small, large := worlds[0], worlds[1]
	if b.rival != "" {
		large.binary = b.rival
	}
	// The large store's start comes first, while nothing of it is loaded.
	if err := b.startRow(ctx, name, large); err != nil {
		return err
	}
	for _, w := range worlds {
		if err := w.start(ctx, b.conns, b.driver); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, w.stop()) }()
	}
	if err := b.idleRow(ctx, name, large); err != nil {
		return err
	}
	for _, op := range operations {
		if err := b.operationRows(ctx, name, op, small, large); err != nil {
			return fmt.Errorf("%s: %w", op.name, err)
		}
	}
	if err := b.srpRows(ctx, name, small, large); err != nil {
		return err
	}
	return b.otherRows(ctx, name, small, large, newWorld)
}

func (b *bench) otherRows(ctx context.Context, engine string, small, large *world, newWorld func(context.Context, string) (*world, error)) error {
	for _, measure := range []func() error{
		func() error { return b.existenceRows(ctx, engine, small) },
		func() error { return b.latencyRow(ctx, engine, small) },
		func() error { return b.poolRow(ctx, engine, small) },
		func() error { return b.mixedRow(ctx, engine, large) },
		func() error { return b.storageRow(ctx, engine, newWorld) },
		func() error { return b.throttleRow(ctx, engine, small) },
	} {
		if err := measure(); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) wants(name string) bool { return b.only.MatchString(name) }

// operationRows measures one operation against its base, the large store against the
// small one, and there a crowd against as few people as in the small one, in rounds of all.
func (b *bench) operationRows(ctx context.Context, engine string, op operation, small, large *world) (err error) {
	if !b.wants(op.name) {
		return nil
	}
	var clients [2]*client
	for i, w := range []*world{small, large} {
		c, done, dialErr := b.clientOf(op, w)
		if dialErr != nil {
			return dialErr
		}
		defer func() { err = errors.Join(err, done()) }()
		clients[i] = c
	}
	loads := []load{{small, clients[0], op.build}, {large, clients[1], op.build}}
	crowd := len(large.users) / b.conns * b.conns
	crowded := op.crowd != nil && crowd > large.passwords
	if crowded {
		loads = append(loads, load{large, clients[1], op.crowd})
	}
	var sides []side
	if op.base != nil {
		list, buildErr := op.build(small, b.conns)
		if buildErr != nil {
			return buildErr
		}
		base, done, baseErr := op.base(b, list)
		if baseErr != nil {
			return baseErr
		}
		defer func() { err = errors.Join(err, done()) }()
		sides = append(sides, base) // right before the small store, which it is held against
	}
	first := len(sides)
	for _, l := range loads {
		sides = append(sides, l.side(b.conns))
	}
	for _, l := range loads {
		list, err := l.build(l.world, b.conns)
		if err != nil {
			return err
		}
		if err := l.client.once(list); err != nil {
			return err
		}
	}
	results, err := b.interleave(ctx, sides)
	if err != nil {
		return err
	}
	ours := results[first:]
	if op.base != nil {
		base := results[0]
		q := quotients(base.rates, ours[0].rates)
		b.table.add(line{op.name, engine, fmt.Sprintf("%.2f %s", median(q), op.unit), spread(q), atLeast(op.target[engine], " "+op.unit),
			fmt.Sprintf("%s of %s", ours[0], base)})
	}
	q := quotients(ours[0].rates, ours[1].rates)
	name, target := fmt.Sprintf("%s, %d users against %d", op.name, large.size, small.size), atLeast(op.growth, "")
	if b.rival != "" {
		name, target = op.name+", the rival against this build", ""
	}
	b.table.add(line{name, engine, fmt.Sprintf("%.2f", median(q)), spread(q), target, fmt.Sprintf("%s of %s", ours[1], ours[0])})
	if crowded {
		q := quotients(ours[1].rates, ours[2].rates)
		name := fmt.Sprintf("%s, %d people instead of %d", op.name, crowd, large.passwords)
		b.table.add(line{name, engine, fmt.Sprintf("%.2f", median(q)), spread(q), "", fmt.Sprintf("%s of %s", ours[2], ours[1])})
	}
	return b.profileOf(ctx, engine, op.name, loads[0])
}

// clientOf returns the connections that an operation's requests go through, and what ends
// them. No driver is in a floor, so that what is held against one goes through the
// cheapest, whatever -client says.
func (b *bench) clientOf(op operation, w *world) (*client, func() error, error) {
	if op.unit != floorUnit {
		return w.client, func() error { return nil }, nil
	}
	c, err := dial(w.server.addr, b.conns, leanDriver)
	if err != nil {
		return nil, nil, err
	}
	return c, c.close, nil
}

// atLeast is a target as the table shows it.
func atLeast(target, unit string) string {
	if target == "" {
		return ""
	}
	return "≥ " + target + unit
}

// interleave loads the sides in turn, round after round. The first, short round
// only warms up.
func (b *bench) interleave(ctx context.Context, sides []side) ([]rounds, error) {
	results := make([]rounds, len(sides))
	for round := range b.pairs + 1 {
		for i, s := range sides {
			d := b.pair
			if round == 0 {
				d = min(d, time.Second)
			}
			before, began := s.server.cpu(), time.Now()
			rate, err := s.rate(ctx, d)
			if err != nil {
				return nil, fmt.Errorf("loading %s: %w", s.name, err)
			}
			cpu, answers := s.server.cpu()-before, rate*time.Since(began).Seconds()
			if round > 0 {
				results[i].rates = append(results[i].rates, rate)
				results[i].cpu = append(results[i].cpu, cpu.Seconds()*1e6/answers)
			}
		}
	}
	return results, nil
}

// load is what a world is loaded with.
type load struct {
	world  *world
	client *client
	build  func(w *world, connections int) (requests, error)
}

func (l load) side(connections int) side {
	rate := func(ctx context.Context, d time.Duration) (float64, error) {
		list, err := l.build(l.world, connections)
		if err != nil {
			return 0, err
		}
		return l.client.rate(ctx, list, d)
	}
	return side{fmt.Sprintf("poolhouse with %d users", l.world.size), rate, l.world.server}
}

// bareSide is the bare server under the same requests.
func bareSide(b *bench, list requests) (side, func() error, error) {
	c, err := dial(b.bare.addr, b.conns, b.driver)
	if err != nil {
		return side{}, nil, err
	}
	rate := func(ctx context.Context, d time.Duration) (float64, error) { return c.rate(ctx, list, d) }
	return side{"the bare server", rate, b.bare}, c.close, nil
}

var notWord = regexp.MustCompile(`\W+`)

// profileOf loads a server once more and keeps a CPU profile of it.
func (b *bench) profileOf(ctx context.Context, engine, name string, l load) error {
	if b.profile == "" {
		return nil
	}
	if err := os.MkdirAll(b.profile, 0o700); err != nil {
		return err
	}
	file := filepath.Join(b.profile, engine+"-"+strings.Trim(notWord.ReplaceAllString(name, "-"), "-")+".pprof")
	failed := make(chan error, 1)
	go func() { failed <- l.world.server.profile(ctx, file, b.pair) }()
	_, err := l.side(b.conns).rate(ctx, b.pair+time.Second)
	return errors.Join(err, <-failed)
}
