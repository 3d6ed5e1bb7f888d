package postgres

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// single is a statement that is a transaction by itself.
type single struct {
	text string
	args []any
}

// ended is how a single ended.
type ended struct {
	// err is nil when the transaction was committed: the server said that it is
	// ready again, which it does after the end of the transaction and not after
	// that of the statement. Once the connection broke, it is why.
	err error
	// warned says that the server warned meanwhile.
	warned bool
	count  int64
	// rows are what a reading statement returned.
	rows []*rawRow
}

// runApart sends the statements in one pipeline, each followed by a Sync, so that
// each is a transaction of its own: where rows are spread over machines it needs
// the one that has its row, and no agreement among several. They run in order,
// each seeing what was committed before it.
func (s *Store) runApart(conn *pgx.Conn, statements []single) []ended {
	outcomes := make([]ended, len(statements))
	broken := func(from int, err error) []ended {
		for i := range outcomes[from:] {
			outcomes[from+i] = ended{err: err}
		}
		return outcomes
	}
	prepared, err := s.prepare(conn, statements)
	if err != nil {
		return broken(0, err)
	}
	pipe := conn.PgConn().StartPipeline(context.Background())
	for i, st := range statements {
		values, formats := encodeArgs(st.args)
		if prepared == nil {
			pipe.SendQueryParams(st.text, values, nil, formats, binaryResults)
		} else {
			pipe.SendQueryStatement(prepared[i], values, formats, binaryResults)
		}
		pipe.SendPipelineSync()
	}
	if err := pipe.Flush(); err != nil {
		pipe.Close()
		return broken(0, err)
	}
	for i := range outcomes {
		clearWarning(conn)
		live := outcomes[i].receive(pipe)
		outcomes[i].warned = isWarned(conn)
		if !live {
			broken(i+1, outcomes[i].err)
			break
		}
	}
	pipe.Close()
	s.tidy(conn, outcomes)
	return outcomes
}

// prepare returns the prepared statements of a connection, or nil when the
// driver's mode is one without them.
func (s *Store) prepare(conn *pgx.Conn, statements []single) ([]*pgconn.StatementDescription, error) {
	if conn.Config().DefaultQueryExecMode != pgx.QueryExecModeCacheStatement {
		return nil, nil
	}
	prepared := make([]*pgconn.StatementDescription, len(statements))
	for i, st := range statements {
		var err error
		if prepared[i], err = conn.Prepare(context.Background(), st.text, st.text); err != nil {
			return nil, err
		}
	}
	return prepared, nil
}

// tidy ends a session that is of no more use, and forgets statements that were
// prepared for an older schema.
func (s *Store) tidy(conn *pgx.Conn, outcomes []ended) {
	has := func(code string) bool {
		return slices.ContainsFunc(outcomes, func(o ended) bool { return isCode(o.err, code) })
	}
	switch {
	case conn.IsClosed():
	case has(codeReadOnly), has(codeUnsupported) && conn.DeallocateAll(context.Background()) != nil:
		conn.Close(context.Background())
	}
}

// receive reads one statement's results up to the end of its transaction. It
// reports whether the connection still lives.
func (e *ended) receive(pipe *pgconn.Pipeline) bool {
	for {
		result, err := pipe.GetResults()
		switch result := result.(type) {
		case *pgconn.ResultReader:
			err = e.collect(result)
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
		if e.err == nil {
			e.err = err
		}
		var answer *pgconn.PgError
		if !errors.As(err, &answer) {
			return false
		}
	}
}

// collect takes a result's rows and its count.
func (e *ended) collect(result *pgconn.ResultReader) error {
	fields := slices.Clone(result.FieldDescriptions())
	for result.NextRow() {
		e.rows = append(e.rows, &rawRow{fields: fields, columns: cloneColumns(result.Values())})
	}
	tag, err := result.Close()
	e.count = tag.RowsAffected()
	return err
}

var binaryResults = []int16{pgtype.BinaryFormatCode}

// encodeArgs puts the arguments of a statement, which are string, int64, []byte
// or nil, into the form that the protocol has.
func encodeArgs(args []any) (values [][]byte, formats []int16) {
	values, formats = make([][]byte, len(args)), make([]int16, len(args))
	for i, arg := range args {
		switch arg := arg.(type) {
		case string:
			values[i] = append([]byte{}, arg...)
		case int64:
			values[i] = strconv.AppendInt(nil, arg, 10)
		case []byte:
			values[i], formats[i] = arg, pgtype.BinaryFormatCode
		}
	}
	return values, formats
}

// fetchApart reads the groups' rows one by one.
func (s *Store) fetchApart(conn *pgx.Conn, groups []*group) error {
	var statements []single
	for _, g := range groups {
		for _, key := range g.keys {
			statements = append(statements, single{text: g.table.Texts.Read, args: g.table.KeyArgs(nil, key)})
		}
	}
	outcomes := s.runApart(conn, statements)
	for _, g := range groups {
		for _, askers := range g.askers {
			o := outcomes[0]
			outcomes = outcomes[1:]
			if o.err != nil {
				return o.err
			}
			for _, to := range askers {
				*to = nil // an earlier try may have found a row that is gone
				if len(o.rows) > 0 {
					*to = o.rows[0]
				}
			}
		}
	}
	return nil
}

// sendApart runs every job as a transaction of its own and answers it. What
// became of one says nothing of the others.
func (s *Store) sendApart(jobs []*writeJob) {
	s.metrics.writeTrips.Add(1)
	var outcomes []ended
	err := s.withConn(context.Background(), func(conn *pgx.Conn) error {
		statements := make([]single, len(jobs))
		for i, j := range jobs {
			statements[i] = single{text: j.step().Text, args: j.step().Args}
		}
		outcomes = s.runApart(conn, statements)
		return nil
	})
	for i, j := range jobs {
		if err != nil {
			j.done <- unavailable(err)
			continue
		}
		o := outcomes[i]
		switch {
		case o.err == nil && o.warned:
			j.done <- s.doubt()
		case o.err == nil:
			j.done <- j.plan.judge([]int64{o.count})
		default:
			go func() { j.done <- s.again(o.err)(context.Background(), j.plan) }()
		}
	}
}
