package backup_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/backup"
	"poolhouse.dev/internal/instance"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore"
	"poolhouse.dev/internal/store/sqlstore/postgres"
	"poolhouse.dev/internal/store/sqlstore/sqlite"
	"poolhouse.dev/internal/store/storetest"
	"poolhouse.dev/internal/store/storetest/pgtest"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// opened is a store of either engine.
type opened interface {
	store.Store
	Snapshot(ctx context.Context) (sqlstore.Snapshot, error)
	Close() error
}

// engine is how a place, a folder or a URL, is used.
type engine struct {
	name    string
	place   func(t *testing.T) string
	open    func(ctx context.Context, place string) (opened, error)
	view    func(ctx context.Context, place string) (sqlstore.Snapshot, error)
	restore func(ctx context.Context, place string, version int64, fill func(context.Context, sqlstore.Target) error) error
}

var engines = []engine{
	{"SQLite",
		func(t *testing.T) string { return t.TempDir() },
		func(ctx context.Context, place string) (opened, error) {
			return sqlite.Open(ctx, sqlite.Config{Path: place})
		},
		func(ctx context.Context, place string) (sqlstore.Snapshot, error) {
			return sqlite.OpenSnapshot(ctx, sqlite.Config{Path: place})
		},
		func(ctx context.Context, place string, version int64, fill func(context.Context, sqlstore.Target) error) error {
			return sqlite.Restore(ctx, sqlite.Config{Path: place}, version, fill)
		}},
	{"PostgreSQL",
		func(t *testing.T) string { return pgtest.Database(t) },
		func(ctx context.Context, place string) (opened, error) {
			return postgres.Open(ctx, postgres.Config{URL: place})
		},
		func(ctx context.Context, place string) (sqlstore.Snapshot, error) {
			return postgres.OpenSnapshot(ctx, postgres.Config{URL: place})
		},
		func(ctx context.Context, place string, version int64, fill func(context.Context, sqlstore.Target) error) error {
			return postgres.Restore(ctx, postgres.Config{URL: place}, version, fill)
		}},
}

func onEachEngine(t *testing.T, test func(t *testing.T, e engine)) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) { test(t, e) })
	}
}

