package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// minConns is what the combined readers, the combined writer and one set of
// several statements need so as not to wait for each other.
const minConns = 4

// errNeverCancelled is what the driver is told when it wants to send a cancel
// request.
var errNeverCancelled = errors.New("a statement is never cancelled")

func poolConfig(cfg Config) (*pgxpool.Config, error) {
	pc, err := pgxpool.ParseConfig(cfg.URL)
	if err != nil {
		// The driver's error quotes the URL, though without its password.
		return nil, errors.New("the database URL cannot be read")
	}
	switch {
	case cfg.MaxConns > 0:
		pc.MaxConns = int32(cfg.MaxConns)
	case !strings.Contains(cfg.URL, "pool_max_conns"):
		pc.MaxConns = defaultMaxConns
	}
	pc.MaxConns = max(pc.MaxConns, minConns)
	pc.PrepareConn = isAlive
	pc.BeforeConnect = func(_ context.Context, cc *pgx.ConnConfig) error {
		prepareConn(cc, cfg.Dial)
		return nil
	}
	if !cfg.AllowUnsafeDurability {
		pc.AfterConnect = checkDurability
	}
	return pc, nil
}

// prepareConn sets up one connection that is about to be made.
//
// The driver asks the server to cancel what runs on a connection that broke.
// That must not reach a COMMIT: with a synchronous standby a cancelled COMMIT
// succeeds though the standby lacks it. So once connected, the connection dials
// nobody any more.
func prepareConn(cc *pgx.ConnConfig, dial func(context.Context, string, string) (net.Conn, error)) {
	if dial == nil {
		dial = dialServer
	}
	if cc.ConnectTimeout == 0 {
		cc.ConnectTimeout = connectTimeout
	}
	var connected atomic.Bool
	cc.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		if connected.Load() {
			return nil, errNeverCancelled
		}
		return dial(ctx, network, address)
	}
	cc.AfterConnect = func(context.Context, *pgconn.PgConn) error {
		connected.Store(true)
		return nil
	}
	cc.OnNotice = func(conn *pgconn.PgConn, n *pgconn.Notice) {
		if cmp.Or(n.SeverityUnlocalized, n.Severity) == "WARNING" || sqlClass(n.Code) == "01" {
			conn.CustomData()[warnedKey] = n.Code
		}
	}
}

// warnedKey is where a connection keeps the code of the last warning.
const warnedKey = "warned"

// clearWarning forgets the warnings of a connection.
func clearWarning(conn *pgx.Conn) { delete(conn.PgConn().CustomData(), warnedKey) }

// isWarned reports whether a warning came since clearWarning.
func isWarned(conn *pgx.Conn) bool {
	_, ok := conn.PgConn().CustomData()[warnedKey]
	return ok
}

// checkDurability refuses a session whose commits may be lost in a crash.
// Databases that only speak PostgreSQL's protocol may not know a setting; what
// is unknown is not off.
func checkDurability(ctx context.Context, conn *pgx.Conn) error {
	for _, name := range []string{"fsync", "synchronous_commit"} {
		var value string
		err := conn.QueryRow(ctx, "SELECT COALESCE(current_setting($1, true), '')", name).Scan(&value)
		if err != nil {
			return fmt.Errorf("reading the setting %s: %w", name, err)
		}
		if value == "off" {
			return &unsafeError{setting: name}
		}
	}
	return nil
}

// unsafeError says that the server runs with a setting that loses commits.
type unsafeError struct{ setting string }

func (e *unsafeError) Error() string {
	return "PostgreSQL runs with " + e.setting + "=off and would lose acknowledged changes in a crash"
}
