package backup_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"poolhouse.dev/internal/backup"
	"poolhouse.dev/internal/instance"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
)

// memory is a store as far as a backup sees one.
type memory map[row.Table][][]any

// insert stores nouns as a release with the tables of today does.
func (m memory) insert(t testing.TB, rows ...row.Row) {
	t.Helper()
	set := store.NewChangeSet()
	set.Insert(rows...)
	statements, err := sqlstore.SQLite.Compile(set, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range statements {
		name := s.Table.Name
		m[name] = append(m[name], s.Args)
		slices.SortFunc(m[name], func(a, b []any) int {
			for i := range s.Table.KeyColumns() {
				if c := cmp.Compare(a[i].(string), b[i].(string)); c != 0 {
					return c
				}
			}
			return 0
		})
	}
}

func (m memory) Page(_ context.Context, l sqlstore.Layout, after []any, limit int) ([][]any, error) {
	rows := m[l.Table]
	if after != nil {
		for i, values := range rows {
			if slices.Equal(values[:l.Keys], after[:l.Keys]) {
				rows = rows[i+1:]
				break
			}
		}
	}
	return rows[:min(limit, len(rows))], nil
}

func (m memory) Load(_ context.Context, l sqlstore.Layout, next func() ([]any, error)) error {
	for {
		values, err := next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		m[l.Table] = append(m[l.Table], values)
	}
}

func (m memory) Clear(_ context.Context, table row.Table) error {
	delete(m, table)
	return nil
}

// world is a store with its keys.
type world struct {
	master vault.MasterKey
	keyset []byte
	vault  *vault.Vault
	rows   memory
}

// newWorld returns a store with a pool and a user.
func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{master: vault.NewMasterKey(), rows: memory{}}
	var err error
	if w.keyset, err = vault.NewSealedKeyset(t.Context(), w.master); err != nil {
		t.Fatal(err)
	}
	if w.vault, err = vault.Open(t.Context(), w.master, w.keyset); err != nil {
		t.Fatal(err)
	}
	w.rows.insert(t, &instance.Material{Name: instance.MaterialKeyset, Value: w.keyset}, &pool.Pool{ID: "test-1_a", Name: "a"},
		&user.User{PoolID: "test-1_a", Sub: "1", Username: "ann", Verifier: []byte{}},
		&user.Session{PoolID: "test-1_a", Sub: "1", ID: "s"}, &user.Outgoing{PoolID: "test-1_a", Sub: "1", ID: "o"})
	return w
}

func (w *world) unlock(context.Context, []byte) (*vault.Vault, error) { return w.vault, nil }

func header() backup.Header {
	return backup.Header{Release: "test", Engine: "memory", Schema: sqlstore.SchemaVersion(), TakenAt: time.Unix(1_800_000_000, 0).UTC()}
}

// file returns a backup of the store, and what Write says of it.
func (w *world) file(t testing.TB, sealed bool) ([]byte, backup.Summary) {
	t.Helper()
	o := backup.Options{Header: header()}
	if sealed {
		o.Unlock = w.unlock
	}
	var b bytes.Buffer
	summary, err := backup.Write(t.Context(), &b, w.rows, o)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), summary
}

// verify reads a file to its end.
func (w *world) verify(t testing.TB, file []byte) error {
	_, err := backup.Verify(t.Context(), bytes.NewReader(file), w.unlock)
	return err
}

// forms are those that a file may have.
var forms = map[string]bool{"sealed": true, "in the clear": false}
