package app_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"poolhouse.dev/internal/app"
	"poolhouse.dev/internal/config"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore/sqlite"
	"poolhouse.dev/internal/user"
)

// largeStore returns the settings of a server whose backup does not fit into the buffers
// between it and who does not read.
func largeStore(t *testing.T) config.Config {
	t.Helper()
	c := settings(t, config.ModeDev, func(c *config.Config) {
		c.Root = config.Root{AccessKeyID: "key", SecretAccessKey: config.NewSecret("secret")}
		c.ShutdownTimeout = 50 * time.Millisecond
	})
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: c.Data})
	if err != nil {
		t.Fatal(err)
	}
	set := store.NewChangeSet()
	for i := range 32 {
		set.Insert(&user.User{PoolID: "us-east-1_a", Sub: user.Sub(rune('a' + i)), Verifier: make([]byte, 1<<20)})
	}
	if err := s.Commit(t.Context(), set); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return c
}

// askForBackup begins to download a backup; the answer's body has not been read.
func askForBackup(t *testing.T, ctx context.Context, s *app.Server, query string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.Addr()+"/_poolhouse/backup"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	empty := sha256.Sum256(nil)
	key := aws.Credentials{AccessKeyID: "key", SecretAccessKey: "secret"}
	if err := v4.NewSigner().SignHTTP(ctx, key, req, hex.EncodeToString(empty[:]), "cognito-idp", "us-east-1", time.Now()); err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

func wantBackupRefused(t *testing.T, resp *http.Response, want string) {
	t.Helper()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode == http.StatusOK || !strings.Contains(string(text), want) {
		t.Errorf("answered %d %.200s, %v; want %q", resp.StatusCode, text, err, want)
	}
}

// One backup is made at a time, and who goes away in the middle of it makes room.
func TestOneBackupAtATime(t *testing.T) {
	s := mustStart(t, largeStore(t))
	defer mustClose(t, s)
	wantBackupRefused(t, askForBackup(t, t.Context(), s, "?seal=maybe"), "seal: want true or false")
	ctx, leave := context.WithCancel(t.Context())
	first := askForBackup(t, ctx, s, "?seal=false")
	if first.StatusCode != http.StatusOK {
		t.Fatalf("answered %d", first.StatusCode)
	}
	wantBackupRefused(t, askForBackup(t, t.Context(), s, ""), "Another backup is being made")
	leave()
	for {
		next := askForBackup(t, t.Context(), s, "?seal=false")
		if next.StatusCode == http.StatusOK {
			text, err := io.ReadAll(next.Body)
			if err != nil || !bytes.Contains(text, []byte("poolhouse-backup {")) || !bytes.Contains(text, []byte(`"sha256":`)) {
				t.Errorf("%d bytes without a beginning or an end, %v", len(text), err)
			}
			return
		}
		wantBackupRefused(t, next, "Another backup is being made")
	}
}

// Who stops reading does not hold on to what was written since for ever.
func TestStalledBackupIsCutOff(t *testing.T) {
	c := largeStore(t)
	c.RequestTimeout = 100 * time.Millisecond
	s := mustStart(t, c)
	defer mustClose(t, s)
	stalled := askForBackup(t, t.Context(), s, "")
	if stalled.StatusCode != http.StatusOK {
		t.Fatalf("answered %d", stalled.StatusCode)
	}
	for {
		ctx, leave := context.WithCancel(t.Context())
		next := askForBackup(t, ctx, s, "")
		leave()
		if next.StatusCode == http.StatusOK {
			break
		}
	}
	if text, err := io.ReadAll(stalled.Body); err == nil || bytes.Contains(text, []byte(`"sha256":`)) {
		t.Errorf("%d bytes that look whole, %v", len(text), err)
	}
}

// A server that stops does not wait for who does not read, and what arrived has no end.
func TestBackupOfAServerThatStops(t *testing.T) {
	c := largeStore(t)
	s := mustStart(t, c)
	resp := askForBackup(t, t.Context(), s, "")
	if err := s.Close(); err == nil {
		t.Error("the server says that every request was finished")
	}
	if text, err := io.ReadAll(resp.Body); err == nil || bytes.Contains(text, []byte(`"sha256":`)) {
		t.Errorf("%d bytes that look whole, %v", len(text), err)
	}
	mustClose(t, mustStart(t, c))
}

// A release that does not know all that is stored makes no backup that would lack it.
func TestBackupOfAnotherSchema(t *testing.T) {
	c := largeStore(t)
	mustClose(t, mustStart(t, c))
	change := func(statement string) {
		t.Helper()
		db, err := sql.Open("sqlite", filepath.Join(c.Data, sqlite.FileName))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	wantRefused := func(want string) {
		t.Helper()
		if _, err := app.Backup(t.Context(), c, io.Discard, true, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the answer is %v, want %q", err, want)
		}
	}
	change("INSERT INTO schema_versions (version_id, is_applied) VALUES (9999, 1)")
	s := mustStart(t, c)
	wantBackupRefused(t, askForBackup(t, t.Context(), s, ""), "a newer release than this server")
	mustClose(t, s)
	wantRefused("a newer release than this one")
	change("DELETE FROM schema_versions WHERE version_id > 50")
	wantRefused("start a server of this release on it first")
}
