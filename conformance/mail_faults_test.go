package conformance

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"poolhouse.dev/poolhousetest"
)

// onOwnServers runs a test with the options of a server of its own on each engine:
// a data folder, and a database with its master key.
func onOwnServers(t *testing.T, test func(t *testing.T, o poolhousetest.Options)) {
	t.Helper()
	skipElsewhere(t)
	t.Parallel()
	for _, engine := range engines {
		t.Run(engine.name, func(t *testing.T) {
			o := poolhousetest.Options{Data: t.TempDir(), MasterKey: newMasterKey()}
			if engine.name == "postgres" {
				o.Database = poolhousetest.PostgresURL(t)
			}
			test(t, o)
		})
	}
}

// lettersTo waits until n letters to an address have arrived.
func (m *mailbox) lettersTo(t *testing.T, to string, n int) {
	t.Helper()
	count := func() (got int) {
		m.mu.Lock()
		defer m.mu.Unlock()
		for _, l := range m.letters {
			if l.to == to {
				got++
			}
		}
		return got
	}
	for end := time.Now().Add(time.Minute); count() < n && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond)
	}
	if got := count(); got != n {
		t.Errorf("%d letters to %s, want %d", got, to, n)
	}
}

// A mail server that breaks off in the middle of a letter: the caller is told, the
// change waits for its proof, and the letter arrives later, once.
func TestMailServerBreaksOff(t *testing.T) {
	refuses(t, "UpdateUserAttributes", "CodeDeliveryFailureException")
	onOwnServers(t, func(t *testing.T, o poolhousetest.Options) {
		box, c := newMailbox(t), &clock{}
		o.SMTPHost, o.SMTPPort, o.Now = "127.0.0.1", box.port, c.now
		srv := poolhousetest.Start(t, o)
		e := &env{Client: newClient(srv.URL, func(o *cip.Options) { o.HTTPSignerV4 = c }), url: srv.URL, srv: srv}
		f := newFixture(t, e, verifies("email", true))
		for _, name := range []string{"ann", "bob"} {
			f.user(t, name, "email="+name+"@old.example", "email_verified=true")
			token := f.signIn(t, name).AccessToken
			box.breakOff()
			_, err := f.update(t, token, "email="+name+"@new.example", "name=New")
			wantFault(t, err, "CodeDeliveryFailureException", "Invalid email provided/Unable to send the email")
			if got := f.own(t, token); got["email"] != name+"@old.example" || got["email_verified"] != "true" || got["name"] != "New" {
				t.Errorf("after a letter that broke off: %v", got)
			}
			c.advance(2 * time.Minute)
			box.lettersTo(t, name+"@new.example", 1)
			noError(t, f.verify(t, token, "email", box.last(t, name+"@new.example").code(t)))
			if got := f.own(t, token); got["email"] != name+"@new.example" || got["email_verified"] != "true" {
				t.Errorf("after the proof: %v", got)
			}
		}
		// The round that brought bob his letter had none for ann again.
		box.lettersTo(t, "ann@new.example", 1)
	})
}

// A server that is killed after it stored a change and before the mail server took
// the letter: the next one sends it, and the code in it is good.
func TestKilledBetweenCommitAndLetter(t *testing.T) {
	onOwnServers(t, func(t *testing.T, o poolhousetest.Options) {
		box := newMailbox(t)
		o.SMTPHost, o.SMTPPort, o.PublicURL = "127.0.0.1", box.port, "http://poolhouse.test"
		url, kill := serve(t, o)
		f := newFixture(t, &env{Client: newClient(url), url: url}, verifies("email", true))
		f.user(t, "ann", "email=ann@old.example", "email_verified=true")
		token := f.signIn(t, "ann").AccessToken
		release := box.hold()
		defer release()
		done := make(chan error, 1)
		go func() {
			_, err := f.UpdateUserAttributes(t.Context(), &cip.UpdateUserAttributesInput{AccessToken: token, UserAttributes: attrs("email=ann@new.example")})
			done <- err
		}()
		select {
		case <-box.arrived:
		case err := <-done:
			t.Fatalf("UpdateUserAttributes did not wait for the mail server: %v", err)
		}
		kill()
		if err := <-done; err == nil {
			t.Error("a killed server answered")
		}
		// What the first server sent is lost; the lease of its message is over.
		box.mu.Lock()
		box.letters = nil
		box.mu.Unlock()
		c := &clock{}
		c.advance(2 * time.Minute)
		o.Now = c.now
		srv := poolhousetest.Start(t, o)
		again := &fixture{env: &env{Client: newClient(srv.URL), url: srv.URL, srv: srv}, pool: f.pool, client: f.client}
		if got := again.own(t, token); got["email"] != "ann@old.example" || got["email_verified"] != "true" {
			t.Errorf("after the restart: %v", got)
		}
		<-box.arrived // the letter of the second server
		release()
		box.lettersTo(t, "ann@new.example", 2)
		noError(t, again.verify(t, token, "email", box.last(t, "ann@new.example").code(t)))
		if got := again.own(t, token); got["email"] != "ann@new.example" || got["email_verified"] != "true" {
			t.Errorf("after the proof: %v", got)
		}
	})
}

// program is the built server.
var program = sync.OnceValues(func() (string, error) {
	path := filepath.Join(folder, "poolhouse")
	out, err := exec.Command("go", "build", "-o", path, "poolhouse.dev/cmd/poolhouse").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building poolhouse: %w\n%s", err, out)
	}
	return path, nil
})

// serve runs the built server as a process of its own, as the options say, and
// returns its address and what kills it.
func serve(t *testing.T, o poolhousetest.Options) (url string, kill func()) {
	t.Helper()
	path, err := program()
	noError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	noError(t, err)
	addr := l.Addr().String()
	noError(t, l.Close())
	cmd := exec.Command(path, "serve", "--listen="+addr, "--public-url="+o.PublicURL, "--data="+o.Data, "--rate-limits=off",
		"--smtp-host="+o.SMTPHost, fmt.Sprintf("--smtp-port=%d", o.SMTPPort), "--smtp-security=none", "--smtp-from=no-reply@poolhouse.test")
	cmd.Env = append(os.Environ(), "POOLHOUSE_MASTER_KEY="+o.MasterKey, "POOLHOUSE_ROOT_ACCESS_KEY_ID="+poolhousetest.AccessKeyID, "POOLHOUSE_ROOT_SECRET_ACCESS_KEY="+poolhousetest.SecretAccessKey)
	if o.Database != "" {
		cmd.Env = append(cmd.Env, "POOLHOUSE_DATABASE="+o.Database)
	}
	if o.NextMasterKey != "" {
		cmd.Env = append(cmd.Env, "POOLHOUSE_MASTER_KEY_NEXT="+o.NextMasterKey)
	}
	noError(t, cmd.Start())
	kill = sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	})
	t.Cleanup(kill)
	url = "http://" + addr
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		resp, err := http.Get(url + "/_poolhouse/ready")
		if err != nil {
			continue
		}
		if err := resp.Body.Close(); err == nil && resp.StatusCode == http.StatusOK {
			return url, kill
		}
	}
	t.Fatal("the server is not ready")
	return "", nil
}
