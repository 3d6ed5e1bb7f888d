package keyring_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/keyring"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
)

const poolID = "eu-test-1_abcdefghi"

// addUsers stores users whose software tokens are sealed by v.
func (w *world) addUsers(v *vault.Vault, from, to int) (tokens []*user.SoftwareToken) {
	w.t.Helper()
	set := store.NewChangeSet()
	for i := from; i < to; i++ {
		u := &user.User{PoolID: poolID, Sub: user.Sub(fmt.Sprintf("sub%05d", i)), Username: fmt.Sprintf("user%05d", i), Status: user.Confirmed}
		s := &user.SoftwareToken{PoolID: u.PoolID, Sub: u.Sub}
		w.seal(v, s)
		set.Insert(u, s)
		tokens = append(tokens, s)
	}
	noError(w.t, w.store.Commit(w.t.Context(), set))
	return tokens
}

func (w *world) seal(v *vault.Vault, s *user.SoftwareToken) {
	w.t.Helper()
	var err error
	s.Secret, err = v.Seal(directory.PlaceOf(s, "secret"), []byte("secret of "+s.Sub))
	noError(w.t, err)
}

// walk walks to the end and returns the last step.
func (w *world) walk(r *keyring.Keyring, token string) keyring.Progress {
	w.t.Helper()
	for {
		p, err := r.Step(w.t.Context(), token)
		noError(w.t, err)
		if token = p.Token; p.Done {
			return p
		}
	}
}

// A node that was not told seals with the new key from its time on; a walk seals
// everything anew, also what others change meanwhile; then the old key may go, once
// nothing needs it any more.
func TestDataKeysAreExchangedWhileNodesRun(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		k := &keys{present: &w.first}
		r, v := w.node(k)
		other, otherVault := w.node(k)
		tokens := w.addUsers(v, 0, 450)
		begun := &user.Session{PoolID: poolID, Sub: "sub00001", ID: "before", AuthTime: w.clock(), ExpiresAt: w.clock().Add(72 * time.Hour)}
		ended := &user.Session{PoolID: poolID, Sub: "sub00001", ID: "ended", AuthTime: w.clock(), ExpiresAt: w.clock().Add(99 * time.Hour), Revoked: true}
		w.insert(begun, ended)

		_, err := r.Step(t.Context(), "")
		wantFault(t, err, "There is one data key only")
		for _, after := range []time.Duration{0, vault.MinAnnouncement - 1, keyring.MaxAnnouncement + 1} {
			_, err = r.Announce(t.Context(), after)
			wantFault(t, err, "after: want 2m0s to 720h0m0s")
		}
		s, err := r.Announce(t.Context(), 10*time.Minute)
		noError(t, err)
		old := vault.KeyOf(tokens[0].Secret)
		if s.Sealing != old || s.Other == old || !s.From.Equal(w.clock().Add(10*time.Minute)) || !s.DropsFrom.Equal(s.From.Add(keyring.Settling)) {
			t.Errorf("state %+v", s)
		}
		_, err = other.Announce(t.Context(), 10*time.Minute)
		wantFault(t, err, "The data keys are being exchanged already")
		_, err = other.Step(t.Context(), "")
		wantFault(t, err, "The new data key does not seal before")
		noError(t, otherVault.Look(t.Context()))
		w.addUsers(otherVault, 450, 460)

		w.forward(10 * time.Minute)
		w.insert(&user.Challenge{PoolID: poolID, Sub: "sub00001", ID: "late", State: tokens[0].Secret, ExpiresAt: w.clock().Add(time.Hour)})
		w.forward(2 * time.Minute)
		fresh := w.addUsers(otherVault, 460, 470)
		if vault.KeyOf(fresh[0].Secret) != s.Other {
			t.Error("a node goes on with the old key")
		}
		first, err := other.Step(t.Context(), "")
		noError(t, err)
		p := w.walkMeanwhile(r, first.Token, otherVault, tokens)
		if p.Resealed == 0 || p.Resealed > 460 || p.Broken != 0 || p.SignIns != 1 || !p.SignInsUntil.Equal(begun.ExpiresAt) || p.Sealing != s.Other {
			t.Errorf("the walk: %+v", p)
		}
		_, err = r.DropOld(t.Context(), first.Token, false)
		wantFault(t, err, "The walk has not come to its end")
		_, err = r.DropOld(t.Context(), "made-up", false)
		wantFault(t, err, "The token is not that of a walk")
		_, err = r.DropOld(t.Context(), p.Token, true)
		wantFault(t, err, "The old key may still be in use")

		w.forward(keyring.Settling - 3*time.Minute)
		early := w.walk(r, "")
		w.forward(4 * time.Minute)
		_, err = r.DropOld(t.Context(), early.Token, true)
		wantFault(t, err, "The old key may still be in use")
		w.insert(&user.Challenge{PoolID: poolID, Sub: "sub00002", ID: "late", State: tokens[0].Secret, ExpiresAt: w.clock().Add(time.Minute)})
		p = w.walk(r, "")
		_, err = r.DropOld(t.Context(), p.Token, true)
		wantFault(t, err, "1 sign-ins that are under way need the old key until")
		w.forward(time.Minute)
		if p = w.walk(other, ""); p.Resealed != 0 {
			t.Errorf("%d rows were still sealed by the old key", p.Resealed)
		}
		_, err = r.DropOld(t.Context(), p.Token, false)
		wantFault(t, err, "Refresh tokens of 1 sign-ins need the old key")
		if s, err = r.DropOld(t.Context(), p.Token, true); err != nil || s.Other != 0 || s.Sealing == old {
			t.Fatalf("%+v, %v", s, err)
		}
		_, err = r.DropOld(t.Context(), p.Token, true)
		wantFault(t, err, "The walk belongs to another exchange")
		noError(t, otherVault.Look(t.Context()))
		restarted, restartedVault := w.node(k)
		for _, v := range []*vault.Vault{v, otherVault, restartedVault} {
			w.wantAllOpen(v, 470)
			if _, err := v.Open(directory.PlaceOf(tokens[0], "secret"), tokens[0].Secret); err == nil {
				t.Error("what the old key sealed opens")
			}
		}
		if _, err := restarted.Announce(t.Context(), time.Hour); err != nil {
			t.Errorf("the next exchange: %v", err)
		}
	})
}

