package postgres

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// call is one statement on its way in a pipeline; encodeArgs says what its
// arguments may be.
type call struct {
	text string
	args []any
}

// reply is what came back for a call.
type reply struct {
	// err, where each call is a transaction of its own, is nil when that was
	// committed: the server said that it is ready again, which it does after the end
	// of the transaction and not after that of the statement. Once the connection
	// broke, it is why.
	err error
	// warned says, there, that the server warned meanwhile.
	warned bool
	tag    pgconn.CommandTag
	// rows are what a reading statement returned.
	rows []*rawRow
}

// runTogether sends the calls in one pipeline with one Sync at its end: outside of
// BEGIN and COMMIT they are one transaction, which has ended when runTogether
// returns. After an error the replies say nothing.
func runTogether(conn *pgx.Conn, calls ...call) ([]reply, error) {
	prepared, err := prepare(conn, calls)
	if err != nil {
		return nil, err
	}
	pipe := conn.PgConn().StartPipeline(context.Background())
	for i := range calls {
		calls[i].send(pipe, prepared, i)
	}
	err = pipe.Sync()
	replies := make([]reply, len(calls))
	for i := 0; err == nil && i < len(calls); i++ {
		var result any
		if result, err = pipe.GetResults(); err != nil {
			break
		}
		reader, ok := result.(*pgconn.ResultReader)
		if !ok {
			err = errors.New("the connection ended in the middle of an answer")
			break
		}
		err = replies[i].collect(reader)
	}
	// A second error is how a session ends that had named its reason.
	return replies, cmp.Or(err, pipe.Close())
}

// prepare returns the prepared statements of the calls, or nil when the driver's
// mode is one without them.
func prepare(conn *pgx.Conn, calls []call) ([]*pgconn.StatementDescription, error) {
	if conn.Config().DefaultQueryExecMode != pgx.QueryExecModeCacheStatement {
		return nil, nil
	}
	prepared := make([]*pgconn.StatementDescription, len(calls))
	for i := range calls {
		var err error
		if prepared[i], err = conn.Prepare(context.Background(), calls[i].text, calls[i].text); err != nil {
			return nil, err
		}
	}
	return prepared, nil
}

// send puts the call, the i-th of its pipeline, on the way.
func (c *call) send(pipe *pgconn.Pipeline, prepared []*pgconn.StatementDescription, i int) {
	values, formats := encodeArgs(c.args)
	if prepared == nil {
		pipe.SendQueryParams(c.text, values, nil, formats, binaryResults)
		return
	}
	pipe.SendQueryStatement(prepared[i], values, formats, binaryResults)
}

var binaryResults = []int16{pgtype.BinaryFormatCode}

// collect takes a result's rows and its tag.
func (r *reply) collect(result *pgconn.ResultReader) (err error) {
	fields := slices.Clone(result.FieldDescriptions())
	for result.NextRow() {
		r.rows = append(r.rows, &rawRow{fields: fields, columns: cloneColumns(result.Values())})
	}
	r.tag, err = result.Close()
	return err
}

// tidy ends a session that is of no more use after one of the errors, and forgets
// statements that were prepared for an older schema.
func tidy(conn *pgx.Conn, errs ...error) {
	has := func(code string) bool {
		return slices.ContainsFunc(errs, func(err error) bool { return isCode(err, code) })
	}
	switch {
	case conn.IsClosed():
	case has(codeReadOnly), has(codeUnsupported) && conn.DeallocateAll(context.Background()) != nil:
		conn.Close(context.Background())
	}
}
