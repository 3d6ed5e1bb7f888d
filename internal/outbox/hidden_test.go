package outbox_test

import (
	"context"
	"log/slog"
	"testing"

	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/outbox"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
)

// Clients that hide users and that do not.
var (
	hides = &pool.Client{Settings: pool.ClientSettings{HideUsers: "ENABLED"}}
	tells = &pool.Client{Settings: pool.ClientSettings{HideUsers: "LEGACY"}}
)

// enqueueFor is enqueue of a message to somebody else each time, or to nobody.
func (w *world) enqueueFor(o *outbox.Outbox, nobody bool) *outbox.Pending {
	w.Helper()
	m, c := message(), w.newCode(user.Sub(vault.NewUUID()), "c")
	if nobody {
		m.To, m.ToNobody = "", true
	}
	var p *outbox.Pending
	w.commit(func(set *store.ChangeSet) {
		set.Put(c)
		p, _ = o.Enqueue(set, outgoing(c), m)
	})
	return p
}

// A call by a client that hides users waits for no driver and learns nothing of it; one
// by another client does both.
func TestHiddenDeliveriesAreBehindTheRequest(t *testing.T) {
	release := make(chan struct{})
	w := newWorld(t, func(ctx context.Context) error { <-release; return refuses(ctx) }, refuses)
	if err := w.outbox.DeliverFor(t.Context(), hides, w.enqueueFor(w.outbox, false)); err != nil {
		t.Error(err)
	}
	w.wantRows(1)
	close(release)
	w.outbox.Wait()
	w.wantRows(0)
	wantUndelivered(t, w.outbox.DeliverFor(t.Context(), tells, w.enqueueFor(w.outbox, false)), noEmail)
	w.wantRows(0)
	w.wantSent(2)
}

// A message to nobody leaves the outbox as others do, at once or after a crash, and is
// neither handed to anybody nor counted as a delivery.
func TestMessagesToNobody(t *testing.T) {
	w := newWorld(t)
	router := outbox.New(outbox.Config{
		Store: w.store, Vault: newVault(), Driver: notify.Router{Email: w.driver}, Now: w.clock, Logger: slog.New(slog.DiscardHandler),
		Observe: func(medium, outcome string) { w.outcomes = append(w.outcomes, medium+" "+outcome) },
	})
	if err := router.DeliverFor(t.Context(), hides, w.enqueueFor(router, true)); err != nil {
		t.Error(err)
	}
	router.Wait()
	w.wantRows(0)
	w.enqueueFor(router, true) // and the process is killed
	w.wait(2 * lease)
	if err := router.Dispatch(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.wantRows(0)
	w.wantSent(0)
	if len(w.outcomes) != 0 {
		t.Errorf("counted %v", w.outcomes)
	}
}

// Where a server cannot send at all users and nobody are refused alike, at once.
func TestHiddenDeliveriesOfAServerThatSendsNothing(t *testing.T) {
	w := newWorld(t)
	mute := outbox.New(outbox.Config{Store: w.store, Vault: newVault(), Driver: notify.Router{}, Now: w.clock, Logger: slog.New(slog.DiscardHandler)})
	for _, nobody := range []bool{false, true} {
		wantUndelivered(t, mute.DeliverFor(t.Context(), hides, w.enqueueFor(mute, nobody)), noEmail)
		w.wantRows(0)
	}
}
