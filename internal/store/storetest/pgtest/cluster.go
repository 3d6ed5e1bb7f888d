package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"poolhouse.dev/internal/freeport"
)

// startTimeout is how long a server may take until it answers.
const startTimeout = 60 * time.Second

// superuser is the cluster's one role.
const superuser = "poolhouse"

// Cluster is a PostgreSQL server with a data folder of its own. Its methods are
// for one goroutine at a time.
type Cluster struct {
	programs string
	folder   string
	password string
	port     int
	settings []string
	account  *syscall.Credential

	server *exec.Cmd
	// gone is closed when the running server has ended.
	gone chan struct{}
}

// Launch starts a cluster for a program that is no test; it ends with Remove.
func Launch(settings ...string) (*Cluster, error) {
	programs, err := findPrograms()
	if err != nil {
		return nil, err
	}
	return start(programs, settings...)
}

// Create makes an empty database and returns its URL, which connects over
// loopback TCP.
func (c *Cluster) Create(ctx context.Context, name string) (string, error) {
	conn, err := pgx.Connect(ctx, c.URL("postgres"))
	if err != nil {
		return "", err
	}
	_, err = conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
	return c.URL(name), errors.Join(err, conn.Close(ctx))
}

// start makes a cluster in the folder for temporary files and starts it.
func start(programs string, settings ...string) (_ *Cluster, err error) {
	c := &Cluster{programs: programs, settings: settings, password: rand.Text()}
	if c.account, err = serverAccount(); err != nil {
		return nil, err
	}
	if c.folder, err = os.MkdirTemp("", "poolhouse-postgres-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			c.Remove()
		}
	}()
	if err := c.initialize(); err != nil {
		return nil, err
	}
	if c.port, err = freeport.Choose(); err != nil {
		return nil, err
	}
	return c, c.launch()
}

// URL returns the URL of a database of the cluster, over loopback TCP.
func (c *Cluster) URL(database string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(superuser, c.password),
		Host:     net.JoinHostPort("127.0.0.1", strconv.Itoa(c.port)),
		Path:     "/" + database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// SocketURL returns the URL of a database of the cluster, over its Unix socket.
func (c *Cluster) SocketURL(database string) string {
	u := url.URL{
		Scheme: "postgres",
		User:   url.UserPassword(superuser, c.password),
		Path:   "/" + database,
		RawQuery: url.Values{
			"host": {c.folder}, "port": {strconv.Itoa(c.port)},
		}.Encode(),
	}
	return u.String()
}

// Crash ends the server at once, without a checkpoint and without a word to its
// clients, as "pg_ctl stop -m immediate" does. Start recovers it.
func (c *Cluster) Crash() { c.end(syscall.SIGQUIT) }

// Start starts the server again after Crash, on the same port.
func (c *Cluster) Start(t testing.TB) {
	t.Helper()
	if err := c.launch(); err != nil {
		t.Fatalf("starting PostgreSQL again: %v", err)
	}
}

// Revive starts the server again if it has ended by itself.
func (c *Cluster) Revive(t testing.TB) {
	t.Helper()
	select {
	case <-c.gone:
		c.Start(t)
	default:
	}
}

// Remove stops the server, if it runs, and removes its folder.
func (c *Cluster) Remove() {
	c.end(syscall.SIGQUIT)
	os.RemoveAll(c.folder)
}

// initialize fills the data folder. Loopback TCP is open to every account of
// the machine, so that there is a password even here.
func (c *Cluster) initialize() error {
	secret := filepath.Join(c.folder, "password")
	if err := os.WriteFile(secret, []byte(c.password), 0o600); err != nil {
		return err
	}
	if c.account != nil {
		uid, gid := int(c.account.Uid), int(c.account.Gid)
		if err := errors.Join(os.Chown(c.folder, uid, gid), os.Chown(secret, uid, gid)); err != nil {
			return err
		}
	}
	cmd := c.command("initdb", "--pgdata="+c.data(), "--username="+superuser, "--pwfile="+secret,
		"--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("running initdb: %w\n%s", err, out)
	}
	return nil
}

func (c *Cluster) data() string { return filepath.Join(c.folder, "data") }

func (c *Cluster) log() string { return filepath.Join(c.folder, "log") }

func (c *Cluster) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(c.programs, program), args...)
	cmd.Dir = c.folder
	// Messages in English, whatever the tester speaks.
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.account}
	dieWithParent(cmd.SysProcAttr)
	return cmd
}

// launch starts the server and waits until it answers.
func (c *Cluster) launch() error {
	args := []string{
		"-D", c.data(), "-p", strconv.Itoa(c.port), "-k", c.folder,
		"-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200", "-c", "shared_buffers=64MB",
	}
	for _, s := range c.settings {
		args = append(args, "-c", s)
	}
	log, err := os.OpenFile(c.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	c.server = c.command("postgres", args...)
	c.server.Stdout, c.server.Stderr = log, log
	c.gone = make(chan struct{})
	started := make(chan error)
	go c.run(c.server, started, c.gone)
	if err := <-started; err != nil {
		c.server = nil
		return err
	}
	return c.await()
}

// run starts and awaits the server on one thread, since dieWithParent
// takes the death of the thread that started it for the parent's.
func (c *Cluster) run(server *exec.Cmd, started chan<- error, gone chan<- struct{}) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(gone)
	err := server.Start()
	started <- err
	if err == nil {
		server.Wait()
	}
}

func (c *Cluster) await() error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, c.URL("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-c.gone:
			said, _ := os.ReadFile(c.log())
			return fmt.Errorf("the server ended:\n%s", said)
		case <-ctx.Done():
			return fmt.Errorf("the server does not answer: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (c *Cluster) end(signal syscall.Signal) {
	if c.server == nil {
		return
	}
	c.server.Process.Signal(signal)
	<-c.gone
	c.server = nil
}
