package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore"
)

// readJob is one call of Read on its way, or one of List.
type readJob struct {
	keys   []row.Key
	tables []*sqlstore.Table
	// decoys has, for every key of an even read, the key that is read where there is no
	// row; nil for other reads.
	decoys []row.Key
	// found has, for every key, the row as it came, or nil.
	found []*rawRow
	// list is the statement of a List, and listed what it returned; a job with one has
	// no keys.
	list   *call
	listed []*rawRow
	done   chan error
}

// rawRow is a row as it came from the server: its body columns. Several calls
// may hold the same one; each decodes it for itself, in its own goroutine.
type rawRow struct {
	fields  []pgconn.FieldDescription
	columns [][]byte
	// decoy says that this is not the row that was asked for, which is not there.
	decoy bool
}

// Read implements store.Reader. What is asked while the last exchanges run goes
// with the next one. Each statement of an exchange sees what was committed
// before it, and it begins after the call.
func (s *Store) Read(ctx context.Context, rows ...row.Row) error {
	if len(rows) == 0 {
		return nil
	}
	j := &readJob{
		keys:   make([]row.Key, len(rows)),
		tables: make([]*sqlstore.Table, len(rows)),
		found:  make([]*rawRow, len(rows)),
		done:   make(chan error, 1),
	}
	for i, r := range rows {
		j.keys[i] = r.RowKey()
		t, ok := sqlstore.TableOf(j.keys[i].Table)
		if !ok {
			return fmt.Errorf("there is no table %q", j.keys[i].Table)
		}
		j.tables[i] = t
	}
	// Where rows are spread over machines, one statement has one row.
	if store.IsEven(ctx) && !s.spread {
		j.decoys = make([]row.Key, len(rows))
		for i, t := range j.tables {
			j.decoys[i] = s.decoys.For(t, j.keys[i])
		}
	}
	if err := s.readCombined(ctx, j); err != nil {
		return err
	}
	if j.decoys != nil {
		s.note(j)
	}
	return j.fill(rows)
}

// note takes note of what an even read found.
func (s *Store) note(j *readJob) {
	for i, raw := range j.found {
		switch {
		case raw == nil:
			s.decoys.Gone(j.tables[i], j.decoys[i])
		case !raw.decoy:
			s.decoys.Found(j.tables[i], j.keys[i])
		}
	}
}

// readCombined queues the job for the next exchange and waits for its end.
func (s *Store) readCombined(ctx context.Context, j *readJob) error {
	if !s.enter() {
		return errClosed
	}
	defer s.calls.Done()
	if err := ctx.Err(); err != nil {
		return unavailable(err)
	}
	s.metrics.reads.Add(1)
	s.reads.push(j)
	select {
	case err := <-j.done:
		return err
	case <-ctx.Done():
		return unavailable(ctx.Err())
	}
}

// fill decodes what was found into the caller's rows, and decoys into what is forgotten.
func (j *readJob) fill(rows []row.Row) error {
	for i, r := range rows {
		raw := j.found[i]
		switch {
		case raw == nil:
			*r.Stamped() = row.Stamp{}
			continue
		case raw.decoy:
			*r.Stamped() = row.Stamp{}
			r = j.tables[i].New()
		}
		values, err := decodeRow(raw.fields, raw.columns)
		if err != nil {
			return err
		}
		if err := j.tables[i].Fill(r, values); err != nil {
			return err
		}
	}
	return nil
}

// readLoop asks what queued while the last exchange ran.
func (s *Store) readLoop() {
	var jobs []*readJob
	all := func(*readJob) bool { return true }
	for {
		jobs = s.reads.take(jobs[:0], s.load.reads, all)
		if len(jobs) == 0 {
			return
		}
		s.ask(jobs)
	}
}

// ask answers the jobs with one exchange. When it fails because of what was
// asked, each is asked alone, so that one cannot spoil it for the others.
func (s *Store) ask(jobs []*readJob) {
	s.metrics.readTrips.Add(1)
	err := s.fetch(jobs)
	if _, live := answered(err); live && len(jobs) > 1 {
		for _, j := range jobs {
			go func() { j.done <- asFailure(s.fetch([]*readJob{j})) }()
		}
		return
	}
	for _, j := range jobs {
		j.done <- asFailure(err)
	}
}

func (s *Store) fetch(jobs []*readJob) error {
	groups, lists := groupReads(jobs), listsOf(jobs)
	return s.retryRead(context.Background(), func(conn *pgx.Conn) error {
		if s.spread {
			return s.fetchApart(conn, groups, lists)
		}
		calls := make([]call, len(groups), len(groups)+len(lists))
		for i, g := range groups {
			calls[i] = g.query()
		}
		for _, j := range lists {
			calls = append(calls, *j.list)
		}
		replies, err := runTogether(conn, calls...)
		if err != nil {
			tidy(conn, err)
			return err
		}
		for i, g := range groups {
			if err := g.receive(&replies[i]); err != nil {
				return err
			}
		}
		for i, j := range lists {
			j.listed = replies[len(groups)+i].rows
		}
		return nil
	})
}

// listsOf returns the jobs that are lists.
func listsOf(jobs []*readJob) (lists []*readJob) {
	for _, j := range jobs {
		if j.list != nil {
			lists = append(lists, j)
		}
	}
	return lists
}
