package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
)

const (
	// dispatchEvery is how often the dispatcher looks for messages that are due.
	dispatchEvery = 5 * time.Second
	dispatchBatch = 20
)

// Run sends messages that their requests could not, until ctx ends; it returns
// when the deliveries behind requests have ended too. Any number of nodes may run
// it: a message is leased before it is sent.
func (o *Outbox) Run(ctx context.Context) {
	defer o.Wait()
	ticker := time.NewTicker(dispatchEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := o.Dispatch(ctx); err != nil && ctx.Err() == nil {
			o.Logger.Warn("the outbox could not be read", "error", err)
		}
	}
}

// Dispatch sends every message that is due now, once.
func (o *Outbox) Dispatch(ctx context.Context) error {
	waiting, err := o.Store.Count(ctx, store.Query{Table: user.TableOutbox})
	if err != nil {
		return err
	}
	o.ObserveWaiting(waiting)
	q := store.Query{
		Table: user.TableOutbox, Due: &store.DueTerm{Column: "leased_until", Time: o.Now()}, Limit: dispatchBatch,
	}
	for {
		page, err := o.Store.List(ctx, q)
		if err != nil {
			return err
		}
		for _, r := range page.Rows {
			if row, ok := r.(*user.Outgoing); ok && ctx.Err() == nil {
				o.dispatch(ctx, row)
			}
		}
		if page.Next == nil || ctx.Err() != nil {
			return nil
		}
		q.After = page.Next
	}
}

// dispatch leases one message, makes sure that it still means something, and
// sends it.
func (o *Outbox) dispatch(ctx context.Context, row *user.Outgoing) {
	now := o.Now()
	current, err := o.isCurrent(ctx, row, now)
	if err != nil {
		o.Logger.Warn("a waiting message could not be judged", "id", row.ID, "error", err)
		return
	}
	if !current {
		o.forget(ctx, row)
		return
	}
	row.Tries++
	row.LeasedUntil = now.Add(lease + pauseAfter(row.Tries))
	set := store.NewChangeSet()
	set.Update(row)
	if err := o.Store.Commit(ctx, set); err != nil {
		if !errors.Is(err, store.ErrConflict) {
			o.Logger.Warn("a waiting message could not be leased", "id", row.ID, "error", err)
		}
		return
	}
	m, err := o.open(row)
	if err != nil {
		o.Logger.Error("a waiting message cannot be opened", "id", row.ID, "error", err)
		return
	}
	err = o.send(ctx, m)
	if err != nil {
		o.Logger.Warn("a waiting message was not delivered", "message", m, "try", row.Tries+1, "error", err)
	}
	if err == nil || notify.IsRefused(err) || m.Sender != nil && row.Tries+1 >= senderTries {
		o.forget(ctx, row)
	}
}

// isCurrent reports whether the message can still help its reader: it has not
// run out, and the code or temporary password in it, if it has one, is the one that
// counts.
func (o *Outbox) isCurrent(ctx context.Context, row *user.Outgoing, now time.Time) (bool, error) {
	if !now.Before(row.ExpiresAt) {
		return false, nil
	}
	if row.Purpose == user.PurposeNotice {
		return true, nil
	}
	if row.CodeID == "" {
		u := &user.User{PoolID: row.PoolID, Sub: row.Sub}
		if err := o.Store.Read(ctx, u); err != nil {
			return false, err
		}
		return u.Stored() && u.HasTemporaryPassword() && user.InvitationPurpose(u.PasswordSetAt) == row.Purpose, nil
	}
	c := &user.Code{PoolID: row.PoolID, Sub: row.Sub, Purpose: row.Purpose}
	if err := o.Store.Read(ctx, c); err != nil {
		return false, err
	}
	return c.Usable(now) && c.ID == row.CodeID, nil
}

func (o *Outbox) open(row *user.Outgoing) (notify.Message, error) {
	var m notify.Message
	plain, err := o.Vault.Open(directory.PlaceOf(row, "message"), row.Sealed)
	if err != nil {
		return m, err
	}
	return m, json.Unmarshal(plain, &m)
}

// pauseAfter grows from ten seconds to a quarter of an hour.
func pauseAfter(tries int) time.Duration {
	return min(10*time.Second<<min(tries-1, 10), maxPause)
}
