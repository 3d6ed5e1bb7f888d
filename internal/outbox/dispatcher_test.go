package outbox_test

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
)

// TestDispatchJudgesTheCode leaves messages undelivered and looks which of them
// still mean something when their lease is over.
func TestDispatchJudgesTheCode(t *testing.T) {
	tests := map[string]struct {
		then func(w *world, c *user.Code)
		wait time.Duration
		sent int
	}{
		"the code is outstanding": {sent: 1},
		"the code was used":       {then: func(w *world, c *user.Code) { w.commit(func(s *store.ChangeSet) { s.Delete(c) }) }},
		"a newer code took its place": {then: func(w *world, c *user.Code) {
			c.ID = "a newer one"
			w.commit(func(s *store.ChangeSet) { s.Put(c) })
		}},
		"the code has run out": {wait: 24 * time.Hour},
		"the code runs out earlier than the message": {then: func(w *world, c *user.Code) {
			c.ExpiresAt = w.now.Add(lease)
			w.commit(func(s *store.ChangeSet) { s.Put(c) })
		}},
		"the user was deleted": {then: func(w *world, c *user.Code) {
			w.commit(func(s *store.ChangeSet) { s.Drop(c, &user.User{PoolID: poolID, Sub: annSub}) })
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			c, _ := w.enqueue(annSub)
			if test.then != nil {
				test.then(w, c)
			}
			w.wait(lease - time.Microsecond)
			w.dispatch()
			w.wantSent(0)
			w.wantRows(1)
			w.wait(time.Microsecond + test.wait)
			w.dispatch()
			w.wantSent(test.sent)
			w.wantRows(0)
		})
	}
}

// TestDispatchInvitation has a message without a code, which counts until it
// runs out.
func TestDispatchInvitation(t *testing.T) {
	for _, test := range []struct {
		name   string
		after  time.Duration
		change func(u *user.User)
		sent   int
	}{
		{"in time", 7*24*time.Hour - 1, nil, 1},
		{"too late", 7 * 24 * time.Hour, nil, 0},
		{"with a password that was replaced", time.Hour, func(u *user.User) { u.PasswordSetAt = u.PasswordSetAt.Add(time.Second) }, 0},
		{"to somebody who has signed in", time.Hour, func(u *user.User) { u.Status = user.Confirmed }, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			u := &user.User{PoolID: poolID, Sub: annSub, Username: "ann", Status: user.ForceChangePassword, PasswordSetAt: w.now}
			w.commit(func(set *store.ChangeSet) {
				set.Insert(u)
				row := &user.Outgoing{PoolID: poolID, Sub: annSub, Purpose: user.InvitationPurpose(w.now), ExpiresAt: w.now.Add(7 * 24 * time.Hour)}
				if _, err := w.outbox.Enqueue(set, row, message()); err != nil {
					t.Fatal(err)
				}
			})
			if test.change != nil {
				test.change(u)
				w.commit(func(set *store.ChangeSet) { set.Update(u) })
			}
			w.wait(test.after)
			w.dispatch()
			w.wantSent(test.sent)
			w.wantRows(0)
		})
	}
}

func TestDispatchTriesAgainLaterAndLater(t *testing.T) {
	pauses := []time.Duration{10, 20, 40, 80, 160, 320, 640, 900, 900}
	w := newWorld(t)
	for range pauses {
		w.driver.script = append(w.driver.script, errUnknown)
	}
	w.enqueue(annSub)
	w.wait(lease)
	for i, pause := range pauses {
		w.dispatch()
		w.wantSent(i + 1)
		w.wantRows(1)
		w.wait(lease + pause*time.Second - time.Microsecond)
		w.dispatch()
		w.wantSent(i + 1)
		w.wait(time.Microsecond)
	}
	w.dispatch()
	w.wantSent(len(pauses) + 1)
	w.wantRows(0)
}

func TestDispatchGivesUpWhatIsRefused(t *testing.T) {
	w := newWorld(t, refuses)
	w.enqueue(annSub)
	w.wait(lease)
	w.dispatch()
	w.wantRows(0)
	w.wait(time.Hour)
	w.dispatch()
	w.wantSent(1)
}

// TestTwoDispatchersSendOnce runs two at once over many messages, more than one
// of them looks at in a time.
func TestTwoDispatchersSendOnce(t *testing.T) {
	const messages = 50
	w := newWorld(t)
	for i := range messages {
		w.enqueue(user.Sub("user " + strconv.Itoa(i)))
	}
	w.wait(lease)
	var wg sync.WaitGroup
	for range 2 {
		other := w.newOutbox(w.clock)
		wg.Go(func() {
			if err := other.Dispatch(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	w.wantSent(messages)
	w.wantRows(0)
	seen := map[string]bool{}
	for _, m := range w.driver.given {
		if seen[m.ID] {
			t.Errorf("%s was sent twice", m.ID)
		}
		seen[m.ID] = true
	}
}

// TestMovedMessageDoesNotOpen puts a sealed message into another user's row.
func TestMovedMessageDoesNotOpen(t *testing.T) {
	w := newWorld(t)
	w.enqueue(annSub)
	w.enqueue("bob")
	rows := w.rows()
	ann, bob := rows[0].(*user.Outgoing), rows[1].(*user.Outgoing)
	bob.Sealed = ann.Sealed
	w.commit(func(set *store.ChangeSet) { set.Update(bob); set.Delete(ann) })
	w.wait(lease)
	w.dispatch()
	w.wantSent(0)
	w.wantRows(1)
	if !strings.Contains(w.log.String(), "cannot be opened") {
		t.Errorf("the log says %q", w.log.String())
	}
}

func TestRunDispatchesUntilItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.outbox = w.newOutbox(time.Now)
		w.enqueue(annSub)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { w.outbox.Run(ctx); close(done) }()
		time.Sleep(lease + 6*time.Second)
		synctest.Wait()
		w.wantSent(1)
		w.wantRows(0)
		cancel()
		<-done
	})
}

func TestDispatchTellsHowManyWait(t *testing.T) {
	w := newWorld(t)
	var told []int64
	w.outbox.ObserveWaiting = func(waiting int64) { told = append(told, waiting) }
	w.dispatch()
	w.enqueue(annSub)
	w.enqueue("bob")
	w.dispatch()
	w.wait(lease)
	w.dispatch()
	w.dispatch()
	if want := []int64{0, 2, 2, 0}; !slices.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
}