// walkMeanwhile is walk while others change the rows that it seals.
func (w *world) walkMeanwhile(r *keyring.Keyring, token string, v *vault.Vault, tokens []*user.SoftwareToken) keyring.Progress {
	var changed atomic.Int64
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for i := range 3 {
		wg.Go(func() {
			for n := i; ; n += 7 {
				select {
				case <-stop:
					return
				default:
				}
				s := &user.SoftwareToken{PoolID: poolID, Sub: tokens[n%len(tokens)].Sub}
				err := store.Retry(w.t.Context(), func(ctx context.Context) error {
					if err := w.store.Read(ctx, s); err != nil {
						return err
					}
					if s.LastStep++; s.LastStep%2 == 0 {
						w.seal(v, s)
					}
					set := store.NewChangeSet()
					set.Update(s)
					return w.store.Commit(ctx, set)
				})
				if err != nil {
					w.t.Error(err)
					return
				}
				changed.Add(1)
			}
		})
	}
	for changed.Load() < 10 {
		time.Sleep(time.Millisecond)
	}
	p := w.walk(r, token)
	close(stop)
	wg.Wait()
	total := int64(0)
	for _, s := range tokens {
		row := &user.SoftwareToken{PoolID: poolID, Sub: s.Sub}
		w.read(row)
		total += row.LastStep
	}
	if total != changed.Load() {
		w.t.Errorf("%d of %d changes are there", total, changed.Load())
	}
	return p
}

// wantAllOpen wants the secrets of all users to be what they were.
func (w *world) wantAllOpen(v *vault.Vault, users int) {
	w.t.Helper()
	for i := range users {
		s := &user.SoftwareToken{PoolID: poolID, Sub: user.Sub(fmt.Sprintf("sub%05d", i))}
		w.read(s)
		plain, err := v.Open(directory.PlaceOf(s, "secret"), s.Secret)
		if err != nil || string(plain) != "secret of "+string(s.Sub) {
			w.t.Fatalf("%s: %q, %v", s.Sub, plain, err)
		}
	}
}

// Values that open with no key are counted and left; a walk goes on in spite of them,
// and where it was left, on any node.
func TestWalkGoesOn(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		k := &keys{present: &w.first}
		r, v := w.node(k)
		tokens := w.addUsers(v, 0, 250)
		moved := &user.SoftwareToken{PoolID: poolID, Sub: "zzz", Secret: tokens[0].Secret, Pending: tokens[0].Secret}
		w.insert(moved)
		_, err := r.Announce(t.Context(), vault.MinAnnouncement)
		noError(t, err)
		w.forward(vault.MinAnnouncement)
		token, steps := "", 0
		for {
			again, _ := w.node(k) // as after a restart
			p, err := again.Step(t.Context(), token)
			noError(t, err)
			steps++
			if token = p.Token; !p.Done {
				continue
			}
			if p.Rows != 501 || p.Resealed != 250 || p.Broken != 2 || steps < 11 {
				t.Errorf("after %d steps: %+v", steps, p)
			}
			break
		}
		w.wantAllOpen(v, 250)
		w.read(moved)
		if vault.KeyOf(moved.Secret) != vault.KeyOf(tokens[0].Secret) {
			t.Error("a value that does not open was changed")
		}
		after, err := r.Step(t.Context(), token)
		if err != nil || !after.Done || after.Rows != 501 {
			t.Errorf("a step after the last: %+v, %v", after, err)
		}
	})
}
