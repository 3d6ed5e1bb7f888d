package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"poolhouse.dev/internal/breach"
	"poolhouse.dev/internal/config"
	"poolhouse.dev/internal/guard"
	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/notify/inbox"
	"poolhouse.dev/internal/outbox"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/cached"
	"poolhouse.dev/internal/sweep"
	"poolhouse.dev/internal/telemetry"
	"poolhouse.dev/internal/threat"
	"poolhouse.dev/internal/threat/geoip"
	"poolhouse.dev/internal/token"
	"poolhouse.dev/internal/trigger"
)

// configLife is how long another node may go on with a pool's or client's
// configuration from before a change.
const configLife = 2 * time.Second

// keyStock is how many RSA keys wait for new pools; a pool takes two.
const keyStock = 8

// Options are what a process, not its administrator, decides.
type Options struct {
	// Log is where log lines go.
	Log io.Writer
	// Terminal, if not nil, is a terminal that a new root access key is shown on.
	Terminal io.Writer
	// Now is the clock; nil is time.Now.
	Now func() time.Time

	// ownClock says that Now was set.
	ownClock bool
}

// Server is a running poolhouse.
type Server struct {
	config   config.Config
	logger   *slog.Logger
	engine   engine
	listener net.Listener
	server   *http.Server
	// underWay counts the requests that are being read or answered.
	underWay atomic.Int64
	// admin and adminAddr are unset without an admin listener.
	admin     *http.Server
	adminAddr string
	stop      context.CancelFunc
	workers   sync.WaitGroup
	failed    chan error
	inbox     *inbox.Inbox
	// places says where addresses are; nil without a file.
	places *geoip.Places
	// ways are the drivers of messages.
	ways  notify.Router
	ready func(context.Context) error
	// breached is the file of breached passwords, nil for none.
	breached *breach.File
}

// Start opens the store, brings it up to date, and answers requests from the
// moment it returns. An error names the setting that is wrong. The caller ends
// the server with Close.
func Start(ctx context.Context, c config.Config, o Options) (*Server, error) {
	if o.ownClock = o.Now != nil; !o.ownClock {
		o.Now = time.Now
	}
	logger, err := telemetry.NewLogger(telemetry.LogOptions{Writer: o.Log, Level: c.Log.Level, Format: c.Log.Format})
	if err != nil {
		return nil, err
	}
	for _, w := range c.Warnings() {
		logger.Warn(w)
	}
	s := &Server{config: c, logger: logger, failed: make(chan error, 2)}
	if err := s.start(ctx, o); err != nil {
		return nil, errors.Join(err, s.release())
	}
	return s, nil
}

