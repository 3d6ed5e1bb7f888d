package postgres_test

import (
	"context"
	"sync/atomic"
	"testing"

	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store/sqlstore/postgres"
	"poolhouse.dev/internal/store/storetest/pgtest"
	"poolhouse.dev/internal/user"
)

// goroutines is how many requests the benchmarks have in flight.
const goroutines = 64

// BenchmarkReadUpdate is the store's part of an attribute update: read the user
// and the sign-in, then write the user. Every goroutine has users of its own.
func BenchmarkReadUpdate(b *testing.B) {
	s := filled(b)
	run(b, s, func(u *user.User, v *user.Session) error {
		if err := s.Read(context.Background(), u, v); err != nil {
			return err
		}
		u.SignOutEpoch++
		return s.Commit(context.Background(), updating(u))
	})
}

// BenchmarkReadUpdateName is the same with a change in an indexed column.
func BenchmarkReadUpdateName(b *testing.B) {
	s := filled(b)
	var n atomic.Int64
	names := []string{"Anna", "Bert", "Carl", "Dora", "Emil"}
	run(b, s, func(u *user.User, v *user.Session) error {
		if err := s.Read(context.Background(), u, v); err != nil {
			return err
		}
		u.Attributes.Set("name", names[n.Add(1)%5])
		return s.Commit(context.Background(), updating(u))
	})
}

// BenchmarkRead is the store's part of showing a user.
func BenchmarkRead(b *testing.B) {
	s := filled(b)
	run(b, s, func(u *user.User, v *user.Session) error {
		return s.Read(context.Background(), u, v)
	})
}

// BenchmarkUpdateTwoRows commits sets of two statements, which travel alone.
func BenchmarkUpdateTwoRows(b *testing.B) {
	s := filled(b)
	run(b, s, func(u *user.User, v *user.Session) error {
		if err := s.Read(context.Background(), u, v); err != nil {
			return err
		}
		u.SignOutEpoch++
		return s.Commit(context.Background(), updating(u, v))
	})
}

func filled(b *testing.B) *postgres.Store {
	s := open(b, postgres.Config{URL: pgtest.Database(b)})
	for i := range goroutines {
		var rows []row.Row
		for j := range 16 {
			rows = append(rows, newUser(i*16+j), newSession(i*16+j))
		}
		commit(b, s, inserting(rows...))
	}
	return s
}

func run(b *testing.B, s *postgres.Store, do func(*user.User, *user.Session) error) {
	b.Helper()
	b.ReportAllocs()
	b.SetParallelism(goroutines / 2)
	var ids atomic.Int64
	before := s.Stats()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		id := int(ids.Add(1)-1) % goroutines
		for i := 0; pb.Next(); i++ {
			n := id*16 + i%16
			if err := do(newUser(n), newSession(n)); err != nil {
				b.Error(err)
				return
			}
		}
	})
	after := s.Stats()
	if trips := after.ReadTrips - before.ReadTrips; trips > 0 {
		b.ReportMetric(float64(after.Reads-before.Reads)/float64(trips), "reads/trip")
	}
	if trips := after.WriteTrips - before.WriteTrips; trips > 0 {
		b.ReportMetric(float64(after.Commits-before.Commits)/float64(trips), "sets/trip")
	}
}
