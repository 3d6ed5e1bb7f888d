package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"

	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore/postgres"
	"poolhouse.dev/internal/store/sqlstore/sqlite"
	"poolhouse.dev/internal/store/storetest/pgtest"
	"poolhouse.dev/internal/vault"
)

// engineSQLite and enginePostgres are the engines' names.
const (
	engineSQLite   = "sqlite"
	enginePostgres = "postgres"
)

// world is a poolhouse with its store.
type world struct {
	binary string
	data   string // the data folder
	url    string // of the database; "" for the embedded one
	key    vault.MasterKey
	size   int    // users that the fill made
	rates  string // as --rate-limits; "" is off

	poolID, clientID string
	users            []signedIn
	// passwords is how many of users can sign in with their password.
	passwords int

	server *process
	client *client
	// stopSink ends what takes the server's messages.
	stopSink func()
}

// clusterSettings suit a machine that is PostgreSQL's as much as poolhouse's.
// What a commit promises is the default: fsync and synchronous_commit are on.
var clusterSettings = []string{"shared_buffers=512MB", "max_wal_size=4GB", "checkpoint_timeout=15min", "synchronous_commit=on"}

// people are as many of the signed-in users as can sign in with their password, from all
// over the store.
func (w *world) people() []signedIn {
	list := make([]signedIn, w.passwords)
	for i := range list {
		list[i] = w.users[i*len(w.users)/len(list)]
	}
	return list
}

// databases returns what makes empty worlds on an engine, and what ends it.
func (b *bench) databases(engine string) (make func(ctx context.Context, name string) (*world, error), end func(), err error) {
	fresh := func(name, url string) *world {
		return &world{binary: b.binary, data: filepath.Join(b.folder, engine+"-"+name), url: url, key: vault.NewMasterKey()}
	}
	switch engine {
	case engineSQLite:
		return func(_ context.Context, name string) (*world, error) { return fresh(name, ""), nil }, func() {}, nil
	case enginePostgres:
		cluster, err := pgtest.Launch(clusterSettings...)
		if err != nil {
			return nil, nil, err
		}
		return func(ctx context.Context, name string) (*world, error) {
			url, err := cluster.Create(ctx, name)
			return fresh(name, url), err
		}, cluster.Remove, nil
	}
	return nil, nil, errors.New("there is no such engine")
}

// start runs the server on the world's store and connects to it.
func (w *world) start(ctx context.Context, connections int, driver string) error {
	addr, err := freeAddr()
	if err != nil {
		return err
	}
	admin, err := freeAddr()
	if err != nil {
		return err
	}
	sink, stopSink, err := startSink(ctx)
	if err != nil {
		return err
	}
	cmd := exec.Command(w.binary, "serve", "--listen="+addr, "--admin-listen="+admin, "--public-url="+publicURL, "--email-webhook-url="+sink,
		"--data="+w.data, "--rate-limits="+cmp.Or(w.rates, "off"), "--log-level=warn", "--log-format=text")
	cmd.Env = append(os.Environ(), "POOLHOUSE_MASTER_KEY="+w.key.Text(),
		"POOLHOUSE_ROOT_ACCESS_KEY_ID="+rootID, "POOLHOUSE_ROOT_SECRET_ACCESS_KEY="+rootSecret)
	if w.url != "" {
		cmd.Env = append(cmd.Env, "POOLHOUSE_DATABASE="+w.url)
	}
	if w.server, err = startProcess(ctx, cmd, addr, "/_poolhouse/ready"); err != nil {
		stopSink()
		return fmt.Errorf("starting poolhouse: %w", err)
	}
	w.server.admin, w.stopSink = admin, stopSink
	w.client, err = dial(addr, connections, driver)
	return err
}

func (w *world) stop() error {
	if w.server == nil {
		return nil
	}
	var err error
	if w.client != nil {
		err = w.client.close()
	}
	err = errors.Join(err, w.server.stop())
	w.stopSink()
	w.server, w.client = nil, nil
	return err
}

// populate makes a pool and a client through the API, stops the server, and
// fills the store with n users, of whom active are signed in.
func (w *world) populate(ctx context.Context, n, active, withPassword int, random bool) error {
	if err := w.start(ctx, 1, leanDriver); err != nil {
		return err
	}
	err := w.createPool(ctx)
	if err := errors.Join(err, w.stop()); err != nil {
		return err
	}
	began := time.Now()
	s, err := w.open(ctx)
	if err != nil {
		return err
	}
	f, err := newFiller(ctx, s, w.key, w.poolID, w.clientID)
	if err == nil {
		w.size, w.passwords = n, withPassword
		w.users, err = f.fill(ctx, n, max(1, n/active), withPassword, random)
	}
	fmt.Fprintf(os.Stderr, "filled %d users in %s\n", n, time.Since(began).Round(time.Second))
	return cmp.Or(errors.Join(err, s.Close()), w.settle(ctx))
}

// settle has PostgreSQL do at once what it would do in the background in the
// minutes after the fill, beside the load: what is measured is a store that has been
// there for a while. SQLite leaves nothing behind when it is closed.
func (w *world) settle(ctx context.Context) error {
	if w.url == "" {
		return nil
	}
	conn, err := pgx.Connect(ctx, w.url)
	if err != nil {
		return err
	}
	for _, text := range []string{"VACUUM ANALYZE", "CHECKPOINT"} {
		if _, err := conn.Exec(ctx, text); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", text, err), conn.Close(ctx))
		}
	}
	return conn.Close(ctx)
}

// createPool makes the pool and the client that the load uses.
func (w *world) createPool(ctx context.Context) error {
	var made struct {
		UserPool       struct{ Id string }
		UserPoolClient struct{ ClientId string }
	}
	if err := call(ctx, w.server.addr, "CreateUserPool", map[string]any{"PoolName": "bench"}, &made); err != nil {
		return err
	}
	w.poolID = made.UserPool.Id
	// The tokens must outlive the whole run.
	err := call(ctx, w.server.addr, "CreateUserPoolClient", map[string]any{
		"UserPoolId": w.poolID, "ClientName": "bench", "AccessTokenValidity": 24,
		"ExplicitAuthFlows": []string{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"},
	}, &made)
	w.clientID = made.UserPoolClient.ClientId
	return err
}

// engineStore is a store with its life.
type engineStore interface {
	store.Store
	Close() error
}

// open opens the store while no server has it.
func (w *world) open(ctx context.Context) (engineStore, error) {
	if w.url != "" {
		return postgres.Open(ctx, postgres.Config{URL: w.url})
	}
	return sqlite.Open(ctx, sqlite.Config{Path: w.data})
}
