package postgres

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore"
	"poolhouse.dev/internal/user"
)

// List implements store.Reader.
func (s *Store) List(ctx context.Context, q store.Query) (store.Page, error) {
	selection, err := s.dialect.Select(q)
	if err != nil {
		return store.Page{}, err
	}
	ask := s.query
	if isOfOneUser(selection.Table, q) {
		ask = s.queryCombined
	}
	result, err := ask(ctx, selection.Text, selection.Args)
	if err != nil {
		return store.Page{}, err
	}
	return selection.Page(result)
}

// isOfOneUser reports whether q asks for rows of one user, which are few and lie beside
// each other, so that nobody who shares an exchange waits for them.
func isOfOneUser(t *sqlstore.Table, q store.Query) bool {
	return t.Shard.Beside == user.TableUsers && slices.ContainsFunc(q.Equal, func(term store.Term) bool { return term.Column == t.Shard.Column })
}

// queryCombined is query in an exchange with reads of others.
func (s *Store) queryCombined(ctx context.Context, text string, args []any) ([][]any, error) {
	j := &readJob{list: &call{text: text, args: args}, done: make(chan error, 1)}
	if err := s.readCombined(ctx, j); err != nil {
		return nil, err
	}
	result := make([][]any, len(j.listed))
	for i, raw := range j.listed {
		var err error
		if result[i], err = decodeRow(raw.fields, raw.columns); err != nil {
			return nil, err
		}
	}
	return result, nil
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

// retryRead runs a read until it succeeds or is not worth another try: while others are
// in its way, which at serializable isolation writers may be, it is tried as long as a
// commit is. The error is the last one as the driver gave it.
func (s *Store) retryRead(ctx context.Context, read func(conn *pgx.Conn) error) error {
	pause, crowded := firstPause, time.Now().Add(crowdTimeout)
	for try := 1; ; try++ {
		ran := false
		err := s.withConn(ctx, func(conn *pgx.Conn) error {
			ran = true
			return read(conn)
		})
		switch {
		case err == nil:
			return nil
		case !ran, ctx.Err() != nil, !isWorthReading(err):
			return err
		case isCrowded(err) && time.Now().Before(crowded):
			pause = s.waitToRetry(pause)
		case try >= maxTries:
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
