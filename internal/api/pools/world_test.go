package pools_test

import (
	"context"
	"encoding/json"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/api/pools"
	"poolhouse.dev/internal/caller"
	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/paging"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/cached"
	"poolhouse.dev/internal/store/sqlstore/sqlite"
	"poolhouse.dev/internal/vault"
	"poolhouse.dev/internal/wire"
)

const (
	region  = "eu-central-1"
	account = "123456789012"
	invalid = "InvalidParameterException: "
)

// world is a server's pools on a store of their own, with a clock that moves a
// second at every look.
type world struct {
	*pools.API
	store store.Store
	vault *vault.Vault
	ticks atomic.Int64
}

// fakeKeys hands out keys that sign nothing; making real ones is slow.
type fakeKeys struct{}

func (fakeKeys) Pair(_ context.Context, id pool.ID, now time.Time) ([2]*pool.SigningKey, error) {
	key := func(kid, use string) *pool.SigningKey {
		return &pool.SigningKey{PoolID: id, KID: kid, Use: use, SealedKey: []byte(kid), PublicKey: []byte(kid), CreatedAt: now}
	}
	return [2]*pool.SigningKey{key("k1", pool.KeyForID), key("k2", pool.KeyForAccess)}, nil
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
	return w
}

// node returns the operations of another process on the same database.
func (w *world) node(s store.Store) *pools.API {
	now := func() time.Time {
		return time.Date(2026, 3, 1, 12, 0, int(w.ticks.Add(1)), 0, time.UTC)
	}
	return pools.New(pools.Deps{Store: s, Directory: directory.New(s, w.vault), Lists: paging.Lists{Store: s, Vault: w.vault}, Keys: fakeKeys{}, Account: account, AllowPool: unlimited, Now: now})
}

// remembering is the store behind a memory that never expires by itself.
func (w *world) remembering() store.Store {
	return cached.New(w.store, time.Hour, func() time.Time { return time.Unix(0, 0) })
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

func signed(t *testing.T) context.Context {
	return caller.With(t.Context(), caller.Caller{Region: region, Account: account})
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

// create makes a pool of the given members besides its name.
func (w *world) create(t *testing.T, members string) *wire.UserPoolType {
	t.Helper()
	out, err := w.CreateUserPool(signed(t), request(t, &wire.CreateUserPoolRequest{}, `{"PoolName":"people"`+members+`}`))
	if err != nil {
		t.Fatal(err)
	}
	return out.UserPool
}

func (w *world) describe(t *testing.T, id *string) *wire.UserPoolType {
	t.Helper()
	out, err := w.DescribeUserPool(signed(t), &wire.DescribeUserPoolRequest{UserPoolId: id})
	if err != nil {
		t.Fatal(err)
	}
	return out.UserPool
}

// update changes a pool; members begin with a comma.
func (w *world) update(t *testing.T, id *string, members string) error {
	t.Helper()
	_, err := w.UpdateUserPool(signed(t), request(t, &wire.UpdateUserPoolRequest{}, `{"UserPoolId":"`+*id+`"`+members+`}`))
	return err
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
