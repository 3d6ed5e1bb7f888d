package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore"
)

// Defaults and limits of a Store.
const (
	defaultMaxConns = 16
	// workTimeout bounds one exchange with the server. It is long, because the
	// end of a transaction is worth waiting for.
	workTimeout = 10 * time.Second
	// settleTimeout is how long a commit whose reply was lost is asked after.
	settleTimeout = 10 * time.Second
)

// load is how the work is shared out.
type load struct {
	// readers and writers are the loops that each have one exchange with the server
	// at a time, with at most so many reads and writes in it.
	readers, writers int
	reads, writes    int
}

// together is for one machine: few exchanges, with as much in each as there is.
var together = load{readers: 2, writers: 1, reads: 256, writes: 128}

// apart is for many machines, with a number of connections. The transactions of a
// session come one after the other, each with a sync on the machine of its row,
// so that many sessions with a little each keep the machines busy.
func apart(conns int32) load {
	n := max(1, int(conns)/3)
	return load{readers: n, writers: n, reads: 32, writes: 16}
}

// Config says which database to use and how.
type Config struct {
	// URL is a connection URL or a list of key=value settings, as libpq takes
	// them.
	URL string
	// MaxConns bounds the connections of this process; 0 is what the URL says with
	// pool_max_conns, or else 16. There are at least 4.
	MaxConns int
	// AllowUnsafeDurability accepts a server that may forget an acknowledged
	// commit in a crash: fsync or synchronous_commit is off.
	AllowUnsafeDurability bool
	// Program is who opens the store; the zero Program is this one.
	Program sqlstore.Program
	// Spread is for a database that spreads rows over machines: every read, and
	// every set of one statement, is a transaction of its own. It is set by itself
	// where the server runs Citus.
	Spread bool
	// Logger hears of commits that had to be settled; nil is
	// slog.Default().
	Logger *slog.Logger
	// Dial opens connections to the server; nil is a net.Dialer that notices when
	// the server's machine falls silent.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Store is a store.Store in PostgreSQL. Its methods are safe for concurrent use.
type Store struct {
	config  Config
	pool    *pgxpool.Pool
	log     *slog.Logger
	reads   *queue[*readJob]
	writes  *queue[*writeJob]
	metrics metrics
	spread  bool
	dialect sqlstore.Dialect
	// merges says that updates of one table become one statement, which is in merged.
	merges bool
	merged map[row.Table]mergedUpdate
	load   load
	decoys *sqlstore.Decoys

	// mu guards closed; a call in flight holds a count of calls.
	mu     sync.RWMutex
	closed bool
	calls  sync.WaitGroup
	loops  sync.WaitGroup
}

var _ store.Store = (*Store)(nil)

// Open connects to the database, brings its schema up to date, and returns the
// store. Nodes may start at the same time: one migrates, the others wait. A
// server that would not keep what it acknowledged is refused with an error that
// names the setting, and one that runs Citus unless Distribute was there first. A
// schema that is too new for the program is a *sqlstore.TooNewError.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	settings, err := poolConfig(cfg)
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, settings)
	if err != nil {
		return nil, fmt.Errorf("opening the connection pool: %w", err)
	}
	s := &Store{config: cfg, pool: pool, log: cfg.Logger, reads: newQueue[*readJob](), writes: newQueue[*writeJob](), load: together, decoys: sqlstore.NewDecoys()}
	if err := s.prepare(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	if s.spread {
		s.load = apart(pool.Config().MaxConns)
	}
	for range s.load.readers {
		s.loops.Go(s.readLoop)
	}
	for range s.load.writers {
		s.loops.Go(s.writeLoop)
	}
	return s, nil
}

// prepare looks at what kind of database it is and brings its schema up to date.
func (s *Store) prepare(ctx context.Context) error {
	if err := s.pool.Ping(ctx); err != nil {
		return fmt.Errorf("connecting to PostgreSQL: %w", err)
	}
	k, err := kindOf(ctx, s.pool)
	if err != nil {
		return err
	}
	s.spread, s.merges = s.config.Spread || k.citus, k.plansByKey
	if s.dialect, err = migrate(ctx, stdlib.OpenDBFromPool(s.pool), k.dialect(s.config.Spread), s.config.Program); err != nil {
		return err
	}
	s.merged = mergedUpdates(s.dialect)
	if k.citus {
		return checkCitus(ctx, s.pool, s.dialect)
	}
	return nil
}

// migrate brings a schema up to date and closes db. It returns the dialect of the
// statements that the schema is for.
func migrate(ctx context.Context, db *sql.DB, d sqlstore.Dialect, p sqlstore.Program) (sqlstore.Dialect, error) {
	defer db.Close()
	if err := sqlstore.Migrate(ctx, db, d, p); err != nil {
		return d, fmt.Errorf("bringing the schema up to date: %w", err)
	}
	return sqlstore.DialectOf(ctx, db)
}

// Ping reports whether the database answers; if not, the error is
// store.ErrUnavailable.
func (s *Store) Ping(ctx context.Context) error {
	if !s.enter() {
		return errClosed
	}
	defer s.calls.Done()
	if err := s.pool.Ping(ctx); err != nil {
		return unavailable(err)
	}
	return nil
}

// Clock returns the database's time, which is the same for every node.
func (s *Store) Clock(ctx context.Context) (time.Time, error) {
	if !s.enter() {
		return time.Time{}, errClosed
	}
	defer s.calls.Done()
	var now time.Time
	if err := s.pool.QueryRow(ctx, "SELECT clock_timestamp()").Scan(&now); err != nil {
		return time.Time{}, unavailable(err)
	}
	return now, nil
}

// Close waits for the calls in flight and closes every connection. Later calls
// are answered with store.ErrUnavailable.
func (s *Store) Close() error {
	s.mu.Lock()
	closed := s.closed
	s.closed = true
	s.mu.Unlock()
	if closed {
		return nil
	}
	s.calls.Wait()
	s.reads.close()
	s.writes.close()
	s.loops.Wait()
	s.pool.Close()
	return nil
}

var errClosed = fmt.Errorf("%w: %w", store.ErrUnavailable, errors.New("the store is closed"))

// enter counts a call in; it reports false after Close.
func (s *Store) enter() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return false
	}
	s.calls.Add(1)
	return true
}
