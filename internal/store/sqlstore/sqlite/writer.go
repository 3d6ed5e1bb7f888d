package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore"
)

const (
	// maxBatch is the most sets under one commit; it bounds how long the first
	// of them waits.
	maxBatch = 256
	// queueLength is how many sets may wait. More wait in Commit itself.
	queueLength = 4096
	// crowd is how many sets a commit has where many requests write at once. Those
	// just answered are about to write again: a commit that would have fewer sets than
	// the last one waits for them, once, since it costs nearly as much as a full one.
	crowd      = 8
	crowdPause = 500 * time.Microsecond
)

// submission is one change set on its way through the writer.
type submission struct {
	statements []sqlstore.Statement
	// entries are the rows that the statements leave, for the cache.
	entries []*entry
	// taken is set by whoever is first: the writer that begins with the set, or
	// the request that gives up on it.
	taken atomic.Bool
	// done receives the outcome, once.
	done chan error
	// verdict is the outcome within the batch, before its commit.
	verdict error
}

// writer owns the connection that writes. Its fields below counts belong to the
// goroutine of run alone.
type writer struct {
	queue chan *submission
	// closing is held for reading while a set is put into the queue.
	closing sync.RWMutex
	closed  bool
	ended   chan struct{}
	// broken is set while there is no connection.
	broken atomic.Bool
	counts struct{ commits, sets, lost, failed, reopened atomic.Int64 }

	pace *pace

	conn    *conn
	source  *source
	readers *readers
	updates updates
	compact map[row.Table]bool
	batch   batchRows

	checkpointer *checkpointer
	sinceLook    int
	// stuck says that the log could not be moved for want of room, and that nothing
	// was committed since.
	stuck bool
}

func newWriter(c *conn, s *source, data *os.File, r *readers, rows *cache, compact map[row.Table]bool) *writer {
	return &writer{
		queue: make(chan *submission, queueLength),
		ended: make(chan struct{}),
		conn:  c, source: s, readers: r,
		checkpointer: newCheckpointer(s, data),
		updates:      make(updates),
		compact:      compact,
		pace:         newPace(),
		batch:        batchRows{cache: rows, rows: make(map[row.Key]*batchRow)},
	}
}

// commit hands the statements of one set to the writer and waits: until the outcome, or
// until ctx's time is over. What the writer has begun with by then it ends without anybody
// who waits, and the outcome is not known yet. The end of ctx, which costs a timer, is only
// looked at when the disk is slow.
func (w *writer) commit(ctx context.Context, statements []sqlstore.Statement) error {
	sub := &submission{statements: statements, entries: w.batch.cache.entries(statements), done: make(chan error, 1)}
	if err := w.submit(ctx, sub); err != nil {
		return err
	}
	slow := w.pace.slow()
	select {
	case err := <-sub.done:
		return err
	case <-slow:
	}
	select {
	case err := <-sub.done:
		return err
	case <-ctx.Done():
	}
	if !sub.taken.Swap(true) {
		return unavailable(ctx.Err())
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("%w: the disk has not answered yet: %w", store.ErrUnknown, ctx.Err())
	}
	return <-sub.done
}

func (w *writer) submit(ctx context.Context, sub *submission) error {
	w.closing.RLock()
	defer w.closing.RUnlock()
	if w.closed {
		return errClosed
	}
	select {
	case w.queue <- sub:
		return nil
	default: // it is full
	}
	select {
	case w.queue <- sub:
		return nil
	case <-ctx.Done():
		return unavailable(ctx.Err())
	}
}

// stop lets the writer finish what is queued and waits for its end.
func (w *writer) stop() {
	w.closing.Lock()
	w.closed = true
	w.closing.Unlock()
	close(w.queue)
	<-w.ended
}

// run is the writer: it takes all that has queued, commits it, and so on. No
// request's context reaches in here.
func (w *writer) run() {
	defer close(w.ended)
	go w.checkpointer.run()
	defer w.checkpointer.stop()
	batch := make([]*submission, 0, maxBatch)
	last := 0
	for first := range w.queue {
		batch = w.gather(append(batch[:0], first))
		if last >= crowd && len(batch) < last {
			time.Sleep(crowdPause)
			batch = w.gather(batch)
		}
		last = len(batch)
		w.pace.begin()
		w.settle(take(batch))
		w.tendLog()
		w.pace.end()
		clear(batch)
	}
}

