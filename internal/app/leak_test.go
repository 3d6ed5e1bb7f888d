package app_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"poolhouse.dev/internal/app"
	"poolhouse.dev/internal/config"
	"poolhouse.dev/internal/store/storetest/pgtest"
	"poolhouse.dev/internal/vault"
)

// A stopped server leaves nothing running, on either engine and with the admin
// listener, however it was used.
func TestStoppedServerLeavesNothingRunning(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, c *config.Config){
		"embedded": func(_ *testing.T, c *config.Config) { c.AdminListen = "127.0.0.1:0" },
		"postgres": func(t *testing.T, c *config.Config) {
			c.Database = config.NewDatabaseURL(pgtest.Database(t))
			c.MasterKey = config.NewSecret(vault.NewMasterKey().Text())
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := settings(t, config.ModeDev, func(c *config.Config) { change(t, c) })
			before := goleak.IgnoreCurrent()
			s := mustStart(t, c)
			client := &http.Client{Transport: &http.Transport{}, Timeout: 10 * time.Second}
			for _, path := range []string{"/_poolhouse/ready", "/_poolhouse/inbox.json"} {
				resp, err := client.Get("http://" + s.Addr() + path)
				if err != nil {
					t.Fatal(err)
				}
				_ = resp.Body.Close()
			}
			client.CloseIdleConnections()
			mustClose(t, s)
			goleak.VerifyNone(t, before)
		})
	}
}

// Neither the root access key's secret nor the master key is readable in the
// database that they open, nor in the log.
func TestKeysOfTheServerAreSealed(t *testing.T) {
	c := settings(t, config.ModeServe, func(c *config.Config) { c.Log.Level = "debug" })
	var log bytes.Buffer
	s, err := app.Start(context.Background(), c, app.Options{Log: &log})
	if err != nil {
		t.Fatal(err)
	}
	mustClose(t, s)
	read := func(name string) []byte {
		raw, err := os.ReadFile(filepath.Join(c.Data, name))
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	var root struct{ AccessKeyID, SecretAccessKey string }
	if err := json.Unmarshal(read("root-access-key.json"), &root); err != nil {
		t.Fatal(err)
	}
	master := strings.TrimSpace(string(read("master.key")))
	raw, err := base64.StdEncoding.DecodeString(master)
	if err != nil || len(raw) != 32 || len(root.SecretAccessKey) < 20 {
		t.Fatalf("the keys are not what this test takes them for: %v", err)
	}
	files, err := filepath.Glob(filepath.Join(c.Data, "poolhouse.db*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no database: %v", err)
	}
	var stored []byte
	for _, file := range files {
		stored = append(stored, read(filepath.Base(file))...)
	}
	if !bytes.Contains(stored, []byte(root.AccessKeyID)) {
		t.Error("the database does not even hold the id of the root key")
	}
	for what, secret := range map[string][]byte{"root secret": []byte(root.SecretAccessKey), "master key": raw, "text of the master key": []byte(master)} {
		if bytes.Contains(stored, secret) {
			t.Errorf("the %s is in the database", what)
		}
		if bytes.Contains(log.Bytes(), secret) {
			t.Errorf("the %s is in the log", what)
		}
	}
}
