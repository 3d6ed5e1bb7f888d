package outbox_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/outbox"
	"poolhouse.dev/internal/store"
)

// enqueueForSender is enqueue for a function of the pool.
func (w *world) enqueueForSender() *outbox.Pending {
	w.Helper()
	m := message()
	m.Sender = &notify.Sender{Function: "arn", UserName: "ann", ClientMetadata: map[string]string{"secret": "hunter2"}}
	c := w.newCode(annSub, "c")
	var p *outbox.Pending
	w.commit(func(set *store.ChangeSet) {
		set.Put(c)
		p, _ = w.outbox.Enqueue(set, outgoing(c), m)
	})
	return p
}

// A request does not wait for a function of the pool, and the outbox does not end
// before it. What was not stored, the metadata of the call, is told once.
func TestSenderIsCalledBehindTheRequest(t *testing.T) {
	calling, release := make(chan struct{}), make(chan struct{})
	w := newWorld(t, func(context.Context) error { close(calling); <-release; return errors.New("down") })
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { w.outbox.Run(ctx); close(ended) }()
	if err := w.outbox.Deliver(t.Context(), w.enqueueForSender()); err != nil {
		t.Error(err)
	}
	<-calling
	stop()
	select {
	case <-ended:
		t.Error("the outbox ended with a call under way")
	default:
	}
	close(release)
	<-ended
	w.wantRows(1)
	w.wait(2 * lease)
	w.dispatch()
	w.wantRows(0)
	w.wantSent(2)
	first, second := w.driver.given[0].Sender, w.driver.given[1].Sender
	if first.ClientMetadata["secret"] != "hunter2" || second.ClientMetadata != nil || second.UserName != "ann" {
		t.Errorf("told %v, then %v", first, second)
	}
	if strings.Contains(w.log.String(), "hunter2") {
		t.Errorf("the log says %s", w.log.String())
	}
}

// A function that does not take a message gets it three times.
func TestSenderThatFailsIsGivenUp(t *testing.T) {
	down := func(context.Context) error { return errors.New("down") }
	w := newWorld(t, down, down, down, down)
	if err := w.outbox.Deliver(t.Context(), w.enqueueForSender()); err != nil {
		t.Error(err)
	}
	w.outbox.Wait()
	for range 5 {
		w.wait(2 * lease)
		w.dispatch()
	}
	w.wantSent(3)
	w.wantRows(0)
}
