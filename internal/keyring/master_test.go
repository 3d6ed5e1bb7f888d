package keyring_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"poolhouse.dev/internal/instance"
	"poolhouse.dev/internal/keyring"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/faulty"
	"poolhouse.dev/internal/vault"
)

var place = vault.Place{Table: "t", Key: "k", Column: "c"}

// While the master key is changed, nodes start with either; before and after, with one
// of the two. What is sealed stays what it is, and running nodes go on.
func TestMasterKeyIsChanged(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		second, stranger := vault.NewMasterKey(), vault.NewMasterKey()
		old, fresh, both := &keys{present: &w.first}, &keys{present: &second}, &keys{present: &w.first, next: &second}
		onlyNext, foreign := &keys{next: &second}, &keys{present: &stranger}
		starts := func(stage string, first, next bool) {
			t.Helper()
			w.wantStarts(stage+", the old key", old, first)
			w.wantStarts(stage+", the new key", fresh, next)
			w.wantStarts(stage+", the new key as the next", onlyNext, next)
			w.wantStarts(stage+", both", both, true)
			w.wantStarts(stage+", neither", foreign, false)
		}
		starts("before", true, false)
		r, v := w.node(both)
		other, running := w.node(old)
		sealed, err := running.Seal(place, []byte("x"))
		noError(t, err)

		wantFault(t, r.RetireMaster(t.Context()), "The master key is not being changed")
		wantFault(t, r.CancelMaster(t.Context()), "The master key is not being changed")
		wantFault(t, other.AddMaster(t.Context()), "This node has no next master key")
		for range 2 { // the second time there is nothing to do
			noError(t, r.AddMaster(t.Context()))
			starts("added", true, true)
		}
		wantFault(t, other.RetireMaster(t.Context()), "This node does not have the next master key")
		third, _ := w.node(&keys{present: &w.first, next: &stranger})
		wantFault(t, third.AddMaster(t.Context()), "The store is sealed under another next master key")
		wantFault(t, third.RetireMaster(t.Context()), "This node does not have the next master key")
		moved, _ := w.node(fresh)
		wantFault(t, moved.CancelMaster(t.Context()), "This node does not have the present master key")
		if _, err := r.Announce(t.Context(), 10*time.Minute); err == nil {
			t.Error("the data keys are exchanged while the master key is")
		} else {
			wantFault(t, err, "The master key is being changed")
		}

		noError(t, r.CancelMaster(t.Context()))
		starts("called off", true, false)
		noError(t, r.AddMaster(t.Context()))
		for range 2 {
			noError(t, r.RetireMaster(t.Context()))
			starts("retired", false, true)
		}
		for _, v := range []*vault.Vault{v, running} { // the second has the old key only
			plain, err := v.Open(place, sealed)
			if err != nil || string(plain) != "x" || v.Look(t.Context()) != nil {
				t.Errorf("a running node: %q, %v", plain, err)
			}
		}
		wantFault(t, r.AddMaster(t.Context()), "The next master key is the present one")
		last, _ := w.node(both)
		if left, _ := w.node(fresh); !last.Outlived() || left.Outlived() {
			t.Errorf("told to move the key: %v, %v", last.Outlived(), left.Outlived())
		}
	})
}

// A next key that is the present one is refused; one whose row was stored though the
// answer was lost is there, and the change goes on.
func TestMasterKeyInTrouble(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		same, _ := w.node(&keys{present: &w.first, next: &w.first})
		wantFault(t, same.AddMaster(t.Context()), "The next master key is the present one")
		second := vault.NewMasterKey()
		both := &keys{present: &w.first, next: &second}
		outcome := faulty.LostApplied
		lossy := faulty.New(faulty.Config{Inner: w.store, Commit: func(int, *store.ChangeSet) faulty.Outcome { return outcome }})
		r, _, err := keyring.Open(t.Context(), keyring.Deps{Store: lossy, Masters: both.list, Now: w.clock})
		noError(t, err)
		for _, step := range []func(context.Context) error{r.AddMaster, r.RetireMaster} {
			outcome = faulty.Unavailable
			if err := step(t.Context()); !errors.Is(err, store.ErrUnavailable) {
				t.Fatalf("the store is away: %v", err)
			}
			w.wantStarts("either key", both, true)
			w.wantStarts("the present one", &keys{present: &w.first}, true)
			outcome = faulty.LostApplied
			_ = step(t.Context())
			outcome = faulty.Pass
			noError(t, step(t.Context()))
		}
		w.wantStarts("the old key", &keys{present: &w.first}, false)
		w.wantStarts("the new key", &keys{present: &second}, true)
	})
}

// Nodes that change the master key at once do it once; nodes that start meanwhile always
// find it.
func TestMasterKeyChangesMeet(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		second := vault.NewMasterKey()
		both := &keys{present: &w.first, next: &second}
		var nodes []*keyring.Keyring
		for range 4 {
			r, _ := w.node(both)
			nodes = append(nodes, r)
		}
		together := func(step func(*keyring.Keyring) error) {
			var wg sync.WaitGroup
			for _, r := range nodes {
				wg.Go(func() {
					if err := step(r); err != nil {
						t.Error(err)
					}
				})
				wg.Go(func() { w.wantStarts("both", both, true) })
			}
			wg.Wait()
		}
		together(func(r *keyring.Keyring) error { return r.AddMaster(t.Context()) })
		together(func(r *keyring.Keyring) error { return r.RetireMaster(t.Context()) })
		w.wantStarts("the old key", &keys{present: &w.first}, false)
		next := &instance.Material{Name: instance.MaterialNextKeyset}
		if w.read(next); next.Stored() {
			t.Error("the change has not been finished")
		}
	})
}

// No error and no log of the package shows a key.
func TestMastersAreNotPrinted(t *testing.T) {
	key := vault.NewMasterKey()
	var text []byte
	log := slog.New(slog.NewTextHandler(writer(func(p []byte) { text = append(text, p...) }), nil))
	log.Info("x", "master", keyring.Master{KEK: key, Setting: "s"})
	if len(text) == 0 || bytes.Contains(text, []byte(key.Text())) {
		t.Errorf("logged %s", text)
	}
}

type writer func([]byte)

func (w writer) Write(p []byte) (int, error) { w(p); return len(p), nil }
