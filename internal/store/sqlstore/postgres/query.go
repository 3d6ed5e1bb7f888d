package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"poolhouse.dev/internal/store"
)

// List implements store.Reader.
func (s *Store) List(ctx context.Context, q store.Query) (store.Page, error) {
	selection, err := s.dialect.Select(q)
	if err != nil {
		return store.Page{}, err
	}
	result, err := s.query(ctx, selection.Text, selection.Args)
	if err != nil {
		return store.Page{}, err
	}
	return selection.Page(result)
}

// Count implements store.Reader.
func (s *Store) Count(ctx context.Context, q store.Query) (int64, error) {
	text, args, err := s.dialect.SelectCount(q)
	if err != nil {
		return 0, err
	}
	result, err := s.query(ctx, text, args)
	if err != nil {
		return 0, err
	}
	return result[0][0].(int64), nil
}

// query runs one reading statement by itself and returns its rows.
func (s *Store) query(ctx context.Context, text string, args []any) (result [][]any, err error) {
	if !s.enter() {
		return nil, errClosed
	}
	defer s.calls.Done()
	s.metrics.reads.Add(1)
	s.metrics.readTrips.Add(1)
	err = s.retryRead(ctx, func(conn *pgx.Conn) error {
		result, err = queryAll(context.Background(), conn, text, args)
		return err
	})
	return result, asFailure(err)
}

func queryAll(ctx context.Context, conn *pgx.Conn, text string, args []any) (result [][]any, err error) {
	rows, err := conn.Query(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		values, err := decodeRow(rows.FieldDescriptions(), rows.RawValues())
		if err != nil {
			return nil, err
		}
		result = append(result, values)
	}
	return result, rows.Err()
}

// retryRead runs a read until it succeeds or is not worth another try. The error
// is the last one as the driver gave it.
func (s *Store) retryRead(ctx context.Context, read func(conn *pgx.Conn) error) error {
	for try := 1; ; try++ {
		ran := false
		err := s.withConn(ctx, func(conn *pgx.Conn) error {
			ran = true
			return read(conn)
		})
		switch {
		case err == nil:
			return nil
		case !ran, try == maxTries, ctx.Err() != nil, !isWorthReading(err):
			return err
		}
	}
}

// isWorthReading reports whether a read that failed with err may succeed at
// once: others were in its way, the plan was made for an older schema, or the
// connection was a stale one.
func isWorthReading(err error) bool {
	_, live := answered(err)
	return !live || isCode(err, codeSerialization, codeDeadlock, codeUnsupported)
}