// start fills the server in, step by step; what a failed start leaves open is
// for release to close.
func (s *Server) start(ctx context.Context, o Options) (err error) {
	c := s.config
	if s.engine, err = openEngine(ctx, c, s.logger); err != nil {
		return err
	}
	metrics := telemetry.NewMetrics(telemetry.MetricsOptions{Operations: operationNames(), Version: version()})
	// What was remembered grows old by real time, whatever clock the server judges by.
	st := cached.New(measured{s.engine, store.LenderOf(s.engine), metrics.Commit}, configLife, time.Now)
	ring, v, err := openVault(ctx, c, st, o.Now)
	if err != nil {
		return err
	}
	if ring.Outlived() {
		s.logger.Warn("only the next master key opens the store; put it in the place of the present one, and keep that for backups")
	}
	roots, err := ensureRootKey(ctx, c, st, v, o.Terminal, o.Now())
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	s.listener = newCrowd(l, s.logger)
	if c.Mode == config.ModeDev {
		s.inbox = inbox.New(inbox.Config{Capacity: c.Inbox.Size, Now: o.Now, AllowedHosts: allowedHosts(c)})
	}
	policy, err := newPolicy(c)
	if err != nil {
		return err
	}
	triggers, err := newTriggers(c, policy, s.logger, metrics.Trigger)
	if err != nil {
		return err
	}
	keys, err := newKeys(c, policy)
	if err != nil {
		return err
	}
	if s.ways, err = newDriver(c, policy, s.inbox, trigger.NewSenders(triggers, keys), o.Now); err != nil {
		return err
	}
	limiter, err := newLimiter(c, newLedger(s.engine, st, o, s.logger), o.Now)
	if err != nil {
		return err
	}
	wall, err := newFirewall(c.WebACLs, s.logger, o.Now)
	if err != nil {
		return err
	}
	places, err := s.openPlaces(c.GeoIP)
	if err != nil {
		return err
	}
	judge, err := s.newPasswords(st, v)
	if err != nil {
		return err
	}
	box := outbox.New(outbox.Config{Store: st, Vault: v, Driver: s.ways, Logger: s.logger, Now: o.Now, Observe: metrics.Delivery, ObserveWaiting: metrics.Outbox})
	stock := token.NewStock(v, keyStock)
	s.ready = s.engine.Ping
	watchman := guard.New(guard.Deps{Store: st, Vault: v, Outbox: box, Places: places, Known: s.knownPassword, PublicURL: c.PublicURLFor(s.listener.Addr().String()), Logger: s.logger, Now: o.Now})
	handler := s.routes(parts{
		config: c, guard: watchman, store: st, vault: v, ring: ring, outbox: box, triggers: triggers, passwords: judge, limiter: limiter, firewall: wall, stock: stock, logger: s.logger,
		publicURL: c.PublicURLFor(s.listener.Addr().String()), now: o.Now,
	}, roots, metrics)
	if err := s.serve(handler, metrics); err != nil {
		return err
	}
	sweeper := sweep.New(st, s.logger, o.Now)
	follow := func(ctx context.Context) {
		v.Run(ctx, func(err error) { s.logger.Error("the data keys could not be followed", "error", err) })
	}
	s.work(box.Run, sweeper.Run, watchman.Run, follow, func(ctx context.Context) { _ = stock.Run(ctx) })
	s.logger.Info("poolhouse is ready", "listen", s.listener.Addr().String(), "issuer_base", c.PublicURLFor(s.listener.Addr().String()))
	return nil
}

// work runs the background workers until Close.
func (s *Server) work(runs ...func(context.Context)) {
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	for _, run := range runs {
		s.workers.Go(func() { run(ctx) })
	}
}

// Addr returns the address that the server answers on.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// AdminAddr returns the address of metrics and profiles, "" without one.
func (s *Server) AdminAddr() string { return s.adminAddr }

// Failed tells when a listener gave up by itself.
func (s *Server) Failed() <-chan error { return s.failed }

// Close lets requests under way finish, as long as the configuration allows,
// and then closes the store. What was acknowledged is stored. The error says how
// many requests were cut off.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), s.config.ShutdownTimeout)
	defer cancel()
	err := s.server.Shutdown(ctx)
	if s.admin != nil {
		err = errors.Join(err, s.admin.Shutdown(ctx))
	}
	if err != nil {
		err = fmt.Errorf("stopping: requests cut off that had not finished after --shutdown-timeout (%s): %d (%w)",
			s.config.ShutdownTimeout, s.underWay.Load(), errors.Join(err, s.server.Close()))
	}
	return errors.Join(err, s.release())
}

// release ends the workers and closes what is open.
func (s *Server) release() error {
	if s.stop != nil {
		s.stop()
		s.workers.Wait()
	}
	err := s.ways.Close()
	if s.places != nil {
		err = errors.Join(err, s.places.Close())
	}
	if s.listener != nil {
		if e := s.listener.Close(); e != nil && !errors.Is(e, net.ErrClosed) {
			err = errors.Join(err, e)
		}
	}
	if s.engine != nil {
		err = errors.Join(err, s.engine.Close())
	}
	if s.breached != nil {
		err = errors.Join(err, s.breached.Close())
	}
	return err
}

// openPlaces opens the file that says where addresses are; "" is none.
func (s *Server) openPlaces(path string) (threat.Places, error) {
	if path == "" {
		return nil, nil
	}
	var err error
	if s.places, err = geoip.Open(path); err != nil {
		return nil, fmt.Errorf("--geoip-database: %w", err)
	}
	return s.places, nil
}

// tuneMemory lets the heap grow further between collections than Go does by
// itself, within a bound; the usual variables of the runtime overrule it.
func tuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(170 << 20)
	}
}

// Run starts a server that has the process to itself, and keeps it until ctx
// ends or a listener fails.
func Run(ctx context.Context, c config.Config, o Options) error {
	tuneMemory()
	s, err := Start(ctx, c, o)
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return s.Close()
	case err := <-s.Failed():
		return errors.Join(err, s.Close())
	}
}
