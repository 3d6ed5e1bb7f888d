package outbox_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/outbox"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
)

func wantUndelivered(t *testing.T, err error, text string) {
	t.Helper()
	if f := fault.As(err); f == nil || f.Error() != "CodeDeliveryFailureException: "+text {
		t.Errorf("got %v, want CodeDeliveryFailureException: %s", err, text)
	}
}

const noEmail = "Invalid email provided/Unable to send the email"

func TestAcceptedMessageIsForgotten(t *testing.T) {
	w := newWorld(t)
	_, p := w.enqueue(annSub)
	w.wantRows(1)
	if err := w.outbox.Deliver(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	w.wantRows(0)
	w.wantSent(1)
	got := w.driver.given[0]
	if got.To != address || got.Code != theCode || got.ID == "" || !got.Time.Equal(w.now) {
		t.Errorf("the driver was given another message: to %q, code %q, id %q, time %v", got.To, got.Code, got.ID, got.Time)
	}
	if want := []string{"EMAIL sent"}; !slices.Equal(w.outcomes, want) {
		t.Errorf("outcomes %v, want %v", w.outcomes, want)
	}
	w.wait(2 * lease)
	w.dispatch()
	w.wantSent(1)
}

func TestRefusedMessageIsForgotten(t *testing.T) {
	for medium, text := range map[notify.Medium]string{
		notify.Email: noEmail,
		notify.SMS:   "Invalid phone number provided/Unable to send the message.",
	} {
		t.Run(string(medium), func(t *testing.T) {
			w := newWorld(t, refuses)
			m := message()
			m.Medium = medium
			var p *outbox.Pending
			w.commit(func(set *store.ChangeSet) {
				p, _ = w.outbox.Enqueue(set, outgoing(w.newCode(annSub, "c")), m)
			})
			wantUndelivered(t, w.outbox.Deliver(t.Context(), p), text)
			w.wantRows(0)
			if want := []string{string(medium) + " refused"}; !slices.Equal(w.outcomes, want) {
				t.Errorf("outcomes %v, want %v", w.outcomes, want)
			}
			w.wait(2 * lease)
			w.dispatch()
			w.wantSent(1)
		})
	}
}

// Each cause of a refusal has its own exception, and the message is forgotten.
func TestRefusalsByCause(t *testing.T) {
	for cause, want := range map[notify.Cause]string{
		notify.CauseSMSTrust:    "InvalidSmsRoleTrustRelationshipException: Role does not have a trust relationship allowing Cognito to assume the role",
		notify.CauseSMSPolicy:   "InvalidSmsRoleAccessPolicyException: Role does not have permission to publish with SNS",
		notify.CauseEmailPolicy: "InvalidEmailRoleAccessPolicyException: Cognito is not allowed to use your email identity",
		notify.CauseMessage:     "CodeDeliveryFailureException: " + noEmail,
	} {
		w := newWorld(t, func(context.Context) error { return &notify.Refused{Reason: "no", Cause: cause} })
		_, p := w.enqueue(annSub)
		if f := fault.As(w.outbox.Deliver(t.Context(), p)); f == nil || f.Error() != want {
			t.Errorf("got %v, want %s", f, want)
		}
		w.wantRows(0)
	}
}

// TestHangingDriver lets the driver hang until its time is over: the request is
// told, and the dispatcher sends the very same message once more, later.
func TestHangingDriver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, hangs)
		w.outbox = w.newOutbox(time.Now)
		_, p := w.enqueue(annSub)
		start := time.Now()
		wantUndelivered(t, w.outbox.Deliver(t.Context(), p), noEmail)
		if took := time.Since(start); took != 15*time.Second {
			t.Errorf("the request waited %v", took)
		}
		w.wantRows(1)
		w.dispatch()
		w.wantSent(1) // the lease is not over
		time.Sleep(lease)
		w.dispatch()
		w.wantSent(2)
		w.wantRows(0)
		if w.driver.given[0].ID != w.driver.given[1].ID || w.driver.given[1].Body != message().Body || w.driver.given[1].Via != message().Via {
			t.Error("the second attempt carries another message")
		}
		time.Sleep(time.Hour)
		w.dispatch()
		w.wantSent(2)
		if want := []string{"EMAIL failed", "EMAIL sent"}; !slices.Equal(w.outcomes, want) {
			t.Errorf("outcomes %v, want %v", w.outcomes, want)
		}
	})
}

