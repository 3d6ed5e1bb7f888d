package backup_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/backup"
	"poolhouse.dev/internal/instance"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store/sqlstore"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
)

// What was written is restored: all but what no backup has. Whether the file is sealed
// does not change the digest.
func TestRestored(t *testing.T) {
	w := newWorld(t)
	for i := range 700 {
		w.rows.insert(t, &user.User{PoolID: "test-1_b", Sub: user.Sub(fmt.Sprintf("%03d", i)), Username: "\x00\xff"})
	}
	_, want := w.file(t, false)
	for name, sealed := range forms {
		t.Run(name, func(t *testing.T) {
			file, summary := w.file(t, sealed)
			if diff := cmp.Diff(want, summary); diff != "" {
				t.Errorf("the summary differs (-want +got):\n%s", diff)
			}
			// Long enough that no sealed file has it by chance.
			if bytes.Contains(file, []byte("test-1_b")) == sealed {
				t.Error("a pool's id can be read in a sealed file, or not in one in the clear")
			}
			r, err := backup.NewReader(t.Context(), bytes.NewReader(file), w.unlock)
			if err != nil {
				t.Fatal(err)
			}
			to := memory{}
			restored, err := backup.Restore(t.Context(), to, r, backup.RestoreOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, restored); diff != "" {
				t.Errorf("the summary of the restore differs (-want +got):\n%s", diff)
			}
			expected := memory{}
			for table, rows := range w.rows {
				if _, out := backup.LeftOut[table]; !out {
					expected[table] = rows
				}
			}
			if diff := cmp.Diff(expected, to); diff != "" {
				t.Errorf("the rows differ (-want +got):\n%s", diff)
			}
		})
	}
	if want.Rows() != 704 {
		t.Errorf("%d rows, want 704", want.Rows())
	}
}

func TestSignInsAreEndedWhereWanted(t *testing.T) {
	w := newWorld(t)
	file, _ := w.file(t, true)
	for ended, want := range map[bool]int{false: 1, true: 0} {
		r, err := backup.NewReader(t.Context(), bytes.NewReader(file), w.unlock)
		if err != nil {
			t.Fatal(err)
		}
		to := memory{}
		if _, err := backup.Restore(t.Context(), to, r, backup.RestoreOptions{EndSignIns: ended}); err != nil {
			t.Fatal(err)
		}
		if got := len(to[user.TableSessions]); got != want {
			t.Errorf("ended %t: %d sign-ins, want %d", ended, got, want)
		}
	}
}

// Only the tables that are named are left out, and all of them exist.
func TestLeftOut(t *testing.T) {
	known := map[row.Table]bool{}
	for _, table := range sqlstore.Tables() {
		known[table.Name] = true
	}
	for name := range backup.LeftOut {
		if !known[name] {
			t.Errorf("there is no table %s", name)
		}
	}
	_, summary := newWorld(t).file(t, false)
	if got, want := len(summary.Tables), len(known)-len(backup.LeftOut); got != want {
		t.Errorf("%d tables in a backup, want %d", got, want)
	}
	if summary.Tables[0].Table != instance.TableMaterial {
		t.Errorf("the first table is %s", summary.Tables[0].Table)
	}
}

// lying is a target that gives back other rows than it was given.
type lying struct{ memory }

func (l lying) Page(ctx context.Context, t sqlstore.Layout, after []any, limit int) ([][]any, error) {
	rows, err := l.memory.Page(ctx, t, after, limit)
	if t.Table == user.TableUsers {
		rows = nil
	}
	return rows, err
}

