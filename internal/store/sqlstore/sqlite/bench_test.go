package sqlite_test

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore/sqlite"
	"poolhouse.dev/internal/user"
)

const benchPool pool.ID = "us-east-1_ABCDEFGHI"

// benchUsers is how many users the benchmarks work among.
func benchUsers(b testing.TB) int {
	if s := os.Getenv("POOLHOUSE_BENCH_USERS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			b.Fatal(err)
		}
		return n
	}
	return 10_000
}

// fill stores n users of five attributes with a session and two names each, and
// returns their subs.
func fill(b testing.TB, s store.Store, n int) []user.Sub {
	b.Helper()
	subs := make([]user.Sub, n)
	verifier := make([]byte, 440)
	rand.Read(verifier)
	set := store.NewChangeSet()
	for i := range subs {
		subs[i] = newSub()
		email := fmt.Sprintf("user%07d@example.com", i)
		set.Insert(&user.User{
			PoolID: benchPool, Sub: subs[i], Username: fmt.Sprintf("user%07d", i), Status: user.Confirmed,
			Attributes: user.Attributes{
				{Name: "email", Value: email}, {Name: "email_verified", Value: "true"},
				{Name: "name", Value: "Firstname Lastname"}, {Name: "phone_number", Value: fmt.Sprintf("+1555%07d", i)},
				{Name: "custom:tier", Value: "gold"},
			},
			Verifier: verifier, PasswordSetAt: time.Now(), CreatedAt: time.Now(), ModifiedAt: time.Now(),
		})
		set.Insert(&user.Alias{PoolID: benchPool, Kind: user.AliasName, Key: string(subs[i]), Sub: subs[i], KeyVersion: 1})
		set.Insert(&user.Alias{PoolID: benchPool, Kind: user.AliasEmail, Key: email, Sub: subs[i], KeyVersion: 1})
		set.Insert(&user.Session{
			PoolID: benchPool, Sub: subs[i], ID: "session", OriginJTI: "jti", ClientID: "client", Scope: "aws.cognito.signin.user.admin",
			AuthTime: time.Now(), ExpiresAt: time.Now().Add(time.Hour),
		})
		if i%1000 == 999 || i == n-1 {
			if err := s.Commit(b.Context(), set); err != nil {
				b.Fatal(err)
			}
			set = store.NewChangeSet()
		}
	}
	return subs
}

// reportCPU makes the benchmark report the processor time of an operation, which
// other work on the machine disturbs less than the time on the clock.
func reportCPU(b *testing.B) (stop func()) {
	before := processorTime(b)
	return func() {
		b.ReportMetric(float64(processorTime(b)-before)/float64(b.N), "cpu-ns/op")
	}
}

func processorTime(b *testing.B) time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func newSub() user.Sub {
	var id [16]byte
	rand.Read(id[:])
	h := hex.EncodeToString(id[:])
	return user.Sub(h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:])
}

// BenchmarkCommit is one update of a user's name by each of 64 requests at once.
func BenchmarkCommit(b *testing.B) {
	s := open(b, sqlite.Config{Path: b.TempDir()})
	subs := fill(b, s, benchUsers(b))
	for _, parallel := range []int{1, 64} {
		b.Run(fmt.Sprintf("requests=%d", parallel), func(b *testing.B) {
			users := make([]*user.User, min(len(subs), 4096))
			for i := range users {
				users[i] = &user.User{PoolID: benchPool, Sub: subs[i*len(subs)/len(users)]}
				if err := s.Read(b.Context(), users[i]); err != nil {
					b.Fatal(err)
				}
			}
			before := s.Stats()
			b.ReportAllocs()
			b.ResetTimer()
			defer reportCPU(b)()
			var worker atomic.Int64
			commits := func(next func() bool) {
				w := int(worker.Add(1)) - 1
				for i := 0; next(); i++ {
					u := users[(w+i*parallel)%len(users)]
					u.Attributes.Set("name", strconv.Itoa(i)+" Lastname")
					set := store.NewChangeSet()
					set.Update(u)
					if err := s.Commit(b.Context(), set); err != nil {
						b.Error(err)
						return
					}
				}
			}
			if parallel == 1 {
				n := 0
				commits(func() bool { n++; return n <= b.N })
			} else {
				b.SetParallelism(parallel / 2)
				b.RunParallel(func(pb *testing.PB) { commits(pb.Next) })
			}
			after := s.Stats()
			b.ReportMetric(float64(after.Sets-before.Sets)/float64(after.Commits-before.Commits), "sets/commit")
		})
	}
}

// BenchmarkRead is a user and a session by key, as GetUser reads them.
func BenchmarkRead(b *testing.B) {
	for name, size := range map[string]int{"cached": 0, "uncached": -1} {
		b.Run(name, func(b *testing.B) { benchmarkRead(b, size) })
	}
}

func benchmarkRead(b *testing.B, cacheBytes int) {
	s := open(b, sqlite.Config{Path: b.TempDir(), CacheBytes: cacheBytes})
	subs := fill(b, s, benchUsers(b))
	b.ReportAllocs()
	b.ResetTimer()
	defer reportCPU(b)()
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			sub := subs[(i*7919)%len(subs)]
			u, se := &user.User{PoolID: benchPool, Sub: sub}, &user.Session{PoolID: benchPool, Sub: sub, ID: "session"}
			if err := s.Read(b.Context(), se, u); err != nil || !u.Stored() || !se.Stored() {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkSize reports what a user with two names and five attributes takes.
func BenchmarkSize(b *testing.B) {
	folder := b.TempDir()
	s, err := sqlite.Open(b.Context(), sqlite.Config{Path: folder})
	if err != nil {
		b.Fatal(err)
	}
	n := benchUsers(b)
	fill(b, s, n)
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(folder + "/" + sqlite.FileName)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(info.Size())/float64(n), "B/user")
	b.ReportMetric(0, "ns/op")
}
