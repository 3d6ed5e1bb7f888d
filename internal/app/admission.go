package app

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"poolhouse.dev/internal/awsjson"
	"poolhouse.dev/internal/caller"
	"poolhouse.dev/internal/config"
	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/ledger"
	"poolhouse.dev/internal/limit"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/token"
	"poolhouse.dev/internal/wire"
)

// newLedger returns the shared counts of nodes over one database, nil for an
// embedded one. A clock of the caller's own takes the place of the database's.
func newLedger(e engine, st store.Store, o Options, logger *slog.Logger) limit.Ledger {
	s, ok := e.(sharing)
	if !ok {
		return nil
	}
	clock := s.Clock
	if o.ownClock {
		clock = func(context.Context) (time.Time, error) { return o.Now(), nil }
	}
	return ledger.New(ledger.Config{Store: st, Clock: clock, Logger: logger})
}

// newLimiter reads the settings of request rates. shared has the counts of nodes
// that share a database, nil for a process that is alone on its own.
func newLimiter(c config.Config, shared limit.Ledger, now func() time.Time) (*limit.Limiter, error) {
	l := limit.Config{Now: now, Ledger: shared, Pools: map[string]limit.PoolRates{}}
	var err error
	if l.Unlimited = c.RateLimits == "off"; !l.Unlimited && c.RateLimits != "default" {
		if l.Rates, err = limit.ParseRates(c.RateLimits); err != nil {
			return nil, fmt.Errorf("--rate-limits: %w", err)
		}
	}
	for _, entry := range c.PoolRateLimits {
		id, limits, _ := strings.Cut(entry, ":")
		own := limit.PoolRates{Unlimited: limits == "off"}
		if !own.Unlimited {
			if own.Rates, err = limit.ParseRates(limits); err != nil {
				return nil, fmt.Errorf("--pool-rate-limits: %s: %w", id, err)
			}
		}
		l.Pools[id] = own
	}
	return limit.New(l)
}

// admission decides whether a request may go on to its operation.
type admission struct {
	limiter   *limit.Limiter
	directory *directory.Directory
	tokens    *token.Authorizer
	firewall  firewall
	// region is where unsigned calls count, which name none: where most signed
	// ones do.
	region string
}

// admit judges a request to an operation.
func (a admission) admit(ctx context.Context, arrival awsjson.Arrival) error {
	var p pool.ID
	op, judged := arrival.Operation, a.firewall.judges(arrival.Operation)
	if (judged || a.limiter.HasPools()) && op.Names != nil {
		var err error
		if p, err = a.poolOf(ctx, op.Names(arrival.Input)); err != nil {
			return err
		}
	}
	if judged {
		if err := refusal(a.firewall.judge(ctx, arrival.Request, op.Name, p, arrival.Body)); err != nil {
			return err
		}
	}
	return a.allow(ctx, op.Name, p)
}

// allow charges a call for a pool, "" for none, to the operation's rate.
func (a admission) allow(ctx context.Context, operation string, p pool.ID) error {
	return a.limiter.Allow(ctx, operation, limit.Scope{Region: cmp.Or(caller.From(ctx).Region, a.region), Pool: string(p)})
}

// poolOf returns the pool that a request is for, "" for one that is not there. What
// an access token says is believed before it is verified: a forged one could only
// be counted where its forger may call anyway.
func (a admission) poolOf(ctx context.Context, n wire.PoolNames) (pool.ID, error) {
	id := pool.ID(n.PoolID)
	switch {
	case id != "":
	case n.AccessToken != "":
		id = a.tokens.ClaimedPool(n.AccessToken)
	case n.ClientID != "":
		return a.poolOfClient(ctx, pool.ClientID(n.ClientID))
	}
	if id == "" {
		return "", nil
	}
	return a.known(ctx, id)
}

// known returns the id of a pool that is there, "" for another.
func (a admission) known(ctx context.Context, id pool.ID) (pool.ID, error) {
	p, err := a.directory.Pool(ctx, id)
	return found(p, nil, err)
}

// poolOfClient returns the pool of a client, "" for one that is not there.
func (a admission) poolOfClient(ctx context.Context, id pool.ClientID) (pool.ID, error) {
	return found(a.directory.Client(ctx, id))
}

// found returns the id of a pool that was looked up, "" for one that is not there.
func found(p *pool.Pool, _ *pool.Client, err error) (pool.ID, error) {
	switch {
	case err == nil:
		return p.ID, nil
	case fault.As(err) != nil:
		return "", nil
	}
	return "", err
}
