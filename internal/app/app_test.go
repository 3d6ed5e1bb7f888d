package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"poolhouse.dev/internal/app"
	"poolhouse.dev/internal/config"
	"poolhouse.dev/internal/store/storetest/pgtest"
	"poolhouse.dev/internal/vault"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// settings returns a configuration for a server of the test's own.
func settings(t *testing.T, mode config.Mode, change func(*config.Config)) config.Config {
	t.Helper()
	c := config.Default(mode)
	c.Listen = "127.0.0.1:0"
	c.Data = filepath.Join(t.TempDir(), "data")
	if change != nil {
		change(&c)
	}
	c, err := c.Complete()
	if err != nil {
		t.Fatalf("the test's configuration: %v", err)
	}
	return c
}

func start(t *testing.T, c config.Config) (*app.Server, error) {
	t.Helper()
	return app.Start(t.Context(), c, app.Options{Log: io.Discard})
}

func mustStart(t *testing.T, c config.Config) *app.Server {
	t.Helper()
	s, err := start(t, c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustClose(t *testing.T, s *app.Server) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestFirstStartMakesKeyAndRootKey(t *testing.T) {
	c := settings(t, config.ModeServe, nil)
	var terminal bytes.Buffer
	var log bytes.Buffer
	s, err := app.Start(t.Context(), c, app.Options{Log: &log, Terminal: &terminal})
	if err != nil {
		t.Fatal(err)
	}
	mustClose(t, s)
	for _, name := range []string{"master.key", "root-access-key.json"} {
		info, err := os.Stat(filepath.Join(c.Data, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
	}
	var root struct{ AccessKeyID, SecretAccessKey string }
	text, err := os.ReadFile(filepath.Join(c.Data, "root-access-key.json"))
	if err != nil || json.Unmarshal(text, &root) != nil {
		t.Fatal(err)
	}
	if !strings.Contains(terminal.String(), root.SecretAccessKey) {
		t.Error("the new root key was not shown on the terminal")
	}
	if strings.Contains(log.String(), root.SecretAccessKey) {
		t.Error("the root secret is in the log")
	}
	terminal.Reset()
	if s, err = app.Start(t.Context(), c, app.Options{Log: io.Discard, Terminal: &terminal}); err != nil {
		t.Fatal(err)
	}
	mustClose(t, s)
	again, err := os.ReadFile(filepath.Join(c.Data, "root-access-key.json"))
	if err != nil || !bytes.Equal(text, again) || terminal.Len() > 0 {
		t.Errorf("the second start made or showed a root key (%v)", err)
	}
}

func TestRefusedStarts(t *testing.T) {
	used := settings(t, config.ModeServe, nil)
	mustClose(t, mustStart(t, used))
	running := settings(t, config.ModeServe, nil)
	s := mustStart(t, running)
	defer mustClose(t, s)
	otherKey := func(c *config.Config) { c.MasterKey = config.NewSecret(vault.NewMasterKey().Text()) }
	cases := []struct {
		name   string
		change func(t *testing.T, c *config.Config)
		want   []string
	}{
		{"another master key", func(_ *testing.T, c *config.Config) { c.Data = used.Data; otherKey(c) }, []string{"POOLHOUSE_MASTER_KEY", "does not open this store"}},
		{"master key lost", func(t *testing.T, c *config.Config) {
			c.Data = used.Data
			c.KeyFile = filepath.Join(t.TempDir(), "missing")
		}, []string{"--key-file", "does not exist"}},
		{"unreadable master key", func(_ *testing.T, c *config.Config) { c.MasterKey = config.NewSecret("short") }, []string{"POOLHOUSE_MASTER_KEY"}},
		{"folder in use", func(_ *testing.T, c *config.Config) { c.Data = running.Data }, []string{"--data", "in use"}},
		{"address in use", func(_ *testing.T, c *config.Config) { c.Listen = s.Addr() }, []string{"--listen"}},
		{"unknown rate category", func(_ *testing.T, c *config.Config) { c.RateLimits = "UserCreating=5" }, []string{"--rate-limits", "UserCreating"}},
		{"unknown rate category of a pool", func(_ *testing.T, c *config.Config) { c.PoolRateLimits = []string{"*:UserCreating=5"} }, []string{"--pool-rate-limits", "*", "UserCreating"}},
		{"no file of places", func(_ *testing.T, c *config.Config) { c.GeoIP = "nosuchfile.mmdb" }, []string{"--geoip-database", "nosuchfile.mmdb"}},
		{"no file of web ACLs", func(_ *testing.T, c *config.Config) { c.WebACLs = "nosuchfile.json" }, []string{"--web-acls", "nosuchfile.json"}},
		{"breached passwords that are none", func(t *testing.T, c *config.Config) {
			c.Beyond.BreachedPasswords = filepath.Join(t.TempDir(), "passwords.txt")
			if err := os.WriteFile(c.Beyond.BreachedPasswords, []byte("trustno1\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, []string{"--breached-passwords", "passwords.txt", "the first line"}},
		{"database that cannot be reached", func(_ *testing.T, c *config.Config) {
			c.Database = config.NewDatabaseURL("postgres://nobody@127.0.0.1:1/none")
			otherKey(c)
		}, []string{"--database"}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			c := settings(t, config.ModeServe, func(c *config.Config) { tc.change(t, c) })
			s, err := start(t, c)
			if err == nil {
				mustClose(t, s)
				t.Fatal("the server started")
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not say %q", err, want)
				}
			}
		})
	}
}

func TestSharedDatabaseNeedsItsKey(t *testing.T) {
	url := pgtest.Database(t)
	c := settings(t, config.ModeServe, func(c *config.Config) { c.Database = config.NewDatabaseURL(url) })
	s, err := start(t, c)
	if err == nil {
		mustClose(t, s)
		t.Fatal("a node without a master key started on a shared database")
	}
	if !strings.Contains(err.Error(), "--key-file") {
		t.Errorf("error %q does not name the setting", err)
	}
	if _, err := os.Stat(filepath.Join(c.Data, "master.key")); !os.IsNotExist(err) {
		t.Error("a master key was made for a shared database")
	}
}

func TestFourNodesStartTogether(t *testing.T) {
	url, key := pgtest.Database(t), vault.NewMasterKey().Text()
	node := func() config.Config {
		return settings(t, config.ModeServe, func(c *config.Config) {
			c.Database, c.MasterKey = config.NewDatabaseURL(url), config.NewSecret(key)
		})
	}
	var wg sync.WaitGroup
	servers, errs := make([]*app.Server, 4), make([]error, 4)
	configs := []config.Config{node(), node(), node(), node()}
	for i := range configs {
		wg.Go(func() {
			servers[i], errs[i] = app.Start(context.Background(), configs[i], app.Options{Log: io.Discard})
		})
	}
	wg.Wait()
	roots := 0
	for i, s := range servers {
		if errs[i] != nil {
			t.Errorf("node %d: %v", i, errs[i])
			continue
		}
		defer mustClose(t, s)
		if _, err := os.Stat(filepath.Join(configs[i].Data, "root-access-key.json")); err == nil {
			roots++
		}
		drafts, _ := filepath.Glob(filepath.Join(configs[i].Data, "root-access-key.json.*"))
		if len(drafts) > 0 {
			t.Errorf("node %d left %v", i, drafts)
		}
	}
	if roots != 1 {
		t.Errorf("%d nodes have a root access key file, want the one whose key was stored", roots)
	}
	stranger := node()
	stranger.MasterKey = config.NewSecret(vault.NewMasterKey().Text())
	if s, err := start(t, stranger); err == nil {
		mustClose(t, s)
		t.Error("a node with another master key started")
	} else if !strings.Contains(err.Error(), "does not open this store") {
		t.Errorf("error %q", err)
	}
}

func TestHealthAndReady(t *testing.T) {
	s := mustStart(t, settings(t, config.ModeServe, nil))
	for path, want := range map[string]int{
		"/_poolhouse/health": 200, "/_poolhouse/ready": 200,
		"/_poolhouse/inbox": 404, "/_poolhouse/inbox.json": 404, "/_poolhouse/metrics": 404, "/debug/pprof/": 404,
	} {
		resp, err := http.Get("http://" + s.Addr() + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s answers %d, want %d", path, resp.StatusCode, want)
		}
		if resp.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s answers other origins", path)
		}
	}
	mustClose(t, s)
	if _, err := http.Get("http://" + s.Addr() + "/_poolhouse/health"); err == nil {
		t.Error("a stopped server answers")
	}
}

func TestAdminListener(t *testing.T) {
	c := settings(t, config.ModeServe, func(c *config.Config) { c.AdminListen = "127.0.0.1:0" })
	s := mustStart(t, c)
	defer mustClose(t, s)
	resp, err := http.Get("http://" + s.AdminAddr() + "/_poolhouse/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != 200 || !strings.Contains(string(body), "poolhouse_") {
		t.Errorf("metrics answer %d", resp.StatusCode)
	}
}