// gather adds what has queued to a batch, as far as there is room.
func (w *writer) gather(batch []*submission) []*submission {
	for len(batch) < maxBatch {
		select {
		case sub, ok := <-w.queue:
			if !ok {
				return batch
			}
			batch = append(batch, sub)
		default:
			return batch
		}
	}
	return batch
}

// take keeps the sets whose requests have not given up.
func take(batch []*submission) []*submission {
	kept := batch[:0]
	for _, sub := range batch {
		if !sub.taken.Swap(true) {
			kept = append(kept, sub)
		}
	}
	return kept
}

// settle commits a batch and answers each of its sets. When the database fails a
// statement, the fault may lie with any set of the batch or with none, and the
// whole transaction may be gone: it is rolled back and each set is tried alone.
func (w *writer) settle(batch []*submission) {
	if len(batch) == 0 {
		return
	}
	err := w.transact(batch)
	if isFull(err) && w.makeRoom() {
		err = w.transact(batch)
	}
	if err != nil && len(batch) > 1 && !errors.Is(err, store.ErrUnknown) {
		for i := range batch {
			w.settle(batch[i : i+1])
		}
		return
	}
	for _, sub := range batch {
		if err != nil {
			sub.verdict = err
		}
		sub.done <- sub.verdict
	}
}

// transact applies a batch in one transaction. An error concerns the whole
// batch: store.ErrUnknown when it came from COMMIT, unless the disk is full, else
// store.ErrUnavailable, and then nothing is applied.
func (w *writer) transact(batch []*submission) error {
	if err := w.connect(); err != nil {
		return err
	}
	// Whatever goes wrong, the rows are not left held.
	defer w.batch.end(false)
	won, err := w.apply(batch)
	if err != nil {
		w.counts.failed.Add(1)
		return unavailable(errors.Join(fmt.Errorf("applying a change set: %w", err), w.undo(err)))
	}
	w.counts.lost.Add(int64(len(batch) - won))
	if won == 0 {
		return unavailable(w.rollback())
	}
	switch _, err := w.conn.exec("COMMIT", nil); {
	case isFull(err):
		// The end of the batch has found no room in the log, so it is not there.
		w.counts.failed.Add(1)
		return unavailable(errors.Join(err, w.undo(err)))
	case err != nil:
		w.counts.reopened.Add(1)
		// The log may or may not hold the batch: a failed sync says nothing.
		return fmt.Errorf("%w: %w", store.ErrUnknown, errors.Join(err, w.reopen()))
	}
	w.stuck = false
	w.batch.end(true)
	if err := w.source.stillThere(); err != nil {
		w.counts.failed.Add(1)
		return fmt.Errorf("%w: %w", store.ErrUnknown, err)
	}
	w.counts.commits.Add(1)
	w.counts.sets.Add(int64(won))
	return nil
}

func (w *writer) apply(batch []*submission) (won int, err error) {
	if _, err := w.conn.exec("BEGIN IMMEDIATE", nil); err != nil {
		return 0, err
	}
	for _, sub := range batch {
		if sub.verdict, err = w.applySet(sub.statements); err != nil {
			return 0, err
		}
		if sub.verdict == nil {
			w.batch.won(sub)
			won++
		}
	}
	return won, nil
}

// applySet applies one set within the transaction. The verdict says whether the
// set lost, and nothing of a lost set remains; err is the database's own.
func (w *writer) applySet(statements []sqlstore.Statement) (verdict, err error) {
	if len(statements) == 1 {
		return w.applyOne(&statements[0])
	}
	if _, err := w.conn.exec("SAVEPOINT one", nil); err != nil {
		return nil, err
	}
	for i := range statements {
		if verdict, err = w.applyOne(&statements[i]); err != nil {
			return nil, err
		}
		if verdict != nil {
			if _, err := w.conn.exec("ROLLBACK TO one", nil); err != nil {
				return nil, err
			}
			break
		}
	}
	_, err = w.conn.exec("RELEASE one", nil)
	return verdict, err
}

func (w *writer) applyOne(s *sqlstore.Statement) (verdict, err error) {
	var n int64
	switch s.Op {
	case store.OpExpect:
		// There is one writer, so what holds now holds at the commit.
		n, err = w.conn.count(s.Text, s.Args)
	case store.OpUpdate:
		n, err = w.update(s, w.batch.touch(s.Key))
	default:
		w.batch.touch(s.Key)
		n, err = w.conn.exec(s.Text, s.Args)
	}
	if err != nil {
		return nil, err
	}
	return s.Judge(n), nil
}
