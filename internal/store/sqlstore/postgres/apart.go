package postgres

import (
	"context"
	"errors"
	"io"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// runApart sends the statements in one pipeline, each followed by a Sync, so that
// each is a transaction of its own: where rows are spread over machines it needs
// the one that has its row, and no agreement among several. They run in order,
// each seeing what was committed before it.
func (s *Store) runApart(conn *pgx.Conn, calls []call) []reply {
	replies := make([]reply, len(calls))
	broken := func(from int, err error) []reply {
		for i := range replies[from:] {
			replies[from+i] = reply{err: err}
		}
		return replies
	}
	prepared, err := prepare(conn, calls)
	if err != nil {
		return broken(0, err)
	}
	pipe := conn.PgConn().StartPipeline(context.Background())
	for i := range calls {
		calls[i].send(pipe, prepared, i)
		pipe.SendPipelineSync()
	}
	if err := pipe.Flush(); err != nil {
		pipe.Close()
		return broken(0, err)
	}
	for i := range replies {
		clearWarning(conn)
		live := replies[i].receive(pipe)
		replies[i].warned = isWarned(conn)
		if !live {
			broken(i+1, replies[i].err)
			break
		}
	}
	pipe.Close()
	errs := make([]error, len(replies))
	for i, r := range replies {
		errs[i] = r.err
	}
	tidy(conn, errs...)
	return replies
}

// receive reads one statement's results up to the end of its transaction. It
// reports whether the connection still lives.
func (r *reply) receive(pipe *pgconn.Pipeline) bool {
	for {
		result, err := pipe.GetResults()
		switch result := result.(type) {
		case *pgconn.ResultReader:
			err = r.collect(result)
		case *pgconn.PipelineSync:
			return true
		case nil:
			if err == nil {
				err = io.ErrUnexpectedEOF
			}
		}
		if err == nil {
			continue
		}
		// A second error is how a session ends that had named its reason.
		if r.err == nil {
			r.err = err
		}
		var answer *pgconn.PgError
		if !errors.As(err, &answer) {
			return false
		}
	}
}

// fetchApart reads the groups' rows and the lists one by one.
func (s *Store) fetchApart(conn *pgx.Conn, groups []*group, lists []*readJob) error {
	var calls []call
	for _, g := range groups {
		for _, key := range g.keys {
			calls = append(calls, call{text: g.table.Texts.Read, args: g.table.KeyArgs(nil, key)})
		}
	}
	for _, j := range lists {
		calls = append(calls, *j.list)
	}
	replies := s.runApart(conn, calls)
	for _, g := range groups {
		for _, askers := range g.askers {
			r := replies[0]
			replies = replies[1:]
			if r.err != nil {
				return r.err
			}
			for _, to := range askers {
				*to = nil // an earlier try may have found a row that is gone
				if len(r.rows) > 0 {
					*to = r.rows[0]
				}
			}
		}
	}
	for i, j := range lists {
		if replies[i].err != nil {
			return replies[i].err
		}
		j.listed = replies[i].rows
	}
	return nil
}

// sendApart runs every job as a transaction of its own and answers it. What
// became of one says nothing of the others.
func (s *Store) sendApart(jobs []*writeJob) {
	s.metrics.writeTrips.Add(1)
	var replies []reply
	err := s.withConn(context.Background(), func(conn *pgx.Conn) error {
		calls := make([]call, len(jobs))
		for i, j := range jobs {
			calls[i] = call{text: j.step().Text, args: j.step().Args}
		}
		replies = s.runApart(conn, calls)
		return nil
	})
	for i, j := range jobs {
		if err != nil {
			j.done <- unavailable(err)
			continue
		}
		switch r := replies[i]; {
		case r.err == nil && r.warned:
			j.done <- s.doubt()
		case r.err == nil:
			j.done <- j.plan.judge([]int64{r.tag.RowsAffected()})
		default:
			go func() { j.done <- s.again(r.err)(context.Background(), j.plan) }()
		}
	}
}