// mustOpen opens the store in a place for as long as do takes.
func (e engine) mustOpen(t *testing.T, place string, do func(s opened)) {
	t.Helper()
	s, err := e.open(t.Context(), place)
	if err != nil {
		t.Fatal(err)
	}
	do(s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func commit(t *testing.T, s store.Store, rows ...row.Row) {
	t.Helper()
	set := store.NewChangeSet()
	set.Insert(rows...)
	if err := s.Commit(t.Context(), set); err != nil {
		t.Fatal(err)
	}
}

// fill stores every noun, in two pools, and more users than are read at once, whose names
// are not in the order of any language.
func (w *world) fill(t *testing.T, s store.Store) (nouns []row.Row) {
	t.Helper()
	commit(t, s, &instance.Material{Name: instance.MaterialKeyset, Value: w.keyset})
	for _, id := range []pool.ID{"test-1_é", "Test-1_z"} {
		nouns = append(nouns, storetest.EveryNoun(id)...)
	}
	commit(t, s, nouns...)
	for i, letter := range []rune("aAbBzZäÄ_-.é𝄞\U0010ffff") {
		for j := range 30 {
			id := fmt.Sprintf("%c%d", letter, j)
			nouns = append(nouns, &user.User{PoolID: "test-1_é", Sub: user.Sub(id), Username: id, Verifier: bytes.Repeat([]byte{0, byte(i)}, j),
				Attributes: user.Attributes{{Name: "name", Value: "Person " + id}}},
				&user.Alias{PoolID: "test-1_é", Kind: user.AliasName, Key: id, Sub: user.Sub(id)})
		}
	}
	commit(t, s, nouns[len(nouns)-2*14*30:]...)
	return nouns
}

// saved returns a backup of a snapshot, which it closes.
func (w *world) saved(t *testing.T, snapshot sqlstore.Snapshot, err error) ([]byte, backup.Summary) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	schema, err := snapshot.Schema(t.Context())
	if err != nil || schema != sqlstore.SchemaVersion() {
		t.Fatalf("the schema is %d, %v", schema, err)
	}
	var b bytes.Buffer
	summary, err := backup.Write(t.Context(), &b, snapshot, backup.Options{Header: header(), Unlock: w.unlock})
	if err = errors.Join(err, snapshot.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), summary
}

// restoreInto restores a file in a place.
func (w *world) restoreInto(ctx context.Context, e engine, place string, file []byte) (summary backup.Summary, err error) {
	r, err := backup.NewReader(ctx, bytes.NewReader(file), func(context.Context, []byte) (*vault.Vault, error) { return w.vault, nil })
	if err != nil {
		return summary, err
	}
	err = e.restore(ctx, place, r.Header().Schema, func(ctx context.Context, to sqlstore.Target) (err error) {
		summary, err = backup.Restore(ctx, to, r, backup.RestoreOptions{})
		return err
	})
	return summary, err
}

// Every noun comes from every engine to every other, stamps included, and what was
// restored has the same digest, from a running store and from one that lies still.
func TestEnginesExchangeBackups(t *testing.T) {
	onEachEngine(t, func(t *testing.T, from engine) {
		w, place := newWorld(t), from.place(t)
		var nouns []row.Row
		var file []byte
		var summary backup.Summary
		from.mustOpen(t, place, func(s opened) {
			nouns = w.fill(t, s)
			snapshot, err := s.Snapshot(t.Context())
			file, summary = w.saved(t, snapshot, err)
		})
		snapshot, err := from.view(t.Context(), place)
		if _, still := w.saved(t, snapshot, err); !bytes.Equal(still.Digest, summary.Digest) {
			t.Errorf("the digest is %s from outside and %s from within", still.Digest, summary.Digest)
		}
		onEachEngine(t, func(t *testing.T, to engine) {
			place := to.place(t)
			restored, err := w.restoreInto(t.Context(), to, place, file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(summary, restored); diff != "" {
				t.Errorf("what was restored differs (-want +got):\n%s", diff)
			}
			to.mustOpen(t, place, func(s opened) {
				for _, want := range nouns {
					key := want.RowKey()
					table, _ := sqlstore.TableOf(key.Table)
					got := bare(t, table, want)
					if err := s.Read(t.Context(), got); err != nil {
						t.Fatal(err)
					}
					if _, out := backup.LeftOut[key.Table]; out {
						if got.Stamped().Stored() {
							t.Errorf("a row of table %s was restored", key.Table)
						}
						continue
					}
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("table %s (-want +got):\n%s", key.Table, diff)
					}
				}
				byName := store.Query{Table: user.TableUsers, Limit: 500, Equal: []store.Term{{Column: "pool_id", Value: "test-1_é"}},
					Prefix: &store.Term{Column: string(user.SearchName), Value: "person "}}
				if page, err := s.List(t.Context(), byName); err != nil || len(page.Rows) != 14*30 {
					t.Errorf("%d users are found by their names, %v, want %d", len(page.Rows), err, 14*30)
				}
				snapshot, err := s.Snapshot(t.Context())
				if _, again := w.saved(t, snapshot, err); !bytes.Equal(again.Digest, summary.Digest) {
					t.Errorf("a backup of what was restored has the digest %s, want %s", again.Digest, summary.Digest)
				}
			})
		})
	})
}

// bare returns a row with nothing but the key of another.
func bare(t *testing.T, table *sqlstore.Table, of row.Row) row.Row {
	t.Helper()
	set := store.NewChangeSet()
	set.Insert(of)
	statements, err := sqlstore.SQLite.Compile(set, nil)
	if err != nil {
		t.Fatal(err)
	}
	noun, err := table.Noun(statements[0].Args)
	if err != nil {
		t.Fatal(err)
	}
	*noun.Stamped() = row.Stamp{}
	return noun
}

// A snapshot has what was answered before it and nothing that comes later, however long
// it is read, and nobody waits for it.
func TestSnapshotIsOfOneInstant(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e engine) {
		w := newWorld(t)
		e.mustOpen(t, e.place(t), func(s opened) {
			commit(t, s, &instance.Material{Name: instance.MaterialKeyset, Value: w.keyset})
			before := &user.User{PoolID: "test-1_a", Sub: "before"}
			commit(t, s, before, &user.Alias{PoolID: "test-1_a", Kind: user.AliasName, Key: "before"})
			snapshot, err := s.Snapshot(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for i := range 300 {
				id := fmt.Sprintf("after%d", i)
				commit(t, s, &user.User{PoolID: "test-1_a", Sub: user.Sub(id)}, &user.Alias{PoolID: "test-1_a", Kind: user.AliasName, Key: id})
			}
			set := store.NewChangeSet()
			set.Delete(before)
			if err := s.Commit(t.Context(), set); err != nil {
				t.Fatal(err)
			}
			_, summary := w.saved(t, snapshot, nil)
			got := map[row.Table]int64{}
			for _, table := range summary.Tables {
				if table.Rows > 0 {
					got[table.Table] = table.Rows
				}
			}
			if diff := cmp.Diff(map[row.Table]int64{instance.TableMaterial: 1, user.TableUsers: 1, user.TableAliases: 1}, got); diff != "" {
				t.Errorf("rows of the snapshot (-want +got):\n%s", diff)
			}
		})
	})
}

