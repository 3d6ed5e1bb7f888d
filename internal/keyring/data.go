package keyring

import (
	"context"
	"errors"
	"strconv"
	"time"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/vault"
)

// Times of an exchange of the data keys.
const (
	// MaxAnnouncement is the longest time from the making of a key to its first sealing.
	MaxAnnouncement = 30 * 24 * time.Hour
	// Settling is how long after that the old key may still be needed by what no walk
	// sees: a request under way, which lasts an hour at most, and the sessions of sign-ins
	// and lists, which a client gives back.
	Settling = time.Hour
	// skew is how far the clocks of nodes may be apart.
	skew = time.Minute
)

// State is how far an exchange of the data keys has come.
type State struct {
	// Sealing is the key that seals, and Other the one beside it, if there is one: the
	// one that is to seal from From on, or that sealed before.
	Sealing, Other vault.KeyID
	// From is when the newer of the two takes over; zero for one key.
	From time.Time
	// DropsFrom is when a walk may begin after which the older one may go.
	DropsFrom time.Time
}

func stateOf(k *vault.Keyset, now time.Time) State {
	s := State{Sealing: k.SealingKey(now)}
	next, from, ok := k.Announced()
	if !ok {
		return s
	}
	s.From, s.DropsFrom = from, from.Add(Settling)
	if s.Other = next; s.Sealing == next {
		s.Other = k.SealingKey(from.Add(-time.Microsecond))
	}
	return s
}

// Announce makes a new key, which every node knows at once and which seals in place of
// the present one after a time. The fault, for a time out of bounds, a key that is being
// exchanged already and a master key that is, is InvalidParameterException.
func (r *Keyring) Announce(ctx context.Context, after time.Duration) (State, error) {
	if after < vault.MinAnnouncement || after > MaxAnnouncement {
		return State{}, fault.InvalidParameterf("after: want %s to %s, not %s", vault.MinAnnouncement, MaxAnnouncement, after)
	}
	return r.change(ctx, func(k *vault.Keyset) (*vault.Keyset, error) {
		fresh, err := k.Announce(r.Now().Add(after))
		if errors.Is(err, vault.ErrTwoKeys) {
			return nil, fault.InvalidParameter("The data keys are being exchanged already; finish that first, with reseal --drop-old.")
		}
		return fresh, err
	})
}

// DropOld removes the key that sealed before. token is that of a walk that has come to
// its end and began after the exchange had settled. Sign-ins whose refresh tokens the old
// key sealed are waited for, unless endSignIns: they then give no more tokens. The fault,
// for whatever is in the way, is InvalidParameterException.
func (r *Keyring) DropOld(ctx context.Context, token string, endSignIns bool) (State, error) {
	w, err := r.openWalk(token)
	if err != nil {
		return State{}, err
	}
	now := r.Now()
	switch {
	case !w.Done:
		return State{}, fault.InvalidParameter("The walk has not come to its end; go on with reseal.")
	case w.StartedAt.Before(w.From.Add(Settling)):
		return State{}, fault.InvalidParameterf("The old key may still be in use; run reseal again after %s, and drop the key then.", w.From.Add(Settling).UTC().Format(time.RFC3339))
	case now.Before(w.WaitUntil):
		return State{}, fault.InvalidParameterf("%d sign-ins that are under way need the old key until %s; run reseal again then.", w.Waiting, w.WaitUntil.UTC().Format(time.RFC3339))
	case now.Before(w.SignInsUntil) && !endSignIns:
		return State{}, fault.InvalidParameterf("Refresh tokens of %d sign-ins need the old key, the last until %s; wait for that, or use --end-sign-ins and those people sign in again.", w.SignIns, w.SignInsUntil.UTC().Format(time.RFC3339))
	}
	return r.change(ctx, func(k *vault.Keyset) (*vault.Keyset, error) {
		if k.SealingKey(now) != w.Key {
			return nil, fault.InvalidParameter(otherWalk)
		}
		after, err := k.Retire(now)
		if errors.Is(err, vault.ErrOneKey) || errors.Is(err, vault.ErrNotYet) {
			return nil, fault.InvalidParameter(otherWalk)
		}
		return after, err
	})
}

// change stores a changed keyset, under the master key that the present one is sealed
// by, and puts it to work here.
func (r *Keyring) change(ctx context.Context, decide func(*vault.Keyset) (*vault.Keyset, error)) (State, error) {
	var after *vault.Keyset
	err := store.Retry(ctx, func(ctx context.Context) error {
		o, _, err := r.withNext(ctx)
		switch {
		case err != nil:
			return err
		case o.next.Stored():
			return fault.InvalidParameter(masterPending)
		}
		if after, err = decide(o.keyset); err != nil {
			return err
		}
		if o.row.Value, err = after.Wrap(ctx, o.by); err != nil {
			return err
		}
		o.generation.Value = strconv.AppendUint(nil, after.Generation(), 10)
		set := store.NewChangeSet()
		set.Update(o.row)
		set.Put(o.generation)
		return r.Store.Commit(ctx, set)
	})
	if err != nil {
		return State{}, err
	}
	return stateOf(after, r.Now()), r.vault.Adopt(after)
}
