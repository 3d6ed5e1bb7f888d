package keyring_test

import (
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/instance"
	"poolhouse.dev/internal/keyring"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore/postgres"
	"poolhouse.dev/internal/store/sqlstore/sqlite"
	"poolhouse.dev/internal/store/storetest/pgtest"
	"poolhouse.dev/internal/vault"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

var start = time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC)

// world is a store with a keyset, and the clock of its nodes.
type world struct {
	t     *testing.T
	store store.Store
	first vault.MasterKey

	mu  sync.Mutex
	now time.Time
}

// onEachEngine runs a test on a new store of each engine.
func onEachEngine(t *testing.T, test func(t *testing.T, w *world)) {
	t.Run("sqlite", func(t *testing.T) {
		s, err := sqlite.Open(t.Context(), sqlite.Config{Path: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		test(t, newWorld(t, s))
	})
	t.Run("postgres", func(t *testing.T) {
		s, err := postgres.Open(t.Context(), postgres.Config{URL: pgtest.Database(t), Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		test(t, newWorld(t, s))
	})
}

func newWorld(t *testing.T, s store.Store) *world {
	w := &world{t: t, store: s, first: vault.NewMasterKey(), now: start}
	sealed, err := vault.NewSealedKeyset(t.Context(), w.first)
	if err != nil {
		t.Fatal(err)
	}
	w.insert(&instance.Material{Name: instance.MaterialKeyset, Value: sealed})
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) forward(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// keys are the master keys of a node: the present one and the next, either of which may
// be missing.
type keys struct{ present, next *vault.MasterKey }

func (k *keys) list() ([]keyring.Master, error) {
	var list []keyring.Master
	if k.present != nil {
		list = append(list, keyring.Master{KEK: *k.present, Setting: "present"})
	}
	if k.next != nil {
		list = append(list, keyring.Master{KEK: *k.next, Setting: "next", Next: true})
	}
	return list, nil
}

// start starts a node that has the keys; they can be changed while it runs.
func (w *world) start(k *keys) (*keyring.Keyring, *vault.Vault, error) {
	return keyring.Open(w.t.Context(), keyring.Deps{Store: w.store, Masters: k.list, Now: w.clock})
}

func (w *world) node(k *keys) (*keyring.Keyring, *vault.Vault) {
	w.t.Helper()
	r, v, err := w.start(k)
	if err != nil {
		w.t.Fatal(err)
	}
	return r, v
}

func (w *world) insert(rows ...row.Row) {
	w.t.Helper()
	set := store.NewChangeSet()
	set.Insert(rows...)
	if err := w.store.Commit(w.t.Context(), set); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) read(r row.Row) {
	w.t.Helper()
	if err := w.store.Read(w.t.Context(), r); err != nil {
		w.t.Fatal(err)
	}
}

// wantStarts says whether nodes with the keys start.
func (w *world) wantStarts(what string, k *keys, want bool) {
	w.t.Helper()
	_, _, err := w.start(k)
	if want != (err == nil) || err != nil && !errors.Is(err, vault.ErrWrongKey) {
		w.t.Errorf("a node with %s starts: %v, want it to: %v", what, err, want)
	}
}

// wantFault wants a refusal that begins with a text.
func wantFault(t *testing.T, err error, text string) {
	t.Helper()
	f := fault.As(err)
	if f == nil || f.Code != "InvalidParameterException" || len(f.Message) < len(text) || f.Message[:len(text)] != text {
		t.Errorf("got %v, want a refusal that begins with %q", err, text)
	}
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