// Nothing is restored over something, and what is there stays.
func TestOnlyAnEmptyPlaceIsRestoredInto(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e engine) {
		w, place := newWorld(t), e.place(t)
		e.mustOpen(t, place, func(s opened) {
			commit(t, s, &pool.Pool{ID: "test-1_a"})
		})
		file, _ := w.file(t, true)
		_, err := w.restoreInto(t.Context(), e, place, file)
		if want := map[string]string{"SQLite": filepath.Join(place, sqlite.FileName) + " is there already", "PostgreSQL": "it has rows in pools; make a new database"}[e.name]; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the answer is %v, want %q", err, want)
		}
		e.mustOpen(t, place, func(s opened) {
			p := &pool.Pool{ID: "test-1_a"}
			if err := s.Read(t.Context(), p); err != nil || !p.Stored() {
				t.Errorf("the pool is gone, %v", err)
			}
		})
	})
}

// Where no server ever ran there is nothing to back up.
func TestSnapshotOfNothing(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e engine) {
		if _, err := e.view(t.Context(), e.place(t)); err == nil || !strings.Contains(err.Error(), "there is no store in") {
			t.Errorf("the answer is %v", err)
		}
	})
}

// A log that lost its database would be taken for the new one's.
func TestRestoreBesideALog(t *testing.T) {
	w, place := newWorld(t), t.TempDir()
	log := filepath.Join(place, sqlite.FileName+"-wal")
	if err := os.WriteFile(log, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	file, _ := w.file(t, true)
	if _, err := w.restoreInto(t.Context(), engines[0], place, file); err == nil || !strings.Contains(err.Error(), log) {
		t.Errorf("the answer is %v", err)
	}
}

// A restore that fails leaves nothing, and the next one can begin.
func TestFailedRestoreLeavesNothing(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e engine) {
		w, place := newWorld(t), e.place(t)
		file, summary := w.file(t, true)
		cut, _ := w.file(t, false)
		for name, bad := range map[string][]byte{"cut": cut[:len(cut)-1], "changed": bytes.Replace(cut, []byte("ann"), []byte("bob"), 1)} {
			if _, err := w.restoreInto(t.Context(), e, place, bad); !errors.Is(err, backup.ErrDamaged) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if list, err := filepath.Glob(filepath.Join(place, "*")); e.name == "SQLite" && (err != nil || len(list) != 1) {
			t.Errorf("left beside the lock is %v, %v", list, err)
		}
		if got, err := w.restoreInto(t.Context(), e, place, file); err != nil || !bytes.Equal(got.Digest, summary.Digest) {
			t.Errorf("after the failures: %v", err)
		}
	})
}

