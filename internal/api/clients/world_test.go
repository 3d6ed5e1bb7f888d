package clients_test

import (
	"context"
	"encoding/json"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/api/clients"
	"poolhouse.dev/internal/caller"
	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/paging"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore/sqlite"
	"poolhouse.dev/internal/vault"
	"poolhouse.dev/internal/wire"
)

const (
	region  = "eu-central-1"
	poolID  = region + "_abcdefghi"
	otherID = region + "_123456789"
	invalid = "InvalidParameterException: "
)

// world is a server's clients on a store of their own with two pools, and with
// a clock that moves a second at every look.
type world struct {
	*clients.API
	store store.Store
	vault *vault.Vault
	ticks atomic.Int64
}

func newWorld(t *testing.T) *world {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &world{store: s, vault: newVault(t)}
	w.API = w.node(s)
	for _, id := range []pool.ID{poolID, otherID} {
		w.insert(t, &pool.Pool{ID: id, Region: region, Account: "123456789012", Settings: pool.DefaultSettings()})
	}
	return w
}

// node returns the operations of another process on the same database.
func (w *world) node(s store.Store) *clients.API {
	now := func() time.Time {
		return time.Date(2026, 3, 1, 12, 0, int(w.ticks.Add(1)), 0, time.UTC)
	}
	return clients.New(clients.Deps{Store: s, Directory: directory.New(s, w.vault), Vault: w.vault, Lists: paging.Lists{Store: s, Vault: w.vault}, AllowPool: unlimited, Now: now})
}

func newVault(t *testing.T) *vault.Vault {
	t.Helper()
	kek := vault.NewMasterKey()
	sealed, err := vault.NewSealedKeyset(t.Context(), kek)
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.Open(t.Context(), kek, sealed)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (w *world) insert(t *testing.T, rows ...row.Row) {
	t.Helper()
	set := store.NewChangeSet()
	set.Insert(rows...)
	if err := w.store.Commit(t.Context(), set); err != nil {
		t.Fatal(err)
	}
}

// changePool changes the first pool behind the operations' back.
func (w *world) changePool(t *testing.T, change func(*pool.Pool)) {
	t.Helper()
	p := &pool.Pool{ID: poolID}
	if err := w.store.Read(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	change(p)
	set := store.NewChangeSet()
	set.Update(p)
	if err := w.store.Commit(t.Context(), set); err != nil {
		t.Fatal(err)
	}
}

func signed(t *testing.T) context.Context {
	return caller.With(t.Context(), caller.Caller{Region: region})
}

// request decodes a request as the wire has it.
func request[T interface{ Check() error }](t *testing.T, in T, text string) T {
	t.Helper()
	if err := json.Unmarshal([]byte(text), in); err != nil {
		t.Fatal(err)
	}
	if err := in.Check(); err != nil {
		t.Fatalf("the request breaks the model: %v", err)
	}
	return in
}

// try makes a client of the given members besides its pool and name.
func (w *world) try(t *testing.T, members string) (*wire.UserPoolClientType, error) {
	t.Helper()
	out, err := w.CreateUserPoolClient(signed(t), request(t, &wire.CreateUserPoolClientRequest{}, `{"UserPoolId":"`+poolID+`","ClientName":"app"`+members+`}`))
	if err != nil {
		return nil, err
	}
	return out.UserPoolClient, nil
}

func (w *world) create(t *testing.T, members string) *wire.UserPoolClientType {
	t.Helper()
	c, err := w.try(t, members)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (w *world) describe(t *testing.T, id *string) *wire.UserPoolClientType {
	t.Helper()
	out, err := w.DescribeUserPoolClient(signed(t), &wire.DescribeUserPoolClientRequest{UserPoolId: wire.Ptr(poolID), ClientId: id})
	if err != nil {
		t.Fatal(err)
	}
	return out.UserPoolClient
}

// update changes a client; members begin with a comma.
func (w *world) update(t *testing.T, id *string, members string) (*wire.UserPoolClientType, error) {
	t.Helper()
	out, err := w.UpdateUserPoolClient(signed(t), request(t, &wire.UpdateUserPoolClientRequest{}, `{"UserPoolId":"`+poolID+`","ClientId":"`+*id+`"`+members+`}`))
	if err != nil {
		return nil, err
	}
	return out.UserPoolClient, nil
}

// members returns v as the wire shows it.
func members(t *testing.T, v any) map[string]any {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, string(text)).(map[string]any)
}

func parse(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

func checkFault(t *testing.T, err error, want string) {
	t.Helper()
	got := ""
	if err != nil {
		f := fault.As(err)
		if f == nil {
			t.Fatalf("not a fault: %v", err)
		}
		got = f.Code + ": " + f.Message
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fault (-want +got):\n%s", diff)
	}
}

func unlimited(context.Context, string, string) error { return nil }
