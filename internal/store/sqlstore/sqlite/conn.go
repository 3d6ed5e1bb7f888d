package sqlite

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"strconv"
	"strings"
)

// conn is one connection with its prepared statements, used by one goroutine at
// a time. It speaks to the driver without database/sql in between, whose
// bookkeeping costs as much as a read by key.
type conn struct {
	driver     driver.Conn
	statements map[string]*prepared
}

// maxStatements bounds the prepared statements of a connection. The texts are
// few; lists by every combination of columns might not be.
const maxStatements = 256

func newConn(dc driver.Conn) (*conn, error) {
	if _, ok := dc.(driver.ConnPrepareContext); !ok {
		return nil, errors.Join(errors.New("the driver cannot prepare statements"), dc.Close())
	}
	return &conn{driver: dc, statements: make(map[string]*prepared)}, nil
}

// prepared is a statement and the room for its arguments.
type prepared struct {
	driver.Stmt
	exec  driver.StmtExecContext
	query driver.StmtQueryContext
	// order has, for every placeholder in turn, the index of its argument.
	order []int
	args  []driver.NamedValue
	// values and cells are room for one row of the result, as the driver and as
	// everybody else calls it.
	values []driver.Value
	cells  []any
}

func (c *conn) prepare(text string) (*prepared, error) {
	if p, ok := c.statements[text]; ok {
		return p, nil
	}
	if len(c.statements) >= maxStatements {
		for old, p := range c.statements {
			delete(c.statements, old)
			if err := p.Close(); err != nil {
				return nil, err
			}
			break
		}
	}
	positional, order := placeholders(text)
	st, err := c.driver.Prepare(positional)
	if err != nil {
		return nil, err
	}
	p := &prepared{Stmt: st, order: order, args: make([]driver.NamedValue, len(order))}
	var ok1, ok2 bool
	p.exec, ok1 = st.(driver.StmtExecContext)
	p.query, ok2 = st.(driver.StmtQueryContext)
	if !ok1 || !ok2 {
		return nil, errors.Join(errors.New("the driver's statements take no context"), st.Close())
	}
	c.statements[text] = p
	return p, nil
}

// placeholders rewrites $1, $2 and so on to ?, because the driver looks numbered
// ones up by name at every use, and returns which argument each stands for. The
// texts hold no literal with a dollar sign.
func placeholders(text string) (positional string, order []int) {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, "$")
		b.WriteString(before)
		if !found {
			return b.String(), order
		}
		n := 0
		for n < len(after) && '0' <= after[n] && after[n] <= '9' {
			n++
		}
		i, err := strconv.Atoi(after[:n])
		if err != nil {
			b.WriteString("$")
			text = after
			continue
		}
		b.WriteString("?")
		order = append(order, i-1)
		text = after[n:]
	}
}

func (p *prepared) bind(args []any) {
	for i, from := range p.order {
		p.args[i] = driver.NamedValue{Ordinal: i + 1, Value: args[from]}
	}
}

// release lets go of the arguments.
func (p *prepared) release() { clear(p.args) }

// exec runs a statement to its end and returns how many rows it changed.
func (c *conn) exec(text string, args []any) (int64, error) {
	p, err := c.prepare(text)
	if err != nil {
		return 0, err
	}
	p.bind(args)
	result, err := p.exec.ExecContext(context.Background(), p.args)
	p.release()
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// query runs a statement and calls each with every row. The slice is good
// during the call, its values for ever. An error of each ends the query and is
// returned; any other error is a store.ErrUnavailable.
func (c *conn) query(ctx context.Context, text string, args []any, each func(values []any) error) (err error) {
	p, err := c.prepare(text)
	if err != nil {
		return unavailable(err)
	}
	p.bind(args)
	rows, err := p.query.QueryContext(ctx, p.args)
	p.release()
	if err != nil {
		return unavailable(err)
	}
	// Closing resets the statement, which ends its view of the database.
	defer func() { err = cmp.Or(err, unavailable(rows.Close())) }()
	if p.values == nil {
		p.values = make([]driver.Value, len(rows.Columns()))
		p.cells = make([]any, len(p.values))
	}
	for {
		switch err := rows.Next(p.values); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return unavailable(err)
		}
		for i, v := range p.values {
			p.cells[i] = v
		}
		if err := each(p.cells); err != nil {
			return err
		}
	}
}

// close closes the connection. A transaction that is open is rolled back.
func (c *conn) close() error {
	var errs []error
	for _, p := range c.statements {
		errs = append(errs, p.Close())
	}
	clear(c.statements)
	return errors.Join(append(errs, c.driver.Close())...)
}