// An older release's backup is restored with its schema and then brought up to date: what
// it does not know gets the value that its rows would have got.
func TestOlderSchema(t *testing.T) {
	// The schema before sessions had a generation, and before the tables after them.
	const older = 34
	young := map[row.Table]bool{}
	for _, name := range []row.Table{
		pool.TableGroups, user.TableMemberships, user.TableSoftwareTokens, user.TableDevices, user.TablePasskeys, user.TableChallenges,
		pool.TableRisks, user.TableAuthEvents, user.TablePasswordHistory,
	} {
		young[name] = true
	}
	added := map[string]bool{"generation": true, "rotated_at": true, "device_key": true, "factors": true, "signs_from": true, "retires_at": true}
	w := newWorld(t)
	old := memory{}
	tables := with(func(l *sqlstore.Layout) bool {
		if _, out := backup.LeftOut[l.Table]; out || young[l.Table] {
			return false
		}
		var keep []int
		var columns []string
		for i, c := range l.Columns {
			if !added[c] {
				keep, columns = append(keep, i), append(columns, c)
			}
		}
		for _, values := range w.rows[l.Table] {
			var kept []any
			for _, i := range keep {
				kept = append(kept, values[i])
			}
			old[l.Table] = append(old[l.Table], kept)
		}
		l.Columns = columns
		return true
	})
	h := header()
	h.Schema = older
	var b bytes.Buffer
	summary, err := backup.WriteTables(t.Context(), &b, old, tables, backup.Options{Header: h, Unlock: w.unlock})
	if err != nil {
		t.Fatal(err)
	}
	onEachEngine(t, func(t *testing.T, e engine) {
		place := e.place(t)
		got, err := w.restoreInto(t.Context(), e, place, b.Bytes())
		if err != nil || !bytes.Equal(got.Digest, summary.Digest) {
			t.Fatalf("the answer is %v", err)
		}
		e.mustOpen(t, place, func(s opened) {
			session, ann := &user.Session{PoolID: "test-1_a", Sub: "1", ID: "s"}, &user.User{PoolID: "test-1_a", Sub: "1"}
			if err := s.Read(t.Context(), session, ann); err != nil {
				t.Fatal(err)
			}
			if session.Version != 1 || session.Generation != 0 || ann.Username != "ann" || ann.Factors != (user.Factors{}) {
				t.Errorf("restored are %+v and %+v", session, ann)
			}
			commit(t, s, &user.Device{PoolID: "test-1_a", Sub: "1", Key: "new"})
		})
	})
}

// A database that a newer backup was to go into has a schema that an older one does not
// fit.
func TestSchemaAheadOfTheBackup(t *testing.T) {
	w, e := newWorld(t), engines[1]
	place := e.place(t)
	e.mustOpen(t, place, func(opened) {})
	err := e.restore(t.Context(), place, sqlstore.SchemaVersion()-1, nil)
	if err == nil || !strings.Contains(err.Error(), "make a new database") {
		t.Errorf("the answer is %v", err)
	}
	file, _ := w.file(t, true)
	if _, err := w.restoreInto(t.Context(), e, place, file); err != nil {
		t.Errorf("the same schema: %v", err)
	}
}

// childPlace makes the test binary a child of TestKilledRestore, which restores into this
// place.
const childPlace = "POOLHOUSE_RESTORE_PLACE"

// A restore that is killed leaves no store that a server would take for one, and the next
// restore clears it away.
func TestKilledRestore(t *testing.T) {
	if place := os.Getenv(childPlace); place != "" {
		e := engines[0]
		if strings.Contains(place, "://") {
			e = engines[1]
		}
		w := newWorld(t)
		err := e.restore(t.Context(), place, sqlstore.SchemaVersion(), func(ctx context.Context, to sqlstore.Target) error {
			for _, l := range with(func(*sqlstore.Layout) bool { return true }) {
				rows := w.rows[l.Table]
				next := func() ([]any, error) {
					if len(rows) == 0 {
						return nil, io.EOF
					}
					values := rows[0]
					rows = rows[1:]
					return values, nil
				}
				if err := to.Load(ctx, l, next); err != nil {
					return err
				}
			}
			fmt.Println("loaded")
			select {}
		})
		t.Fatal(err)
	}
	onEachEngine(t, func(t *testing.T, e engine) {
		place := e.place(t)
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledRestore$")
		child.Env = append(os.Environ(), childPlace+"="+place)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		said := make([]byte, len("loaded"))
		if _, err := io.ReadFull(out, said); err != nil || string(said) != "loaded" {
			t.Fatalf("the child said %q, %v", said, err)
		}
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = child.Wait()
		if e.name == "SQLite" {
			_, err := e.open(t.Context(), place)
			if !errors.Is(err, sqlite.ErrUnfinished) || !strings.Contains(err.Error(), "run it again") {
				t.Errorf("a server's answer is %v", err)
			}
			if _, err := os.Stat(filepath.Join(place, sqlite.FileName)); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("there is a database: %v", err)
			}
		}
		w := newWorld(t)
		file, summary := w.file(t, true)
		if got, err := w.restoreInto(t.Context(), e, place, file); err != nil || !bytes.Equal(got.Digest, summary.Digest) {
			t.Fatalf("the next restore: %v", err)
		}
		e.mustOpen(t, place, func(s opened) {
			m := &instance.Material{Name: instance.MaterialKeyset}
			if err := s.Read(t.Context(), m); err != nil || !bytes.Equal(m.Value, w.keyset) {
				t.Errorf("the data keys are not those of the second backup: %v", err)
			}
		})
	})
}
