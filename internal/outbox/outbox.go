// Package outbox carries messages from a commit to the world. A message is
// stored, sealed, by the very change set that made it necessary, so that there
// is never a code without its message nor a message without its code. The
// request that made it sends it right after its commit; what then remains, after
// a crash or a mail server that did not answer, the dispatcher sends later, at
// least once.
//
// Start with [Outbox].
package outbox

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
)

// Bounds of sending.
const (
	// sendTime bounds one attempt to hand a message over.
	sendTime = 15 * time.Second
	// lease keeps other senders away for longer than an attempt can take.
	lease = 60 * time.Second
	// forgetTime bounds the removal of a message that was handed over.
	forgetTime = 5 * time.Second
	// maxPause is the longest pause between two attempts of the dispatcher.
	maxPause = 15 * time.Minute
	// senderTries is how often a function of the pool is given a message that it
	// does not take, as AWS Lambda does with its asynchronous calls.
	senderTries = 3
)

// Config has what an Outbox works with. All fields but the last two are
// required.
type Config struct {
	Store  store.Store
	Vault  *vault.Vault
	Driver notify.Driver
	Logger *slog.Logger
	Now    func() time.Time
	// Observe is told the outcome of every attempt: sent, refused or failed.
	Observe func(medium, outcome string)
	// ObserveWaiting is told from time to time how many messages wait.
	ObserveWaiting func(waiting int64)
}

// Outbox enqueues and delivers messages. It is safe for concurrent use.
type Outbox struct {
	Config
	// behind are the deliveries whose requests do not wait for them.
	behind sync.WaitGroup
}

// New returns an Outbox.
func New(c Config) *Outbox {
	if c.Observe == nil {
		c.Observe = func(string, string) {}
	}
	if c.ObserveWaiting == nil {
		c.ObserveWaiting = func(int64) {}
	}
	return &Outbox{Config: c}
}

// Pending is a message that a change set enqueued and that its request still
// has to send.
type Pending struct {
	row     *user.Outgoing
	message notify.Message
}

// Enqueue adds m, for the user who owns row's sub, to the set. row names the
// pool, the user, the code that the message carries, and when it is pointless to
// send it. The message is leased to the caller, who calls Deliver when the set
// is committed.
func (o *Outbox) Enqueue(set *store.ChangeSet, row *user.Outgoing, m notify.Message) (*Pending, error) {
	now := o.Now()
	row.CreatedAt = now
	row.LeasedUntil = now.Add(lease)
	set.Enqueue(row)
	m.ID, m.Time = row.ID, now
	plain, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encoding a message: %w", err)
	}
	if row.Sealed, err = o.Vault.Seal(directory.PlaceOf(row, "message"), plain); err != nil {
		return nil, fmt.Errorf("sealing a message: %w", err)
	}
	return &Pending{row: row, message: m}, nil
}

// Deliver sends a message whose set was committed. A caller who has gone away
// does not stop it. The faults: for a message that was refused, which is then
// forgotten, what its cause calls for, the pool's role or identity or else
// CodeDeliveryFailureException; that one too for a message whose outcome is not
// known, which the dispatcher will try again. A function of the pool that sends
// messages is called behind the request, which learns nothing of it.
func (o *Outbox) Deliver(ctx context.Context, p *Pending) error {
	ctx = context.WithoutCancel(ctx)
	if p.message.Sender != nil {
		o.DeliverBehind(ctx, p)
		return nil
	}
	return o.deliver(ctx, p)
}

// DeliverFor is Deliver for a call by a client, before its user has proved anything. Where
// the client hides who exists, messages to users and those to nobody leave the same way:
// the request waits only for what takes no time, and learns nothing else of it.
func (o *Outbox) DeliverFor(ctx context.Context, c *pool.Client, p *Pending) error {
	if !c.HidesUsers() {
		return o.Deliver(ctx, p)
	}
	if d, ok := o.Driver.(notify.Immediate); ok && d.Immediate(p.message) {
		return o.deliver(context.WithoutCancel(ctx), p)
	}
	o.DeliverBehind(ctx, p)
	return nil
}

// DeliverBehind is Deliver for a message that its request does not wait for and
// learns nothing of.
func (o *Outbox) DeliverBehind(ctx context.Context, p *Pending) {
	ctx = context.WithoutCancel(ctx)
	o.behind.Go(func() { _ = o.deliver(ctx, p) }) // it is logged
}

// Wait returns when every delivery behind a request has ended.
func (o *Outbox) Wait() { o.behind.Wait() }

func (o *Outbox) deliver(ctx context.Context, p *Pending) error {
	err := o.send(ctx, p.message)
	if err == nil || notify.IsRefused(err) {
		o.forget(ctx, p.row)
	}
	if err == nil {
		return nil
	}
	o.Logger.Warn("a message was not delivered", "message", p.message, "error", err)
	return failure(p.message.Medium, notify.CauseOf(err))
}

// failure is what a caller is told about a message that was not delivered.
func failure(m notify.Medium, cause notify.Cause) *fault.Error {
	switch cause {
	case notify.CauseSMSTrust:
		return fault.InvalidSMSRoleTrust()
	case notify.CauseSMSPolicy:
		return fault.InvalidSMSRolePolicy()
	case notify.CauseEmailPolicy:
		return fault.InvalidEmailRolePolicy()
	case notify.CauseMessage:
	}
	return fault.CodeDeliveryFailure(failureText(m))
}

// failureText is the service's text for a message that could not be handed over.
func failureText(m notify.Medium) string {
	if m == notify.SMS {
		return "Invalid phone number provided/Unable to send the message."
	}
	return "Invalid email provided/Unable to send the email"
}

func (o *Outbox) send(ctx context.Context, m notify.Message) error {
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	err := o.Driver.Send(ctx, m)
	switch {
	case m.ToNobody: // no delivery
	case err == nil:
		o.Observe(string(m.Medium), "sent")
	case notify.IsRefused(err):
		o.Observe(string(m.Medium), "refused")
	default:
		o.Observe(string(m.Medium), "failed")
	}
	return err
}

// forget removes a message, also when ctx has ended or the sending used up its
// time. One that cannot be removed now is sent once more by the dispatcher, which
// is the lesser evil.
func (o *Outbox) forget(ctx context.Context, row *user.Outgoing) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), forgetTime)
	defer cancel()
	set := store.NewChangeSet()
	set.Drop(row)
	if err := o.Store.Commit(ctx, set); err != nil {
		o.Logger.Warn("a delivered message stays in the outbox", "id", row.ID, "error", err)
	}
}
