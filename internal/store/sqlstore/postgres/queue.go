package postgres

import "sync"

// queue holds what waits to travel together. Nothing waits by a timer: what is
// there when a loop comes back is taken.
type queue[T any] struct {
	mu      sync.Mutex
	filled  sync.Cond
	waiting []T
	closed  bool
}

func newQueue[T any]() *queue[T] {
	q := &queue[T]{}
	q.filled.L = &q.mu
	return q
}

func (q *queue[T]) push(item T) {
	q.mu.Lock()
	q.waiting = append(q.waiting, item)
	q.mu.Unlock()
	q.filled.Signal()
}

// take waits until something is there and moves up to limit items, in order,
// into batch. What accept refuses stays, ahead of what comes later. It returns
// nothing only when the queue is closed and empty.
func (q *queue[T]) take(batch []T, limit int, accept func(T) bool) []T {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.waiting) == 0 && !q.closed {
		q.filled.Wait()
	}
	kept := q.waiting[:0]
	for _, item := range q.waiting {
		if len(batch) < limit && accept(item) {
			batch = append(batch, item)
		} else {
			kept = append(kept, item)
		}
	}
	clear(q.waiting[len(kept):])
	q.waiting = kept
	if len(kept) > 0 {
		q.filled.Signal()
	}
	return batch
}

// close lets the loops end once the queue is empty.
func (q *queue[T]) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.filled.Broadcast()
}
