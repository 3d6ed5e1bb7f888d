package postgres

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"poolhouse.dev/internal/row"
)

// writeJob is a set of one statement on its way.
type writeJob struct {
	claim
	plan *plan
	done chan error
}

func (j *writeJob) step() *step { return &j.plan.steps[0] }

// claim settles who has a queued job: the loop that sends it or the caller who
// no longer waits. Whoever takes it first.
type claim struct{ taken atomic.Bool }

func (c *claim) take() bool { return c.taken.CompareAndSwap(false, true) }

// commitCombined queues the set for the next transaction of its kind.
func (s *Store) commitCombined(ctx context.Context, p *plan) error {
	j := &writeJob{plan: p, done: make(chan error, 1)}
	s.writes.push(j)
	select {
	case err := <-j.done:
		return err
	case <-ctx.Done():
		if j.take() {
			return unavailable(ctx.Err())
		}
	}
	return <-j.done
}

// writeLoop sends what queued while the last transaction ran.
func (s *Store) writeLoop() {
	keys := make(map[row.Key]bool, s.load.writes)
	accept := func(j *writeJob) bool {
		if key := j.step().Key; !keys[key] {
			keys[key] = true
			return true
		}
		return false // a row's second change waits for the next transaction
	}
	var jobs []*writeJob
	for {
		clear(keys)
		jobs = s.writes.take(jobs[:0], s.load.writes, accept)
		if len(jobs) == 0 {
			return
		}
		jobs = slices.DeleteFunc(jobs, func(j *writeJob) bool { return !j.take() })
		switch {
		case len(jobs) == 0:
		case s.spread:
			s.sendApart(jobs)
		default:
			s.send(jobs)
		}
	}
}

// send runs the jobs in one transaction and answers them. Each is judged by its
// own row count. When the transaction fails, every job is sent alone; but when
// others were in its way, first together again, since many alone would be in each
// other's.
func (s *Store) send(jobs []*writeJob) {
	slices.SortFunc(jobs, func(a, b *writeJob) int { return a.step().Key.Compare(b.step().Key) })
	counts := make([]int64, len(jobs))
	var sent, warned bool
	var err error
	for try, pause := 1, firstPause; ; try++ {
		s.metrics.writeTrips.Add(1)
		sent, warned = false, false
		err = s.withConn(context.Background(), func(conn *pgx.Conn) error {
			sent = true
			clearWarning(conn)
			err := s.combine(conn, jobs, counts)
			warned = isWarned(conn)
			return err
		})
		if _, live := answered(err); !live || !isCrowded(err) || try == maxCombinedTries {
			break
		}
		pause = s.waitToRetry(pause)
	}
	switch {
	case err == nil && warned:
		for _, j := range jobs {
			j.done <- s.doubt()
		}
	case err == nil:
		for i, j := range jobs {
			j.done <- j.plan.judge(counts[i : i+1])
		}
	case !sent:
		for _, j := range jobs {
			j.done <- unavailable(err)
		}
	default:
		again := s.again(err)
		for _, j := range jobs {
			go func() { j.done <- again(context.Background(), j.plan) }()
		}
	}
}

// again returns how to go on with a set whose transaction ended with err: by
// committing it when it certainly was not applied, or else by asking after it.
func (s *Store) again(err error) func(context.Context, *plan) error {
	if _, ok := answered(err); ok || pgconn.SafeToRetry(err) {
		return s.commitAlone
	}
	return s.resend
}

// combine sends one transaction and fills the row counts. A single set is
// its own transaction. Several are sent between BEGIN and COMMIT in one
// pipeline: no count can be a reason to roll back here, since a statement that
// finds its row otherwise does nothing.
func (s *Store) combine(conn *pgx.Conn, jobs []*writeJob, counts []int64) error {
	runs := runsOf(jobs, s.merges)
	var before, after []call
	if len(jobs) > 1 {
		before, after = []call{{text: "begin"}}, []call{{text: "commit"}}
	}
	if len(runs) < len(jobs) {
		before = append(before, call{text: planByKey})
	}
	calls := before
	for _, run := range runs {
		calls = append(calls, s.callOf(run))
	}
	replies, err := runTogether(conn, append(calls, after...)...)
	if err != nil {
		if _, ok := answered(err); ok && !conn.IsClosed() {
			return rollback(conn, err)
		}
		return err
	}
	if len(jobs) > 1 && replies[len(replies)-1].tag.String() != "COMMIT" {
		return &pgconn.PgError{Severity: "ERROR", Code: codeSerialization, Message: errRolledBack.Error()}
	}
	for i, run := range runs {
		if err := countsOf(run, &replies[len(before)+i], counts[:len(run)]); err != nil {
			return err
		}
		counts = counts[len(run):]
	}
	return nil
}
