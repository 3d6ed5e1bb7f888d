package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// The rate that throttleRow configures, in requests a second, of the category
// that GetUser belongs to: far below what the server can do, and with all users
// in turn far below what one of them may ask.
const (
	throttleRate     = 500
	throttleCategory = "UserRead"
)

// answerError is an answer that is no success.
type answerError struct {
	status string
	body   []byte
}

func (e *answerError) Error() string {
	return fmt.Sprintf("the server answered %s: %s", e.status, e.body)
}

func isThrottled(err error) bool {
	var answer *answerError
	return errors.As(err, &answer) && bytes.Contains(answer.body, []byte("TooManyRequestsException"))
}

// throttleRow measures which rate all connections together get that ask for as
// much as they can from a server that is configured to one rate.
func (b *bench) throttleRow(ctx context.Context, engine string, w *world) (err error) {
	name := fmt.Sprintf("GetUser by %d clients, held to %d/s", b.conns, throttleRate)
	if !b.wants(name) {
		return nil
	}
	if err := w.stop(); err != nil {
		return err
	}
	w.rates = fmt.Sprintf("%s=%d", throttleCategory, throttleRate)
	if err := w.start(ctx, b.conns, b.driver); err != nil {
		return err
	}
	list, err := getRequests(w, b.conns)
	if err != nil {
		return err
	}
	var quotients, refused []float64
	// The bucket is full at first; what it holds is used up by the first round.
	for round := range b.pairs + 1 {
		began := time.Now()
		passed, throttled, err := w.client.throttled(ctx, list, b.pair)
		if err != nil {
			return err
		}
		if round > 0 {
			took := time.Since(began).Seconds()
			quotients = append(quotients, passed/took/throttleRate)
			refused = append(refused, throttled/took)
		}
	}
	b.table.add(line{name, engine, fmt.Sprintf("%.3f", median(quotients)), spread(quotients), "0.95 to 1.05",
		fmt.Sprintf("%.0f/s were refused", median(refused))})
	return nil
}

// throttled loads the server for d and returns how many requests passed and how
// many were refused for their number.
func (c *client) throttled(ctx context.Context, list requests, d time.Duration) (passed, refused float64, err error) {
	var good, bad atomic.Int64
	end := time.Now().Add(d)
	err = c.each(func(i int, conn *connection) error {
		for time.Now().Before(end) && ctx.Err() == nil {
			switch err := conn.next(list[i]); {
			case err == nil:
				good.Add(1)
			case isThrottled(err):
				bad.Add(1)
			default:
				return err
			}
		}
		return nil
	})
	return float64(good.Load()), float64(bad.Load()), errors.Join(err, ctx.Err())
}
