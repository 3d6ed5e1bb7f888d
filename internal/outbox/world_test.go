package outbox_test

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/outbox"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore/sqlite"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
)

const (
	poolID           = "eu-test-1_abcdefghi"
	annSub  user.Sub = "34c84488-e0e1-70ae-d2ee-991ad1a898c8"
	theCode          = "0391264857"
	address          = "ann.secret@example.com"
)

// lease is longer than an outbox keeps other senders away from a new message.
const lease = time.Minute

var newVault = sync.OnceValue(func() *vault.Vault {
	master := vault.NewMasterKey()
	sealed, err := vault.NewSealedKeyset(context.Background(), master)
	if err != nil {
		panic(err)
	}
	v, err := vault.Open(context.Background(), master, sealed)
	if err != nil {
		panic(err)
	}
	return v
})

// driver answers message by message from a script, and then accepts; it keeps
// what it was given.
type driver struct {
	mu     sync.Mutex
	script []func(ctx context.Context) error
	given  []notify.Message
}

func (d *driver) Send(ctx context.Context, m notify.Message) error {
	d.mu.Lock()
	d.given = append(d.given, m)
	answer := func(context.Context) error { return nil }
	if len(d.script) > 0 {
		answer, d.script = d.script[0], d.script[1:]
	}
	d.mu.Unlock()
	return answer(ctx)
}

func (d *driver) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.given)
}

func refuses(context.Context) error { return &notify.Refused{Reason: "no such mailbox"} }

func hangs(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }

// world is an outbox over a store in a file, with a clock.
type world struct {
	*testing.T
	folder   string
	store    *sqlite.Store
	driver   *driver
	outbox   *outbox.Outbox
	log      bytes.Buffer
	outcomes []string

	mu  sync.Mutex
	now time.Time
}

func newWorld(t *testing.T, script ...func(context.Context) error) *world {
	w := &world{T: t, folder: t.TempDir(), driver: &driver{script: script}, now: time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC)}
	// Made before a test puts its clock under control; not made twice.
	newVault()
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: w.folder})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	w.store = s
	w.outbox = w.newOutbox(w.clock)
	return w
}

func (w *world) newOutbox(now func() time.Time) *outbox.Outbox {
	return outbox.New(outbox.Config{
		Store: w.store, Vault: newVault(), Driver: w.driver, Now: now,
		Logger: slog.New(slog.NewTextHandler(&w.log, nil)),
		Observe: func(medium, outcome string) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.outcomes = append(w.outcomes, medium+" "+outcome)
		},
	})
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) wait(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) commit(build func(set *store.ChangeSet)) {
	w.Helper()
	set := store.NewChangeSet()
	build(set)
	if err := w.store.Commit(w.Context(), set); err != nil {
		w.Fatal(err)
	}
}

// newCode returns a code row that is not stored.
func (w *world) newCode(sub user.Sub, id string) *user.Code {
	return &user.Code{
		PoolID: poolID, Sub: sub, Purpose: user.PurposeVerifyEmail, ID: id, Attribute: "email", Target: address,
		Hash: []byte("hash"), ExpiresAt: w.outbox.Now().Add(24 * time.Hour),
	}
}

// outgoing is the row of a message that carries the code.
func outgoing(c *user.Code) *user.Outgoing {
	return &user.Outgoing{PoolID: c.PoolID, Sub: c.Sub, Purpose: c.Purpose, CodeID: c.ID, ExpiresAt: c.ExpiresAt}
}

func message() notify.Message {
	return notify.Message{
		Medium: notify.Email, To: address, Subject: "Your verification code", Body: "Your verification code is " + theCode,
		Code: theCode, Attribute: "email", PoolID: poolID, Kind: notify.UpdateAttribute,
		Via: notify.Via{Region: "eu-test-1", OwnIdentity: true, IdentityARN: "arn:aws:ses:eu-test-1:1:identity/example.com"},
	}
}

// enqueue commits a code and its message.
func (w *world) enqueue(sub user.Sub) (*user.Code, *outbox.Pending) {
	w.Helper()
	c := w.newCode(sub, "code of "+string(sub))
	var p *outbox.Pending
	w.commit(func(set *store.ChangeSet) {
		set.Put(c)
		var err error
		if p, err = w.outbox.Enqueue(set, outgoing(c), message()); err != nil {
			w.Fatal(err)
		}
	})
	return c, p
}

func (w *world) rows() []row.Row {
	w.Helper()
	page, err := w.store.List(w.Context(), store.Query{Table: user.TableOutbox, Limit: 1000})
	if err != nil {
		w.Fatal(err)
	}
	return page.Rows
}

func (w *world) wantRows(n int) {
	w.Helper()
	if got := len(w.rows()); got != n {
		w.Errorf("%d messages wait, want %d", got, n)
	}
}

func (w *world) wantSent(n int) {
	w.Helper()
	if got := w.driver.count(); got != n {
		w.Errorf("the driver was given %d messages, want %d", got, n)
	}
}

func (w *world) dispatch() {
	w.Helper()
	if err := w.outbox.Dispatch(w.Context()); err != nil {
		w.Fatal(err)
	}
}