// TestAcceptedAtTheLastMoment has a driver that is told yes when its time is
// over already.
func TestAcceptedAtTheLastMoment(t *testing.T) {
	late := func(ctx context.Context) error { <-ctx.Done(); return nil }
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, late, errUnknown, late)
		w.outbox = w.newOutbox(time.Now)
		_, p := w.enqueue(annSub)
		if err := w.outbox.Deliver(t.Context(), p); err != nil {
			t.Error(err)
		}
		w.wantRows(0)
		_, p = w.enqueue("bob")
		wantUndelivered(t, w.outbox.Deliver(t.Context(), p), noEmail)
		time.Sleep(lease)
		w.dispatch()
		w.wantRows(0)
		w.wantSent(3)
	})
}

func errUnknown(context.Context) error { return errors.New("the connection was lost") }

func TestCallerHasGoneAway(t *testing.T) {
	w := newWorld(t, func(ctx context.Context) error { return ctx.Err() })
	_, p := w.enqueue(annSub)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.outbox.Deliver(ctx, p); err != nil {
		t.Error(err)
	}
	w.wantRows(0)
}

// TestSlowDriverHoldsNothing changes the user while a message to them is on
// its way.
func TestSlowDriverHoldsNothing(t *testing.T) {
	sending, release := make(chan struct{}), make(chan struct{})
	w := newWorld(t, func(context.Context) error { close(sending); <-release; return nil })
	u := &user.User{PoolID: poolID, Sub: annSub, Username: "ann", Status: user.Confirmed}
	w.commit(func(set *store.ChangeSet) { set.Insert(u) })
	c, p := w.enqueue(annSub)
	done := make(chan error)
	go func() { done <- w.outbox.Deliver(context.Background(), p) }()
	<-sending
	w.commit(func(set *store.ChangeSet) {
		set.Update(u)
		set.Delete(c)
		set.Insert(&user.Alias{PoolID: poolID, Kind: user.AliasName, Key: "ann", Sub: annSub})
	})
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
	w.wantRows(0)
}

// TestNothingInTheClear looks for the code and the address in the message's row
// and in the log. (The address stands in the code's own row.)
func TestNothingInTheClear(t *testing.T) {
	w := newWorld(t, refuses, errUnknown)
	_, refused := w.enqueue(annSub)
	_, unknown := w.enqueue("bob")
	for _, r := range w.rows() {
		o := r.(*user.Outgoing)
		if len(o.Sealed) == 0 || bytes.Contains(o.Sealed, []byte(theCode)) || bytes.Contains(o.Sealed, []byte(address)) {
			t.Error("the message is stored in the clear")
		}
	}
	for _, p := range []*outbox.Pending{refused, unknown} {
		if err := w.outbox.Deliver(t.Context(), p); err == nil {
			t.Error("delivered")
		}
	}
	if text := w.log.String(); strings.Contains(text, theCode) || strings.Contains(text, address) || !strings.Contains(text, poolID) {
		t.Errorf("the log says %s", text)
	}
	files, err := filepath.Glob(filepath.Join(w.folder, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("files %v, %v", files, err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte(theCode)) {
			t.Errorf("the code can be read in %s", filepath.Base(file))
		}
	}
}

// TestLostSetSendsNothing loses the set that carries the message.
func TestLostSetSendsNothing(t *testing.T) {
	w := newWorld(t)
	alias := func() *user.Alias { return &user.Alias{PoolID: poolID, Kind: user.AliasName, Key: "ann", Sub: annSub} }
	w.commit(func(set *store.ChangeSet) { set.Insert(alias()) })
	set := store.NewChangeSet()
	if _, err := w.outbox.Enqueue(set, outgoing(w.newCode(annSub, "c")), message()); err != nil {
		t.Fatal(err)
	}
	set.Insert(alias())
	if _, ok := store.Duplicate(w.store.Commit(t.Context(), set)); !ok {
		t.Fatal("the set was not lost")
	}
	w.wantRows(0)
	w.wait(2 * lease)
	w.dispatch()
	w.wantSent(0)
}
