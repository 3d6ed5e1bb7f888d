package postgres_test

import (
	"os"
	"testing"

	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore/postgres"
	"poolhouse.dev/internal/store/storetest"
	"poolhouse.dev/internal/store/storetest/pgtest"
)

// The whole suite at serializable isolation, with serialization failures at
// statements and commits and with replies that get lost. With POOLHOUSE_STORM=1
// also for sets that travel apart, which takes longer.
func TestStoreInAStorm(t *testing.T) {
	modes := map[string]bool{"together": false}
	if os.Getenv("POOLHOUSE_STORM") == "1" {
		modes["spread"] = true
	}
	for name, spread := range modes {
		t.Run(name, func(t *testing.T) {
			storm := pgtest.NewStorm(t)
			t.Cleanup(storm.Close)
			var s *postgres.Store
			storetest.RunUnsettled(t, func(t *testing.T) store.Store {
				s = open(t, postgres.Config{URL: storm.URL, Spread: spread})
				storm.Begin(150)
				return s
			})
			stats := s.Stats()
			t.Logf("%d connections broke; %d commits, %d retries, %d settled, %d not", storm.Broken(), stats.Commits, stats.Retries, stats.Settled, stats.NotSettled)
			if storm.Broken() == 0 || stats.Retries == 0 || stats.Settled == 0 {
				t.Error("there was no storm")
			}
		})
	}
}
