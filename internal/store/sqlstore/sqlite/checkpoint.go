package sqlite

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
)

// The log is moved into the file in the background, because a commit that had to
// do so on the side would hold up everybody behind it for tens of milliseconds.
// The background alone never comes to the log's end while the writer goes on
// appending; so it leaves the last piece, which is small, to the writer, which
// can then begin the log anew. SQLite syncs the file only when the log's end is reached, and
// so the background syncs what it has moved before it does: the writer would wait for
// all of it. Where the disk is too slow for what is written, the
// pieces become larger, and in the end the writer waits for the background: the log
// does not grow for ever.
const (
	// longLog is how many times as long the log may be before the writer takes a
	// large last piece, of a part largeShare of it, and longestLog before it waits.
	longLog    = 2
	largeShare = 8
	longestLog = 4
	// roomShare is the part of the disk's free room that the log may take before the
	// background begins, where that is less: moving the log may take room for the file.
	roomShare = 4
	// tailPages is what the background leaves where the disk is quick, and writersPages the
	// most that the writer moves by itself in the usual case, or finds moved and not synced.
	tailPages    = 128
	writersPages = 8 * tailPages
	// commitsBetween is how many commits pass between two looks at the log.
	commitsBetween = 8
	// usualLogPages is 128 MiB. The longer the log, the more often a page that
	// changes again and again is moved only once; the shorter, the quicker a
	// start after a crash.
	usualLogPages = 32768
)

// logPages is how many pages the log may have, not yet moved, before the
// background begins. Tests make it shorter.
var logPages int64 = usualLogPages

// checkpointer moves the log in the background.
type checkpointer struct {
	source *source
	// data is the database file, to sync it. It is opened once, and closed when no connection
	// is open any more: closing it takes the process's locks of the file away.
	data  *os.File
	wake  chan struct{}
	ended chan struct{}
	// busy is held during a run, which has a connection of its own.
	busy sync.Mutex
	// moved is set after a run: the rest is the writer's.
	moved atomic.Bool
	// doubt is set when a sync of the file has failed. What SQLite counts as moved may never
	// get to the disk then, though the next sync succeeds: the operating system tells once.
	// All of the log has to be moved again, and must not be begun anew before.
	doubt atomic.Bool
}

func newCheckpointer(s *source, data *os.File) *checkpointer {
	return &checkpointer{source: s, data: data, wake: make(chan struct{}, 1), ended: make(chan struct{})}
}

func (p *checkpointer) run() {
	defer close(p.ended)
	for range p.wake {
		p.move()
		select {
		case <-p.wake: // it was asked for while it was at it
		default:
		}
	}
}

// move leaves the log as it is when something fails: the rows are in it, and
// the next run begins where this one stopped, or, after a failed sync, at the beginning.
// What the writer appends during a sync
// is less than what was synced, so that the rounds come to an end; where the disk is too
// slow for that, they end anyway.
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
	var synced int64
	for last := int64(math.MaxInt64); ; {
		moved, err := c.copyLog()
		if p.heard(err) != nil {
			return
		}
		unsynced := moved - synced
		if unsynced <= writersPages || unsynced > last/2 {
			break
		}
		if err := syncFile(p.data); err != nil {
			p.doubt.Store(true)
			return
		}
		synced, last = moved, unsynced
	}
	p.moved.Store(true)
}

// heard notes whether err, of a checkpoint, says that a sync has failed, and returns it.
func (p *checkpointer) heard(err error) error {
	if isUnsynced(err) {
		p.doubt.Store(true)
	}
	return err
}

// copyLog copies pages of the log into the file until few or ever the same number are
// left, and returns how many of the log's pages are in the file.
func (c *conn) copyLog() (moved int64, err error) {
	for last := int64(math.MaxInt64); ; {
		pages, pending, err := c.checkpoint("PASSIVE")
		if err != nil || pending <= tailPages || pending > last/2 {
			return pages - pending, err
		}
		last = pending
	}
}

func (p *checkpointer) stop() {
	close(p.wake)
	<-p.ended
}

// checkpoint returns how many pages the log has, and how many of them are not in the
// file yet.
func (c *conn) checkpoint(mode string) (pages, pending int64, err error) {
	err = c.query(context.Background(), "PRAGMA wal_checkpoint("+mode+")", nil, func(values []any) error {
		pages, _ = values[1].(int64)
		moved, _ := values[2].(int64)
		pending = pages - moved
		return nil
	})
	return pages, pending, err
}

// tendLog is the writer's part, between two batches.
func (w *writer) tendLog() {
	p := w.checkpointer
	w.sinceLook++
	switch {
	case w.conn == nil:
		return
	case p.doubt.Load() && !w.stuck:
		w.counts.reopened.Add(1)
		w.reopen() // should it fail, the next commit tries again
		return
	case w.sinceLook < commitsBetween && !p.moved.Load():
		// What the background has left is the more the longer it is left.
		return
	}
	w.sinceLook = 0
	pages, pending, err := w.conn.checkpoint("NOOP")
	limit, tail := w.logLimit(), int64(writersPages)
	if pages >= longLog*limit {
		tail = max(tail, limit/largeShare)
	}
	switch {
	case err != nil:
	case w.stuck: // whoever needs room tries
	case pages >= longestLog*limit:
		w.moveAll()
	case pending <= tail && p.moved.Swap(false):
		_, _, err := w.conn.checkpoint("PASSIVE")
		p.heard(err)
	case pending >= limit, pages >= longLog*limit:
		select {
		case p.wake <- struct{}{}:
		default: // it is at work
		}
	}
}

// errDoubt says that the log has to be moved from its beginning.
var errDoubt = errors.New("a sync of the database file has failed")

// moveAll moves what the background has left when its run is over. It returns how many
// pages are still not in the file: readers may need what was before.
func (w *writer) moveAll() (pending int64, err error) {
	w.checkpointer.busy.Lock()
	defer w.checkpointer.busy.Unlock()
	if w.checkpointer.doubt.Load() {
		return 0, errDoubt
	}
	_, pending, err = w.conn.checkpoint("PASSIVE")
	return pending, w.checkpointer.heard(err)
}

// logLimit returns how many pages the log may have before it is moved.
func (w *writer) logLimit() int64 {
	free, err := freePages(filepath.Dir(w.source.file))
	if err != nil {
		return logPages
	}
	return max(2*tailPages, min(logPages, free/roomShare))
}
