package reliability

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"poolhouse.dev/internal/store/storetest/pgtest"
)

// The disk of the PostgreSQL server is full under load. It refuses what needs room, and
// ends when it has none for its log; poolhouse answers with internal errors, and goes
// on by itself once the server has room and runs.
func TestDatabaseServersDiskIsFull(t *testing.T) {
	v := newMemory(t, 128<<20)
	t.Setenv("TMPDIR", v.folder)
	cluster := pgtest.NewCluster(t, "max_wal_size=32MB", "min_wal_size=32MB")
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
		useUpLog := newLogHog(t, cluster.URL("postgres"))
		release := v.fill(t)
		a.untilRefused(t, 5)
		useUpLog()
		l.awaitErrors(50)
		release()
		// It may end a while after the disk had room again.
		for want, end := l.acked.Load()+100, time.Now().Add(recovery); l.acked.Load() < want; time.Sleep(10 * time.Millisecond) {
			if cluster.Revive(t); time.Now().After(end) {
				t.Fatalf("nothing is acknowledged %s after there was room again", recovery)
			}
		}
		n.awaitReady(t, recovery)
		p.signIn(t, c, "user-0")
		cluster.Exec(t, "CHECKPOINT") // gives back the room that its log has taken
	}
	l.end(c)
	a.areThere(t, a.acked)
	a.agree(t)
}

// newLogHog returns what writes to the server's log until there is no room for more
// of it, which ends the server: it has files of its log in stock that the load would
// take long to fill. It is connected already, which itself takes room at times.
func newLogHog(t testing.TB, url string) (useUpLog func()) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	noError(t, err)
	t.Cleanup(func() { _ = conn.Close(ctx) }) // the server has closed it
	return func() {
		t.Helper()
		if _, err := conn.Exec(ctx, "SELECT pg_logical_emit_message(false, '', repeat('x', 1 << 20)) FROM generate_series(1, 1000)"); err == nil {
			t.Fatal("there is room for a gigabyte of log")
		}
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
