package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// outcome is how one transaction ended.
type outcome int

const (
	// applied: the commit was acknowledged.
	applied outcome = iota
	// refused: a change found its row otherwise; rolled back.
	refused
	// failed: something went wrong and nothing was applied.
	failed
	// lostReply: the connection broke after COMMIT was sent.
	lostReply
	// doubtful: committed here, but the server warned that a standby may lack it.
	doubtful
)

// result is the end of one transaction. err says why it was refused or failed.
type result struct {
	outcome outcome
	counts  []int64
	err     error
}

// brokenError says that a connection broke while nothing was at stake.
type brokenError struct{ err error }

func (e *brokenError) Error() string { return e.err.Error() }
func (e *brokenError) Unwrap() error { return e.err }

// attempt runs a set in one transaction of its own: BEGIN and every statement
// in one pipeline, then, once the row counts are known, COMMIT or ROLLBACK. ctx
// bounds only the wait for a connection.
func (s *Store) attempt(ctx context.Context, p *plan) (r result) {
	err := s.withConn(ctx, func(conn *pgx.Conn) error {
		counts, err := runSteps(conn, p.steps)
		if err != nil {
			r = result{outcome: failed, err: rollback(conn, err)}
			return nil
		}
		if err := p.judge(counts); err != nil {
			// Should ROLLBACK fail, the session ends, and the transaction with it.
			rollback(conn, err)
			r = result{outcome: refused, counts: counts, err: err}
			return nil
		}
		r = commit(conn)
		return nil
	})
	if err != nil {
		return result{outcome: failed, err: err}
	}
	return r
}

// runSteps begins a transaction and runs the steps in it, in one round trip.
func runSteps(conn *pgx.Conn, steps []step) ([]int64, error) {
	calls := make([]call, 0, len(steps)+1)
	calls = append(calls, call{text: "begin"})
	for _, st := range steps {
		calls = append(calls, call{text: st.Text, args: st.Args})
	}
	replies, err := runTogether(conn, calls...)
	if err != nil {
		return nil, err
	}
	counts := make([]int64, len(steps))
	for i := range counts {
		counts[i] = replies[i+1].tag.RowsAffected()
	}
	return counts, nil
}

// rollback ends a transaction that failed with cause, which it returns: as it
// is when the server gave it as an answer, as a brokenError when the connection
// broke.
func rollback(conn *pgx.Conn, cause error) error {
	if conn.IsClosed() {
		return &brokenError{cause}
	}
	_, err := conn.Exec(context.Background(), "rollback", pgx.QueryExecModeSimpleProtocol)
	if err != nil || isCode(cause, codeReadOnly) {
		// A session on a server that became a standby is of no more use.
		conn.Close(context.Background())
	}
	return cause
}

// commit sends COMMIT in a message of its own and waits for the answer.
func commit(conn *pgx.Conn) result {
	clearWarning(conn)
	tag, err := conn.Exec(context.Background(), "commit", pgx.QueryExecModeSimpleProtocol)
	switch {
	case err == nil && isWarned(conn):
		return result{outcome: doubtful}
	case err == nil && tag.String() == "COMMIT":
		return result{outcome: applied}
	case err == nil:
		return result{outcome: failed, err: errRolledBack}
	}
	if _, ok := answered(err); ok {
		return result{outcome: failed, err: err}
	}
	return result{outcome: lostReply, err: err}
}

// errRolledBack is the answer ROLLBACK to a COMMIT.
var errRolledBack = errors.New("the server rolled the transaction back")

// withConn runs do on a connection. Waiting for one is bounded by ctx and its
// end is an error; what do does is bounded by workTimeout alone, through the
// deadline of the connection: a context of the driver's would cost a goroutine
// for every statement.
func (s *Store) withConn(ctx context.Context, do func(conn *pgx.Conn) error) error {
	conn, err := s.acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	socket := conn.Conn().PgConn().Conn()
	socket.SetDeadline(time.Now().Add(workTimeout))
	err = do(conn.Conn())
	if !conn.Conn().IsClosed() {
		// A closed one is being drained by the driver, under a deadline of its own.
		socket.SetDeadline(time.Time{})
	}
	return err
}

func (s *Store) acquire(ctx context.Context) (*pgxpool.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, workTimeout)
	defer cancel()
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("acquiring a connection: %w", err)
	}
	return conn, nil
}
