package limit_test

import (
	"testing"
	"testing/synctest"

	"poolhouse.dev/internal/limit"
)

// A pool with a rate of its own is counted apart, in the categories that it names
// and in every region.
func TestRatesOfPools(t *testing.T) {
	const own, free, other, third = "us-east-1_own", "us-east-1_free", "us-east-1_other", "us-east-1_third"
	rates := map[limit.Category]float64{limit.UserList: 3, limit.UserAuthentication: 2}
	configs := map[string]limit.Config{
		"named pools":    {Pools: map[string]limit.PoolRates{own: {Rates: rates}, free: {Unlimited: true}}},
		"and all others": {Pools: map[string]limit.PoolRates{own: {Rates: rates}, free: {Unlimited: true}, limit.EveryPool: {Rates: map[limit.Category]float64{limit.UserList: 7}}}},
		"off otherwise":  {Unlimited: true, Pools: map[string]limit.PoolRates{own: {Rates: rates}}},
	}
	for name, c := range map[string]struct {
		config     string
		operations map[string]map[string]int // by operation, how many calls of a pool pass of 500
	}{
		"named": {"named pools", map[string]map[string]int{
			"ListUsers":    {own: 3, free: 500, other: 30, third: 0, "": 0},
			"GetUser":      {own: 120, free: 500, other: 0},
			"InitiateAuth": {own: 2, other: 120},
		}},
		"answers":   {"named pools", map[string]map[string]int{"RespondToAuthChallenge": {own: 3*2 + 2, other: 3*120 + 120}}},
		"every":     {"and all others", map[string]map[string]int{"ListUsers": {own: 3, free: 500, other: 7, third: 7, "": 30}}},
		"unlimited": {"off otherwise", map[string]map[string]int{"ListUsers": {own: 3, free: 500, "": 500}, "GetUser": {own: 500}}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := limiter(t, configs[c.config])
				if !l.HasPools() {
					t.Error("pools do not matter")
				}
				for operation, pools := range c.operations {
					for _, p := range []string{own, free, other, third, ""} {
						want, asked := pools[p]
						if !asked {
							continue
						}
						if got := allowed(500, func() error { return l.Allow(t.Context(), operation, limit.Scope{Region: region, Pool: p}) }); got != want {
							t.Errorf("%s of pool %q: %d pass, want %d", operation, p, got, want)
						}
					}
				}
			})
		})
	}
	if _, err := limit.New(limit.Config{Pools: map[string]limit.PoolRates{own: {Rates: map[limit.Category]float64{"Nothing": 1}}}}); err == nil {
		t.Error("a category that does not exist is taken")
	}
}
