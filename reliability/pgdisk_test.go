package reliability

import (
	"context"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"

	"poolhouse.dev/internal/store/storetest/pgtest"
)

// The disk of the PostgreSQL server is full under load. It refuses what needs room, and
// ends when it has none for its log; poolhouse answers with internal errors, and goes
// on by itself once the server has room and runs.
func TestDatabaseServersDiskIsFull(t *testing.T) {
	v := newMemory(t, 128<<20)
	t.Setenv("TMPDIR", v.folder)
	cluster := pgtest.NewCluster(t)
	noError(t, os.Unsetenv("TMPDIR"))
	in := newInstallation(t, cluster.Database(t))
	n := in.start(t)
	c := client(n.url, false)
	p := newPeople(t, c, 8)
	a := &arrivals{client: c, pool: p.pool}
	l := begin(t, c, p, internalOnly)
	for range often(1, 20) {
		l.await(100)
		a.some(t, 20)
		release := v.fill(t)
		a.untilRefused(t, 5)
		useUpLog(t, cluster.URL("postgres"))
		l.awaitErrors(50)
		release()
		for want := l.acked.Load() + 100; l.acked.Load() < want && !t.Failed(); {
			cluster.Revive(t)
			l.await(1)
		}
		n.awaitReady(t, recovery)
		p.signIn(t, c, "user-0")
	}
	l.end(c)
	a.areThere(t, a.acked)
	a.agree(t)
}

// useUpLog writes to the server's log until there is no room for more of it, which ends
// the server: it has files of its log in stock that the load would take long to fill.
func useUpLog(t testing.TB, url string) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	noError(t, err)
	defer func() { _ = conn.Close(ctx) }() // the server has closed it
	if _, err := conn.Exec(ctx, "SELECT pg_logical_emit_message(false, '', repeat('x', 1 << 20)) FROM generate_series(1, 1000)"); err == nil {
		t.Fatal("there is room for a gigabyte of log")
	}
}

// The PostgreSQL server takes no changes for a while under load: they are refused with an
// internal error, reads go on, and when it takes them again so does poolhouse.
func TestDatabaseServerIsReadOnly(t *testing.T) {
	cluster := pgtest.NewCluster(t)
	in := newInstallation(t, cluster.Database(t))
	n := in.start(t)
	c := client(n.url, false)
	p := newPeople(t, c, 8)
	l := begin(t, c, p, internalOnly)
	for range often(2, 50) {
		l.await(100)
		cluster.SetReadOnly(t, true)
		l.awaitErrors(50)
		readsGoOn(t, c, p)
		cluster.SetReadOnly(t, false)
		l.await(100)
		n.awaitReady(t, recovery)
		p.signIn(t, c, "user-0")
	}
	l.end(c)
}
