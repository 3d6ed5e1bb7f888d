package sqlite

import (
	"context"
	"path/filepath"
	"sync"
	"sync/atomic"
)

// The log is moved into the file in the background, because a commit that had to
// do so on the side would hold up everybody behind it for tens of milliseconds.
// The background alone never comes to the log's end while the writer goes on
// appending; so it leaves the last piece, which is small, to the writer, which
// can then begin the log anew.
const (
	// logPages is how many pages the log may have, not yet moved, before the
	// background begins: 128 MiB. The longer the log, the more often a page that
	// changes again and again is moved only once; the shorter, the quicker a
	// start after a crash.
	logPages = 32768
	// roomShare is the part of the disk's free room that the log may take before the
	// background begins, where that is less: moving the log may take room for the file.
	roomShare = 4
	// tailPages is the most that the writer moves by itself in the usual case.
	tailPages = 256
	// commitsBetween is how many commits pass between two looks at the log.
	commitsBetween = 8
)

// checkpointer moves the log in the background.
type checkpointer struct {
	source *source
	wake   chan struct{}
	ended  chan struct{}
	// busy is held during a run, which has a connection of its own.
	busy sync.Mutex
	// moved is set after a run: the rest is the writer's.
	moved atomic.Bool
}

func newCheckpointer(s *source) *checkpointer {
	return &checkpointer{source: s, wake: make(chan struct{}, 1), ended: make(chan struct{})}
}

func (p *checkpointer) run() {
	defer close(p.ended)
	for range p.wake {
		p.move()
	}
}

// move leaves the log as it is when something fails: the rows are in it, and
// the next run begins where this one stopped.
func (p *checkpointer) move() {
	p.busy.Lock()
	defer p.busy.Unlock()
	c, err := p.source.reader()
	if err != nil {
		return
	}
	defer c.close()
	if _, err := c.exec("PRAGMA query_only = 0", nil); err != nil {
		return
	}
	for range 4 {
		pending, err := c.checkpoint("PASSIVE")
		if err != nil {
			return
		}
		if pending <= tailPages/2 {
			break
		}
	}
	p.moved.Store(true)
}

func (p *checkpointer) stop() {
	close(p.wake)
	<-p.ended
}

// checkpoint returns how many pages of the log are not in the file yet.
func (c *conn) checkpoint(mode string) (pending int64, err error) {
	err = c.query(context.Background(), "PRAGMA wal_checkpoint("+mode+")", nil, func(values []any) error {
		pages, _ := values[1].(int64)
		moved, _ := values[2].(int64)
		pending = pages - moved
		return nil
	})
	return pending, err
}

// tendLog is the writer's part, between two batches.
func (w *writer) tendLog() {
	if w.sinceLook++; w.sinceLook < commitsBetween || w.conn == nil {
		return
	}
	w.sinceLook = 0
	pending, err := w.conn.checkpoint("NOOP")
	limit := w.logLimit()
	switch {
	case err != nil:
	case w.stuck: // whoever needs room tries
	case pending <= tailPages && w.checkpointer.moved.Swap(false),
		pending >= 2*limit: // the background does not keep up
		w.conn.checkpoint("PASSIVE")
	case pending >= limit:
		select {
		case w.checkpointer.wake <- struct{}{}:
		default: // it is at work
		}
	}
}

// logLimit returns how many pages the log may have before it is moved.
func (w *writer) logLimit() int64 {
	free, err := freePages(filepath.Dir(w.source.file))
	if err != nil {
		return logPages
	}
	return max(tailPages, min(logPages, free/roomShare))
}
