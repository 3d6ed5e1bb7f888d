package conformance

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"poolhouse.dev/poolhousetest"
)

// wantRefusedStart wants a server with the options not to start, because of its key.
func wantRefusedStart(t *testing.T, what string, o poolhousetest.Options) {
	t.Helper()
	srv, err := poolhousetest.Launch(o)
	if err == nil {
		noError(t, srv.Close())
		t.Errorf("a server with %s started", what)
	} else if !strings.Contains(err.Error(), "does not open this store") {
		t.Errorf("%s: %v", what, err)
	}
}

// busy signs ann in until the returned function is called, which says that every sign-in
// went well.
func (f *fixture) busy(t *testing.T) (stop func()) {
	t.Helper()
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				out, err := f.trySignIn(t, "ann", password)
				if err != nil || out.AuthenticationResult == nil {
					t.Errorf("signing in meanwhile: %v", err)
					return
				}
			}
		})
	}
	return func() {
		close(done)
		wg.Wait()
	}
}

// An embedded store gets another master key while people sign in; it starts with either
// file until the old key is retired, and with the new one alone from then on. No key goes
// through a command or a log.
func TestRotateMasterKeyCommand(t *testing.T) {
	skipElsewhere(t)
	t.Parallel()
	o := poolhousetest.Options{Data: t.TempDir(), PublicURL: "http://id.example"}
	key, next, aside := filepath.Join(o.Data, "master.key"), filepath.Join(o.Data, "master.key.next"), filepath.Join(o.Data, "aside")
	srv := did(poolhousetest.Launch(o))(t)
	f := newFixture(t, &env{Client: newClient(srv.URL), url: srv.URL, srv: srv}, nil)
	f.user(t, "ann")
	tokens := f.signIn(t, "ann")
	var told strings.Builder
	run := func(args ...string) error {
		t.Helper()
		out, err := administer(t, srv.URL, "rotate-master-key", args...)
		told.WriteString(out)
		return err
	}
	restart := func(stage string) {
		t.Helper()
		told.WriteString(srv.Log())
		noError(t, srv.Close())
		var err error
		if srv, err = poolhousetest.Launch(o); err != nil {
			t.Fatalf("%s: %v", stage, err)
		}
		f.env = &env{Client: newClient(srv.URL), url: srv.URL, srv: srv}
		f.signIn(t, "ann")
		f.refresh(t, *tokens.RefreshToken)
	}
	move := func(from, to string) { t.Helper(); noError(t, os.Rename(from, to)) }

	if err := run("--retire-old"); err == nil || !strings.Contains(err.Error(), "not being changed") {
		t.Errorf("retiring the only key: %v", err)
	}
	stop := f.busy(t)
	noError(t, run())
	stop()
	if info := did(os.Stat(next))(t); info.Mode().Perm() != 0o600 {
		t.Errorf("the new key has mode %v", info.Mode())
	}
	restart("added, both keys")
	move(next, aside)
	restart("added, the old key")
	move(aside, next)
	move(key, aside)
	restart("added, the new key")
	if err := run("--cancel"); err == nil || !strings.Contains(err.Error(), "does not have the present master key") {
		t.Errorf("calling off with the new key only: %v", err)
	}
	move(aside, key)
	noError(t, run("--cancel"))
	noError(t, run())
	stop = f.busy(t)
	noError(t, run("--retire-old"))
	stop()
	restart("retired, both keys")
	if !strings.Contains(srv.Log(), "put it in the place of the present one") {
		t.Error("nobody is told to move the key")
	}
	secrets := []string{string(did(os.ReadFile(key))(t)), string(did(os.ReadFile(next))(t))}
	move(key, aside)
	move(next, key)
	restart("moved")
	move(key, next)
	move(aside, key)
	move(next, aside)
	noError(t, srv.Close())
	wantRefusedStart(t, "the old key", o)
	move(aside, key)
	srv = did(poolhousetest.Launch(o))(t)
	told.WriteString(srv.Log())
	noError(t, srv.Close())
	for _, secret := range secrets {
		if strings.Contains(told.String(), strings.TrimSpace(secret)) {
			t.Error("a key was told")
		}
	}
}

// Nodes over one database are given their keys. One that lacks the next key cannot retire
// the old one, and runs on when another has; to start again it needs the new one.
func TestMasterKeyOfNodes(t *testing.T) {
	skipElsewhere(t)
	t.Parallel()
	old, next := newMasterKey(), newMasterKey()
	o := poolhousetest.Options{Data: t.TempDir(), Database: poolhousetest.PostgresURL(t), MasterKey: old, PublicURL: "http://id.example"}
	with, other := o, o
	with.NextMasterKey, other.Data = next, t.TempDir()
	one, two := did(poolhousetest.Launch(with))(t), did(poolhousetest.Launch(other))(t)
	defer func() { noError(t, errors.Join(one.Close(), two.Close())) }()
	f := newFixture(t, &env{Client: newClient(one.URL), url: one.URL, srv: one}, nil)
	f.user(t, "ann")
	g := *f
	g.env = &env{Client: newClient(two.URL), url: two.URL, srv: two}
	stop := g.busy(t)
	if _, err := administer(t, two.URL, "rotate-master-key"); err == nil || !strings.Contains(err.Error(), "no next master key") {
		t.Errorf("a node without a next key: %v", err)
	}
	did(administer(t, one.URL, "rotate-master-key"))(t)
	if _, err := administer(t, two.URL, "rotate-master-key", "--retire-old"); err == nil || !strings.Contains(err.Error(), "does not have the next master key") {
		t.Errorf("retiring by a node without the next key: %v", err)
	}
	did(administer(t, one.URL, "rotate-master-key", "--retire-old"))(t)
	stop()
	g.user(t, "bob")
	g.signIn(t, "bob")
	third := other
	third.Data = t.TempDir()
	wantRefusedStart(t, "the old key", third)
	third.MasterKey = next
	h := *f
	srv := poolhousetest.Start(t, third)
	h.env = &env{Client: newClient(srv.URL), url: srv.URL, srv: srv}
	h.signIn(t, "bob")
}

// A server that is killed while the master key is changed leaves a store that starts with
// a key that is at hand, and the change can be finished.
func TestMasterKeySurvivesKills(t *testing.T) {
	onOwnServers(t, func(t *testing.T, o poolhousetest.Options) {
		o.PublicURL, o.SMTPHost, o.SMTPPort = "http://id.example", "127.0.0.1", 25
		o.NextMasterKey = newMasterKey()
		url, kill := serve(t, o)
		f := newFixture(t, &env{Client: newClient(url), url: url}, nil)
		f.user(t, "ann")
		for _, step := range [][]string{nil, {"--retire-old"}} {
			for range 3 {
				done := make(chan error, 1)
				go func() {
					_, err := administer(t, url, "rotate-master-key", step...)
					done <- err
				}()
				kill()
				<-done // with an answer or without
				url, kill = serve(t, o)
				f.env = &env{Client: newClient(url), url: url}
				f.signIn(t, "ann")
			}
			did(administer(t, url, "rotate-master-key", step...))(t)
			kill()
			url, kill = serve(t, o)
			f.env = &env{Client: newClient(url), url: url}
			f.signIn(t, "ann")
		}
		kill()
		retired := o
		retired.NextMasterKey = ""
		wantRefusedStart(t, "the old key", retired)
		retired.MasterKey = o.NextMasterKey
		srv := poolhousetest.Start(t, retired)
		f.env = &env{Client: newClient(srv.URL), url: srv.URL, srv: srv}
		f.signIn(t, "ann")
	})
}
