package conformance

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// wantRefused wants a command to fail with a text.
func wantRefused(t *testing.T, name, want, key string, args ...string) {
	t.Helper()
	out, err := poolhouse(t, key, args...)
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: %v, want %q\n%s", name, err, want, out)
	}
}

// What cannot be restored is refused with what to do, and leaves the place as it was, so
// that the right file can go there.
func TestRestoreRefuses(t *testing.T) {
	skipElsewhere(t)
	const damaged, foreign, key = "damaged or was cut short", "not a backup of poolhouse", "not the master key of the store that was backed up"
	for _, name := range []string{"sqlite", "postgres"} {
		t.Run(name, func(t *testing.T) {
			from := newStored(t, name, newMasterKey())
			f := newFixture(t, from.serve(t), nil)
			f.user(t, "ann")
			folder := t.TempDir()
			sealed, plain := filepath.Join(folder, "sealed"), filepath.Join(folder, "plain")
			for file, form := range map[string]string{sealed: "--seal", plain: "--no-seal"} {
				_, err := poolhouse(t, "", "backup", form, "--endpoint", f.url, file)
				noError(t, err)
			}
			if text := did(os.ReadFile(sealed))(t); bytes.Contains(text, []byte(f.pool)) {
				t.Error("a sealed backup names its pool")
			}
			changed := func(file string, change func(text []byte) []byte) string {
				path := filepath.Join(t.TempDir(), "changed")
				noError(t, os.WriteFile(path, change(did(os.ReadFile(file))(t)), 0o600))
				return path
			}
			flip := func(text []byte) []byte { text[len(text)*2/3] ^= 4; return text }
			cut := func(text []byte) []byte { return text[:len(text)-100] }
			later := func(text []byte) []byte { return bytes.Replace(text, []byte(`"schema":`), []byte(`"schema":9`), 1) }
			there := newStored(t, name, from.MasterKey)
			restore := func(file string) []string { return append([]string{"restore", file}, there.place()...) }
			for _, c := range []struct{ name, want, key, file string }{
				{"a changed one", damaged, from.MasterKey, changed(sealed, flip)},
				{"a changed one in the clear", damaged, from.MasterKey, changed(plain, flip)},
				{"one cut short", damaged, from.MasterKey, changed(sealed, cut)},
				{"one in the clear, cut short", damaged, from.MasterKey, changed(plain, cut)},
				{"one of a newer release", "newer release", from.MasterKey, changed(plain, later)},
				{"no backup", foreign, from.MasterKey, changed(plain, func([]byte) []byte { return []byte("PK\x03\x04") })},
				{"an empty file", foreign, from.MasterKey, os.DevNull},
				{"another master key", key, newMasterKey(), sealed},
				{"another master key for one in the clear", key, newMasterKey(), plain},
				{"no master key", "--key-file", "", plain},
				{"a bad master key", "POOLHOUSE_MASTER_KEY: a master key is 32 bytes", "short", plain},
				{"no file", "no such file", from.MasterKey, filepath.Join(folder, "none")},
			} {
				wantRefused(t, c.name, c.want, c.key, restore(c.file)...)
				if c.key == from.MasterKey {
					wantRefused(t, c.name+", verified", c.want, c.key, "restore", "--verify-only", c.file)
				}
			}
			_, err := poolhouse(t, "", "restore", "--verify-only", plain)
			noError(t, err)
			_, err = poolhouse(t, from.MasterKey, restore(sealed)...)
			noError(t, err)
			occupied := map[string]string{"sqlite": "poolhouse.db is there already; name a folder without a store", "postgres": "the database is not empty, it has rows in "}[name]
			wantRefused(t, "a place that is taken", occupied, from.MasterKey, restore(sealed)...)
			g := &fixture{env: there.serve(t), pool: f.pool, client: f.client}
			g.own(t, g.signIn(t, "ann").AccessToken)
		})
	}
}

// A backup replaces no file unasked, is refused to whoever does not sign, and is not made
// of a folder that a server uses.
func TestBackupRefuses(t *testing.T) {
	skipElsewhere(t)
	from := newStored(t, "sqlite", newMasterKey())
	e := from.serve(t)
	file := filepath.Join(t.TempDir(), "a.backup")
	_, err := poolhouse(t, "", "backup", "--endpoint", e.url, file)
	noError(t, err)
	before := did(os.ReadFile(file))(t)
	wantRefused(t, "a file that is there", "is there already; name another file, or replace it with --force", "", "backup", "--endpoint", e.url, file)
	wantRefused(t, "a server that is not there", "is the server running there?", "", "backup", "--force", "--endpoint", "http://127.0.0.1:1", file)
	wantRefused(t, "a folder in use", "have the server make the backup", from.MasterKey, "backup", "--force", "--data", from.Data, file)
	wantRefused(t, "two stores", "can't be used together", from.MasterKey, "backup", "--data", from.Data, "--database", "postgres://x/y", file)
	wantRefused(t, "a folder without a store", "there is no store in", from.MasterKey, "backup", "--force", "--data", t.TempDir(), file)
	if !bytes.Equal(before, did(os.ReadFile(file))(t)) {
		t.Error("a backup that was not made changed the file")
	}
	if list := did(os.ReadDir(filepath.Dir(file)))(t); len(list) != 1 {
		t.Errorf("left beside the file: %v", list)
	}
	_, err = poolhouse(t, "", "backup", "--force", "--endpoint", e.url, file)
	noError(t, err)
	out, err := poolhouse(t, "", "backup", "--endpoint", e.url, "-")
	noError(t, err)
	if !strings.HasPrefix(out, "poolhouse-backup {") {
		t.Errorf("the standard output has %.40q", out)
	}
	resp := did(web.Post(e.url+"/_poolhouse/backup", "", nil))(t)
	answer := did(io.ReadAll(resp.Body))(t)
	_ = resp.Body.Close()
	if resp.StatusCode == http.StatusOK || !strings.Contains(string(answer), "MissingAuthenticationTokenException") {
		t.Errorf("unsigned: %d %s", resp.StatusCode, answer)
	}
	if resp := e.asBrowser(t, http.MethodPost, "/_poolhouse/backup"); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("a browser: %d", resp.StatusCode)
	}
	if log := e.srv.Log(); !strings.Contains(log, "operation=BackUpStore") && !strings.Contains(log, `"operation":"BackUpStore"`) {
		t.Error("the record has no backup")
	}
}
