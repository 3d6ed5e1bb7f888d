package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// client is a fixed number of kept connections to one server.
type client struct{ conns []*connection }

// connection sends one request after the other and waits for each answer.
type connection struct {
	sender
	// sent counts the requests, of all loads.
	sent uint64
	// order draws the requests. It is seeded with the connection's number, so that every
	// server gets the same ones.
	order *rand.Rand
}

// sender sends a request and takes the answer, which must be a success.
type sender interface {
	send(r *request) error
	close() error
}

// requests are what the connections send: each draws from its own list, as people come in no
// order. Going round it would have the connections, which keep step, act for users whose rows
// are neighbours in a small store and in a large one are not.
type requests [][]*request

// sdkDriver is what applications use, and the one that the targets are held against:
// docs/performance.md tells why. leanDriver is the one that costs the least.
const (
	sdkDriver  = "sdk"
	leanDriver = "lean"
)

// drivers are the ways to send a request, by the name that -client has for them.
var drivers = map[string]func(addr string) (sender, error){
	leanDriver: func(addr string) (sender, error) { return newLeanConnection(addr) },
	"go":       func(addr string) (sender, error) { return newNetConnection(addr), nil },
	sdkDriver:  func(addr string) (sender, error) { return newSDKConnection(addr), nil },
}

// dial connects n times, in the way of a driver.
func dial(addr string, n int, driver string) (*client, error) {
	c := &client{}
	for i := range n {
		s, err := drivers[driver](addr)
		if err != nil {
			return nil, errors.Join(err, c.close())
		}
		c.conns = append(c.conns, &connection{sender: s, order: rand.New(rand.NewPCG(0, uint64(i)))})
	}
	return c, nil
}

func (c *client) close() error {
	var errs []error
	for _, conn := range c.conns {
		errs = append(errs, conn.close())
	}
	return errors.Join(errs...)
}

// each runs do on every connection at once and joins the errors.
func (c *client) each(do func(i int, conn *connection) error) error {
	errs := make([]error, len(c.conns))
	var wg sync.WaitGroup
	for i, conn := range c.conns {
		wg.Go(func() { errs[i] = do(i, conn) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// rate loads the server for d, every connection sending as soon as it has its
// answer, and returns the answers per second.
func (c *client) rate(ctx context.Context, list requests, d time.Duration) (float64, error) {
	counts := make([]int, len(c.conns))
	start := time.Now()
	end := start.Add(d)
	err := c.each(func(i int, conn *connection) error {
		for time.Now().Before(end) && ctx.Err() == nil {
			if err := conn.next(list[i]); err != nil {
				return err
			}
			counts[i]++
		}
		return nil
	})
	total := 0
	for _, n := range counts {
		total += n
	}
	return float64(total) / time.Since(start).Seconds(), errors.Join(err, ctx.Err())
}

// once sends every request of the list once, to warm the server up.
func (c *client) once(list requests) error {
	return c.each(func(i int, conn *connection) error {
		for _, r := range list[i] {
			if err := conn.numbered(r); err != nil {
				return err
			}
		}
		return nil
	})
}

// latencies loads the server for d at a given rate and returns how long answers
// took, in order. A request that had to wait for its connection counts from the
// moment when it was due.
func (c *client) latencies(ctx context.Context, list requests, rate float64, d time.Duration) ([]time.Duration, error) {
	took := make([][]time.Duration, len(c.conns))
	step := time.Duration(float64(len(c.conns)) / rate * float64(time.Second))
	start := time.Now()
	err := c.each(func(i int, conn *connection) error {
		due := start.Add(step * time.Duration(i) / time.Duration(len(c.conns)))
		for ; due.Before(start.Add(d)) && ctx.Err() == nil; due = due.Add(step) {
			from := due
			if wait := time.Until(due); wait > 0 {
				time.Sleep(wait)
				// A timer that rings late is not the server's fault.
				from = time.Now()
			}
			if err := conn.next(list[i]); err != nil {
				return err
			}
			took[i] = append(took[i], time.Since(from))
		}
		return nil
	})
	all := slices.Concat(took...)
	slices.Sort(all)
	return all, errors.Join(err, ctx.Err())
}

// next sends a request of the list.
func (c *connection) next(list []*request) error { return c.numbered(list[c.order.IntN(len(list))]) }

// numbered sends a request with its number.
func (c *connection) numbered(r *request) error {
	c.sent++
	r.number(c.sent)
	return c.send(r)
}
