package watch

import (
	"context"
	"encoding/hex"
	"fmt"
	"log/slog"
	"time"

	"poolhouse.dev/internal/caller"
	"poolhouse.dev/internal/code"
	"poolhouse.dev/internal/outbox"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
)

// Config is what a Watch works with.
type Config struct {
	// History is how long entries of the history are kept; 0 keeps none and writes
	// no audit lines.
	History time.Duration
	// Undo is how long a change of the e-mail address can be undone from the old
	// one; 0 tells the old address nothing.
	Undo   time.Duration
	Vault  *vault.Vault
	Codes  *code.Codes
	Outbox *outbox.Outbox
	Logger *slog.Logger
	Now    func() time.Time
}

// Watch watches changes. A nil Watch does nothing. It is safe for concurrent use.
type Watch struct{ Config }

// New returns a Watch, nil where nothing is asked for.
func New(c Config) *Watch {
	if c.History == 0 && c.Undo == 0 {
		return nil
	}
	return &Watch{c}
}

// Undoes reports whether changes of the e-mail address can be undone; what changes
// one then reads the user's row of PurposeUndo, too.
func (w *Watch) Undoes() bool { return w != nil && w.Undo > 0 }

// Event is a change that is about to be committed.
type Event struct {
	Pool          *pool.Pool
	Before, After *user.User
	Operation     string
	// ClientID is the app client of a user who acts for themselves, "" for an
	// administrator.
	ClientID pool.ClientID
	// Undo is the user's row of PurposeUndo as it was read, nil where the change
	// cannot touch the e-mail address.
	Undo *user.Code
}

// Note is what is to be told of a change once it is committed.
type Note struct {
	change *user.Change
	notice *outbox.Pending
}

// Note adds to the set what the change leaves behind: its entry in the history,
// and the message to the old address. nil is a change that nobody watches.
func (w *Watch) Note(ctx context.Context, set *store.ChangeSet, e Event) (*Note, error) {
	if w == nil {
		return nil, nil
	}
	names := user.Differing(e.Before, e.After)
	if len(names) == 0 {
		return nil, nil
	}
	n := &Note{}
	if w.History > 0 {
		n.change = w.entry(ctx, e, names)
		set.Insert(n.change)
	}
	// An administrator's change is not to be undone by whom it may be against.
	if w.Undo > 0 && e.ClientID != "" && e.Undo != nil && user.LosesVerifiedEmail(e.Before, e.After) {
		var err error
		if n.notice, err = w.notice(set, e); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// entry is the change's entry in the history.
func (w *Watch) entry(ctx context.Context, e Event, names []string) *user.Change {
	now := w.Now()
	c := &user.Change{
		PoolID: e.Pool.ID, Sub: e.Before.Sub, ID: fmt.Sprintf("%016x-%s", now.UnixMicro(), vault.NewUUID()), At: now,
		Operation: e.Operation, ClientID: e.ClientID, ExpiresAt: now.Add(w.History),
	}
	if e.ClientID == "" {
		c.AccessKeyID = caller.From(ctx).AccessKeyID
	}
	for _, name := range names {
		c.Values = append(c.Values, user.ChangedValue{
			Name: name, Old: w.hash(e.Pool.ID, name, e.Before.Attributes.Get(name)), New: w.hash(e.Pool.ID, name, e.After.Attributes.Get(name)),
		})
	}
	return c
}

// hash is the same for the same value of a pool's attribute, and tells it to nobody
// who has not the vault's key.
func (w *Watch) hash(id pool.ID, name, value string) string {
	if value == "" {
		return ""
	}
	return hex.EncodeToString(w.Vault.Pseudonym("attribute-value", string(id), name, value)[:16])
}

// notice is the message to the address that the change takes away. There is one
// right to undo at a time, and while it lasts it is that of the first address: who
// took an account over gets none against its owner.
func (w *Watch) notice(set *store.ChangeSet, e Event) (*outbox.Pending, error) {
	o := code.UndoOrder{
		Pool: e.Pool, User: e.Before, Current: e.Undo, NewAddress: e.After.Attributes.Get(pool.AttrEmail), Life: w.Undo,
		Right: !e.Undo.Usable(w.Now()),
	}
	return w.Codes.IssueUndo(set, o)
}

// Tell tells of a change that was committed: in the log at once, and to the old
// address behind the request.
func (w *Watch) Tell(ctx context.Context, n *Note) {
	if n == nil {
		return
	}
	if c := n.change; c != nil {
		who := caller.From(ctx)
		values := make([]any, len(c.Values))
		for i, v := range c.Values {
			values[i] = slog.Group(v.Name, "old", v.Old, "new", v.New)
		}
		w.Logger.LogAttrs(ctx, slog.LevelInfo, "attributes changed",
			slog.String("pool", string(c.PoolID)), slog.String("sub", string(c.Sub)), slog.String("change", c.ID), slog.String("operation", c.Operation),
			slog.String("client", string(c.ClientID)), slog.String("principal", c.AccessKeyID), slog.Group("attributes", values...),
			slog.String("request_id", who.RequestID), slog.String("source_ip", who.SourceIP))
	}
	if n.notice != nil {
		w.Outbox.DeliverBehind(ctx, n.notice)
	}
}
