package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"poolhouse.dev/internal/store/sqlstore"
)

// snapshot is a reading transaction on a connection of its own, so that it takes none of
// those that requests wait for. Between two pages it is idle.
type snapshot struct{ conn *pgx.Conn }

// Snapshot returns a view of the tables that has every change which was answered, on any
// node, before the call. It outlives the store.
func (s *Store) Snapshot(ctx context.Context) (sqlstore.Snapshot, error) {
	if !s.enter() {
		return nil, errClosed
	}
	defer s.calls.Done()
	return OpenSnapshot(ctx, s.config)
}

// OpenSnapshot returns a view of the tables of a database. The schema is left as it is.
func OpenSnapshot(ctx context.Context, cfg Config) (sqlstore.Snapshot, error) {
	conn, err := connect(ctx, cfg)
	if err != nil {
		return nil, err
	}
	v := &snapshot{conn: conn}
	// The view is of the moment of the first read.
	_, err = conn.Exec(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
	if err == nil {
		_, err = v.Schema(ctx)
	}
	if err != nil {
		v.Close()
		return nil, asFailure(err)
	}
	return v, nil
}

// connect makes a connection beside those of a pool.
func connect(ctx context.Context, cfg Config) (*pgx.Conn, error) {
	pc, err := poolConfig(cfg)
	if err != nil {
		return nil, err
	}
	prepareConn(pc.ConnConfig, cfg.Dial)
	ctx, cancel := context.WithTimeout(ctx, workTimeout)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, pc.ConnConfig)
	if err != nil {
		return nil, fmt.Errorf("connecting to PostgreSQL: %w", asFailure(err))
	}
	return conn, nil
}

// Schema implements sqlstore.Snapshot.
func (v *snapshot) Schema(ctx context.Context) (version int64, err error) {
	err = v.conn.QueryRow(ctx, sqlstore.VersionText).Scan(&version)
	if isCode(err, codeNoTable) {
		return 0, errors.New("there is no store in the database")
	}
	return version, asFailure(err)
}

// codeNoTable is the SQLSTATE of a table that is not there.
const codeNoTable = "42P01"

// Page implements sqlstore.Snapshot.
func (v *snapshot) Page(ctx context.Context, l sqlstore.Layout, after []any, limit int) ([][]any, error) {
	return page(ctx, v.conn, l, after, limit)
}

func page(ctx context.Context, conn *pgx.Conn, l sqlstore.Layout, after []any, limit int) ([][]any, error) {
	text, args := l.Page(after, limit)
	result, err := queryAll(ctx, conn, text, args)
	if err != nil {
		return nil, fmt.Errorf("reading table %s: %w", l.Table, asFailure(err))
	}
	return result, nil
}

// Close implements sqlstore.Snapshot. The server ends the transaction with the session.
func (v *snapshot) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = v.conn.Close(ctx) // it only read: whatever it says at its end is nobody's loss
	return nil
}
