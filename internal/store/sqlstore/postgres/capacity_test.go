package postgres_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore/postgres"
	"poolhouse.dev/internal/store/storetest/pgtest"
	"poolhouse.dev/internal/user"
)

// BenchmarkCapacity measures what docs/capacity.md counts with: the bytes that a
// user and what hangs on it take, and what an update of a name costs
// the server, its log and the network. Users come in no order. Run it with
// -benchtime 1x.
func BenchmarkCapacity(b *testing.B) {
	for name, spread := range map[string]bool{"together": false, "spread": true} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				measureCapacity(b, spread)
			}
		})
	}
}

const (
	capacityUsers   = 100_000
	capacityUpdates = 100_000
	// sealedVerifier is the size of a password's verifier as the vault seals it.
	sealedVerifier = 440
)

func measureCapacity(b *testing.B, spread bool) {
	address := pgtest.NewCluster(b).Database(b)
	wire := &meter{}
	s := open(b, postgres.Config{URL: address, Spread: spread, Dial: wire.dial})
	subs := make([]string, capacityUsers)
	each(b, len(subs)/100, func(i int) error {
		set := store.NewChangeSet()
		for n := i * 100; n < (i+1)*100; n++ {
			subs[n] = uuid()
			set.Insert(personRows(n, subs[n])...)
		}
		return s.Commit(context.Background(), set)
	})
	conn, err := pgx.Connect(b.Context(), address)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close(context.Background())
	ask := func(query string) (n int64) {
		if err := conn.QueryRow(context.Background(), query).Scan(&n); err != nil {
			b.Fatal(err)
		}
		return n
	}
	size := func(table string) float64 {
		return float64(ask("SELECT COALESCE(pg_total_relation_size(to_regclass('"+table+"')), 0)")) / capacityUsers
	}
	for _, table := range []string{"users", "aliases", "sessions", "attempts", "users_search"} {
		b.ReportMetric(size(table), table+"-B/user")
	}
	log, cpu, up, down := ask("SELECT pg_current_wal_lsn() - '0/0'"), clusterTicks(b, conn), wire.up.Load(), wire.down.Load()
	var next atomic.Int64
	var group sync.WaitGroup
	for range goroutines {
		group.Go(func() {
			for i := next.Add(1); i <= capacityUpdates; i = next.Add(1) {
				if err := rename(s, subs[(i*7919)%capacityUsers], i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	b.ReportMetric(float64(ask("SELECT pg_current_wal_lsn() - '0/0'")-log)/capacityUpdates, "wal-B/update")
	b.ReportMetric(float64(clusterTicks(b, conn)-cpu)*10_000/capacityUpdates, "server-µs/update")
	b.ReportMetric(float64(wire.up.Load()-up)/capacityUpdates, "sent-B/update")
	b.ReportMetric(float64(wire.down.Load()-down)/capacityUpdates, "received-B/update")
	b.ReportMetric(size("users")+size("users_search"), "updated-users-B/user")
}

// personRows are a user with five attributes who is found by name, sub and e-mail
// address, and has signed in once.
func personRows(n int, sub string) []row.Row {
	name := fmt.Sprintf("person-%07d", n)
	email := name + "@example.com"
	verifier := make([]byte, sealedVerifier)
	rand.Read(verifier)
	u := &user.User{
		PoolID: "us-east-1_Benchmark", Sub: user.Sub(sub), Username: name, Status: user.Confirmed, Verifier: verifier,
		Attributes: user.Attributes{
			{Name: "email", Value: email}, {Name: "email_verified", Value: "true"}, {Name: "name", Value: "Person " + strconv.Itoa(n)},
			{Name: "given_name", Value: "Person"}, {Name: "family_name", Value: strconv.Itoa(n)},
		},
	}
	return []row.Row{
		u,
		&user.Alias{PoolID: u.PoolID, Kind: user.AliasName, Key: name, Sub: u.Sub, KeyVersion: 1},
		&user.Alias{PoolID: u.PoolID, Kind: user.AliasName, Key: sub, Sub: u.Sub, KeyVersion: 1},
		&user.Alias{PoolID: u.PoolID, Kind: user.AliasEmail, Key: email, Sub: u.Sub, KeyVersion: 1},
		&user.Session{PoolID: u.PoolID, Sub: u.Sub, ID: uuid(), OriginJTI: uuid(), ClientID: "abcdefghijklmnopqrstuvwxyz", Scope: "aws.cognito.signin.user.admin"},
		&user.Attempts{PoolID: u.PoolID, Sub: u.Sub, Kind: user.AttemptPassword},
	}
}

// rename is the store's part of an update of an attribute.
func rename(s *postgres.Store, sub string, i int64) error {
	u := &user.User{PoolID: "us-east-1_Benchmark", Sub: user.Sub(sub)}
	return store.Retry(context.Background(), func(ctx context.Context) error {
		if err := s.Read(ctx, u, &user.Session{PoolID: u.PoolID, Sub: u.Sub, ID: "session"}); err != nil {
			return err
		}
		u.Attributes.Set("name", "Person "+strconv.FormatInt(i, 36))
		return s.Commit(ctx, updating(u))
	})
}

// each calls do n times, four at a time.
func each(b *testing.B, n int, do func(i int) error) {
	b.Helper()
	var group sync.WaitGroup
	var next atomic.Int64
	for range 4 {
		group.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				if err := do(int(i)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
}

func uuid() string {
	var id [16]byte
	rand.Read(id[:])
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}

// clusterTicks returns the CPU time of the server's processes, in hundredths of a
// second; 0 where the system does not tell.
func clusterTicks(b *testing.B, conn *pgx.Conn) (ticks int64) {
	rows, err := conn.Query(context.Background(), "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
	if err != nil {
		b.Fatal(err)
	}
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		b.Fatal(err)
	}
	for _, pid := range pids {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			continue
		}
		_, rest, _ := strings.Cut(string(stat), ") ")
		for _, field := range strings.Fields(rest)[11:13] { // utime and stime
			n, _ := strconv.ParseInt(field, 10, 64)
			ticks += n
		}
	}
	return ticks
}

// meter counts the bytes of its connections.
type meter struct{ up, down atomic.Int64 }

func (m *meter) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &meteredConn{Conn: conn, meter: m}, nil
}

type meteredConn struct {
	net.Conn
	meter *meter
}

func (c *meteredConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.meter.down.Add(int64(n))
	return n, err
}

func (c *meteredConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.meter.up.Add(int64(n))
	return n, err
}
