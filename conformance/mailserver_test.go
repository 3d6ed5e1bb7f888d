package conformance

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"poolhouse.dev/poolhousetest"
)

// openSMTPD is a real mail server that delivers all mail for example.com into
// one folder.
type openSMTPD struct {
	port   int
	folder string
}

// startOpenSMTPD starts OpenSMTPD on a port of its own, with its own
// configuration, until the test ends. The test is skipped where that cannot be
// done, unless POOLHOUSE_REQUIRE_MAILSERVER=1.
func startOpenSMTPD(t *testing.T) *openSMTPD {
	t.Helper()
	give := func(reason string) {
		t.Helper()
		if os.Getenv("POOLHOUSE_REQUIRE_MAILSERVER") == "1" {
			t.Fatalf("POOLHOUSE_REQUIRE_MAILSERVER=1, and %s", reason)
		}
		t.Skip("no real mail server: " + reason)
	}
	program, err := findOpenSMTPD(t.Context())
	if err != nil {
		give(err.Error())
	}
	if os.Geteuid() != 0 {
		give("OpenSMTPD starts as root only")
	}
	m := &openSMTPD{port: freePort(t)}
	work, err := os.MkdirTemp("", "poolhouse-mail-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(work) })
	m.folder = filepath.Join(work, "mail")
	if err := ownedByNobody(work, m.folder); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(work, "smtpd.conf")
	text := fmt.Sprintf(`table people { "@" = "nobody" }
listen on 127.0.0.1 port %d
action "keep" maildir "%s" virtual <people>
match from any for domain "example.com" action "keep"
`, m.port, m.folder)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := m.run(t, program, config); err != nil {
		give(err.Error())
	}
	return m
}

// findOpenSMTPD looks for the program, also where users without rights do not,
// and makes sure that it is not another one of its name.
func findOpenSMTPD(ctx context.Context) (string, error) {
	for _, name := range []string{"smtpd", "/usr/sbin/smtpd"} {
		program, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		if told, _ := exec.CommandContext(ctx, program, "-h").CombinedOutput(); bytes.Contains(told, []byte("OpenSMTPD")) {
			return program, nil
		}
	}
	return "", fmt.Errorf("OpenSMTPD is not installed")
}

// ownedByNobody makes the folder that mail is delivered to by the user nobody.
func ownedByNobody(work, folder string) error {
	nobody, err := user.Lookup("nobody")
	if err != nil {
		return err
	}
	uid, err := strconv.Atoi(nobody.Uid)
	if err != nil {
		return err
	}
	if err := os.Chmod(work, 0o755); err != nil {
		return err
	}
	if err := os.Mkdir(folder, 0o755); err != nil {
		return err
	}
	return os.Chown(folder, uid, -1)
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// run starts the program and waits until it greets.
func (m *openSMTPD) run(t *testing.T, program, config string) error {
	t.Helper()
	var log bytes.Buffer
	cmd := exec.Command(program, "-d", "-f", config)
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // told by its log
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-ended
		if t.Failed() {
			t.Logf("the mail server's log:\n%s", log.String())
		}
	})
	for {
		if conn, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", m.port), time.Second); err == nil {
			greeting := make([]byte, 3)
			_, err := conn.Read(greeting)
			conn.Close()
			if err == nil && string(greeting) == "220" {
				return nil
			}
		}
		select {
		case <-ended:
			return fmt.Errorf("OpenSMTPD does not start: %s", strings.TrimSpace(log.String()))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// wait waits for a letter to an address that is newer than all it has seen.
func (m *openSMTPD) wait(t *testing.T, to string, seen map[string]bool) letter {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		files, err := filepath.Glob(filepath.Join(m.folder, "new", "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if seen[name] {
				continue
			}
			body, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(body, []byte("Delivered-To: "+to)) || bytes.Contains(body, []byte("To: <"+to+">")) {
				seen[name] = true
				l, err := readLetter(to, bytes.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				return l
			}
		}
		select {
		case <-ctx.Done():
			t.Fatalf("no letter to %s", to)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Sign-up, a change of the address and an invitation, through a real mail
// server, which refuses the domains that it does not serve.
func TestRealMailServer(t *testing.T) {
	m := startOpenSMTPD(t)
	for _, op := range []string{"SignUp", "UpdateUserAttributes", "AdminCreateUser"} {
		covers(t, op, "CodeDeliveryFailureException")
	}
	srv := poolhousetest.Start(t, poolhousetest.Options{SMTPHost: "127.0.0.1", SMTPPort: m.port})
	e := &env{Client: newClient(srv.URL), url: srv.URL, srv: srv}
	f := newFixture(t, e, verifies("email", true))
	seen := map[string]bool{}
	did(f.signUp(t, "ann", "email=ann@example.com"))(t)
	if err := f.confirm(t, "ann", m.wait(t, "ann@example.com", seen).code(t)); err != nil {
		t.Fatal(err)
	}
	token := f.signIn(t, "ann").AccessToken
	did(f.update(t, token, "email=new@example.com"))(t)
	if err := f.verify(t, token, "email", m.wait(t, "new@example.com", seen).code(t)); err != nil {
		t.Fatal(err)
	}
	if got := f.own(t, token); got["email"] != "new@example.com" || got["email_verified"] != "true" {
		t.Errorf("after the proof: %v", got)
	}
	did(f.invite(t, "bob", func(in *cip.AdminCreateUserInput) { byMail(in); in.TemporaryPassword = aws.String(temporary) }, "email=bob@example.com"))(t)
	if got, want := m.wait(t, "bob@example.com", seen).text, "Your username is bob and temporary password is "+temporary+"."; got != want {
		t.Errorf("the invitation is %q", got)
	}
	const code, text = "CodeDeliveryFailureException", "Invalid email provided/Unable to send the email"
	_, err := f.signUp(t, "eve", "email=eve@elsewhere.example")
	wantFault(t, err, code, text)
	_, err = f.update(t, token, "email=ann@elsewhere.example")
	wantFault(t, err, code, text)
	_, err = f.invite(t, "dan", byMail, "email=dan@elsewhere.example")
	wantFault(t, err, code, text)
}
