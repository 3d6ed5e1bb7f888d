package pgtest_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"poolhouse.dev/internal/store/storetest/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestDatabasesAreEmptyAndApart(t *testing.T) {
	first, second := connect(t, pgtest.Database(t)), connect(t, pgtest.Database(t))
	ctx := context.Background()
	for _, conn := range []*pgx.Conn{first, second} {
		if _, err := conn.Exec(ctx, "CREATE TABLE something (id TEXT PRIMARY KEY)"); err != nil {
			t.Fatal(err)
		}
	}
	if got := setting(t, first, "fsync"); got != "on" {
		t.Errorf("fsync = %q, want on", got)
	}
}

func TestCrashKeepsWhatWasCommitted(t *testing.T) {
	cluster := pgtest.NewCluster(t, "synchronous_commit=on", "work_mem=5MB")
	ctx := context.Background()
	conn := connect(t, cluster.URL("postgres"))
	if got := setting(t, conn, "work_mem"); got != "5MB" {
		t.Errorf("work_mem = %q, want 5MB", got)
	}
	if _, err := conn.Exec(ctx, "CREATE TABLE kept (id TEXT PRIMARY KEY)"); err != nil {
		t.Fatal(err)
	}
	cluster.Crash()
	if _, err := pgx.Connect(ctx, cluster.URL("postgres")); err == nil {
		t.Error("connected to a crashed server")
	}
	cluster.Start(t)
	if _, err := connect(t, cluster.SocketURL("postgres")).Exec(ctx, "INSERT INTO kept VALUES ('a')"); err != nil {
		t.Errorf("writing after the recovery: %v", err)
	}
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func setting(t *testing.T, conn *pgx.Conn, name string) (value string) {
	t.Helper()
	if err := conn.QueryRow(context.Background(), "SELECT current_setting($1)", name).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

// What a primary acknowledged is on its standby, also when the standby was late;
// what waited for it is not acknowledged.
func TestStandbyTakesOver(t *testing.T) {
	primary := pgtest.NewCluster(t)
	standby := primary.NewStandby(t)
	primary.Exec(t, "CREATE TABLE kept (id TEXT PRIMARY KEY)")
	release := standby.HoldReplication(t)
	waiting := connect(t, primary.URL("postgres"))
	answered := make(chan error, 1)
	go func() {
		_, err := waiting.Exec(context.Background(), "INSERT INTO kept VALUES ('late')")
		answered <- err
	}()
	primary.AwaitWaiting(t, 1)
	primary.Kill(t)
	if err := <-answered; err == nil {
		t.Error("a commit was acknowledged that the standby did not have")
	}
	release()
	standby.Promote(t)
	if _, err := connect(t, standby.URL("postgres")).Exec(context.Background(), "INSERT INTO kept VALUES ('after')"); err != nil {
		t.Errorf("writing after the promotion: %v", err)
	}
}