func TestWhatIsStoredIsReadBack(t *testing.T) {
	w := newWorld(t)
	file, _ := w.file(t, false)
	r, err := backup.NewReader(t.Context(), bytes.NewReader(file), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Restore(t.Context(), lying{memory{}}, r, backup.RestoreOptions{}); err == nil || !strings.Contains(err.Error(), "other rows") {
		t.Errorf("a store that lost a user: %v", err)
	}
}

// with returns the tables of today with a change.
func with(change func(l *sqlstore.Layout) bool) (list []sqlstore.Layout) {
	for _, t := range sqlstore.Tables() {
		if l := t.Layout(); change(&l) {
			list = append(list, l)
		}
	}
	return list
}

// Whole files that this release must not restore.
func TestRefusedFiles(t *testing.T) {
	all := func(*sqlstore.Layout) bool { return true }
	for _, test := range []struct {
		name   string
		change func(w *world, h *backup.Header)
		tables func(l *sqlstore.Layout) bool
		want   error
		text   string
	}{
		{"of a newer schema", func(_ *world, h *backup.Header) { h.Schema++ }, all, backup.ErrNewer, "schema"},
		{"without a schema", func(_ *world, h *backup.Header) { h.Schema = 0 }, all, backup.ErrDamaged, "too little"},
		{"with settings that this release does not know", func(w *world, _ *backup.Header) {
			rows := w.rows[pool.TablePools]
			for i, v := range rows[0] {
				if text, ok := v.(string); ok && strings.HasPrefix(text, "{") {
					rows[0][i] = `{"later":"secret"}`
				}
			}
		}, all, backup.ErrNewer, "table pools"},
		{"of an unknown table", nil, func(l *sqlstore.Layout) bool {
			if l.Table == user.TableAliases {
				l.Table = "sqlite_master"
			}
			return true
		}, backup.ErrDamaged, "sqlite_master"},
		{"of an unknown column", nil, func(l *sqlstore.Layout) bool {
			if l.Table == user.TableAliases {
				l.Columns[0] = "x) VALUES (1); DROP TABLE users; --"
			}
			return true
		}, backup.ErrDamaged, "cannot have the column"},
		{"of other columns", nil, func(l *sqlstore.Layout) bool {
			if l.Table == user.TableAliases {
				l.Columns[0] = "other"
			}
			return true
		}, backup.ErrDamaged, "other columns"},
		{"without data keys", nil, func(l *sqlstore.Layout) bool { return l.Table != instance.TableMaterial }, backup.ErrDamaged, "no data keys"},
		{"with the same table twice", nil, func(l *sqlstore.Layout) bool {
			if l.Table == user.TableAliases {
				l.Table, l.Keys, l.Columns = instance.TableMaterial, 1, []string{"name", "value", "version", "set_id"}
			}
			return true
		}, backup.ErrDamaged, "twice"},
	} {
		for form, sealed := range forms {
			t.Run(test.name+" "+form, func(t *testing.T) {
				w, h := newWorld(t), header()
				if test.change != nil {
					test.change(w, &h)
				}
				o := backup.Options{Header: h}
				if sealed {
					o.Unlock = w.unlock
				}
				var b bytes.Buffer
				if _, err := backup.WriteTables(t.Context(), &b, w.rows, with(test.tables), o); err != nil {
					t.Fatal(err)
				}
				err := w.verify(t, b.Bytes())
				if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.text) {
					t.Errorf("the answer is %v, want %v with %q", err, test.want, test.text)
				}
				if err != nil && strings.Contains(err.Error(), "secret") {
					t.Error("the error shows what is stored")
				}
			})
		}
	}
}

// What is no backup is told as such, and what needs another release names it.
func TestRefusedBeginnings(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want error
	}{
		"empty":              {"", backup.ErrForeign},
		"another file":       {"SQLite format 3\x00", backup.ErrForeign},
		"only the beginning": {"poolhouse-backup ", backup.ErrDamaged},
		"no JSON":            {"poolhouse-backup x\n", backup.ErrDamaged},
		"a later form":       {`poolhouse-backup {"format":2,"later":1}` + "\n", backup.ErrNewer},
		"an unknown member":  {`poolhouse-backup {"format":1,"later":1}` + "\n", backup.ErrDamaged},
		"a line of a MiB":    {"poolhouse-backup " + strings.Repeat(" ", 1<<20) + "\n", backup.ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			if err := newWorld(t).verify(t, []byte(test.text)); !errors.Is(err, test.want) {
				t.Errorf("the answer is %v, want %v", err, test.want)
			}
		})
	}
}

// Another master key opens nothing, and the error of who has the key comes through.
func TestAnotherKey(t *testing.T) {
	w, other := newWorld(t), newWorld(t)
	file, _ := w.file(t, true)
	_, err := backup.Verify(t.Context(), bytes.NewReader(file), func(ctx context.Context, keyset []byte) (*vault.Vault, error) {
		return vault.Open(ctx, other.master, keyset)
	})
	if !errors.Is(err, vault.ErrWrongKey) {
		t.Errorf("another master key: %v", err)
	}
	if err := other.verify(t, file); !errors.Is(err, backup.ErrDamaged) {
		t.Errorf("other data keys: %v", err)
	}
}

func TestStoreWithoutKeysIsNotBackedUp(t *testing.T) {
	_, err := backup.Write(t.Context(), io.Discard, memory{}, backup.Options{Header: header()})
	if err == nil || !strings.Contains(err.Error(), "nothing to back up") {
		t.Errorf("the answer is %v", err)
	}
}

// A file has its name only when it is whole, and replaces nothing unasked.
func TestFile(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a.backup")
	write := func(force bool, text string, keep bool) error {
		f, err := backup.Create(path, force)
		if err != nil {
			return err
		}
		if _, err := f.WriteString(text); err != nil {
			t.Fatal(err)
		}
		if !keep {
			return f.Discard()
		}
		return f.Keep()
	}
	read := func() string {
		text, err := os.ReadFile(path)
		if err != nil {
			return "none"
		}
		return string(text)
	}
	for _, step := range []struct {
		name        string
		force, keep bool
		text, want  string
		fails       bool
	}{
		{"discarded", false, false, "one", "none", false},
		{"kept", false, true, "two", "two", false},
		{"refused", false, true, "three", "two", true},
		{"replaced", true, true, "four", "four", false},
		{"discarded before it replaced", true, false, "five", "four", false},
	} {
		if err := write(step.force, step.text, step.keep); (err != nil) != step.fails {
			t.Errorf("%s: %v", step.name, err)
		}
		if got := read(); got != step.want {
			t.Errorf("%s: the file has %q, want %q", step.name, got, step.want)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if list, err := os.ReadDir(folder); err != nil || len(list) != 1 {
		t.Errorf("the folder has %v, %v", list, err)
	}
	if _, err := backup.Create(folder, true); err == nil {
		t.Error("a folder was replaced by a file")
	}
}
