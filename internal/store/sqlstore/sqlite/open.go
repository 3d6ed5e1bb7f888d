package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime"

	"modernc.org/sqlite"

	"poolhouse.dev/internal/store/sqlstore"
)

// FileName is the name of the database within its folder. Beside it lie the
// log and its index, which belong to it.
const FileName = "poolhouse.db"

// Config says where the store is.
type Config struct {
	// Path is the folder of the database. It is made when it does not exist,
	// readable by its owner only.
	Path string
	// CacheBytes is about how much memory the rows read and written last may
	// take; 0 stands for DefaultCacheBytes, and less than 0 for none.
	CacheBytes int
	// Logger is told what was found that an administrator has to know; nil for nobody.
	Logger *slog.Logger
	// Program is who opens the store; the zero Program is this one.
	Program sqlstore.Program
}

// DefaultCacheBytes is the size of the cache of rows unless configured.
const DefaultCacheBytes = 32 << 20

// Open opens the store in a folder, making it when there is none, and brings
// its schema up to date. The folder belongs to the Store until Close; the error
// is an ErrLocked when another process, or another Store, has it, an ErrUnfinished
// when a restore into it was broken off, and a *sqlstore.TooNewError when its schema
// is too new for the program.
func Open(ctx context.Context, c Config) (*Store, error) {
	if err := os.MkdirAll(c.Path, 0o700); err != nil {
		return nil, advise(fmt.Errorf("making the data folder: %w", err))
	}
	lock, err := lockFolder(c.Path)
	if err != nil {
		return nil, advise(err)
	}
	s, err := open(ctx, c)
	if err != nil {
		return nil, errors.Join(advise(fmt.Errorf("opening the store in %s: %w", c.Path, err)), lock.Close())
	}
	s.lock = lock
	return s, nil
}

func open(ctx context.Context, c Config) (*Store, error) {
	if err := refuseUnfinished(c.Path); err != nil {
		return nil, err
	}
	source, err := c.source(FileName)
	if err != nil {
		return nil, err
	}
	if err := source.create(); err != nil {
		return nil, err
	}
	lost, torn, err := inspectLog(source.file + "-wal")
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading the log: %w", err)
	case lost > 0 && c.Logger != nil:
		c.Logger.Error("the log of the database is damaged: acknowledged changes at its end are lost, and the database is as it was before them",
			"file", source.file+"-wal", "commits", lost)
	}
	// The first connection turns the log on; it stays on in the file.
	write, err := source.writer()
	if err != nil {
		return nil, err
	}
	if torn {
		// What cannot be read must not be taken for damage again after the next crash.
		if err := emptyLog(write); err != nil {
			return nil, errors.Join(fmt.Errorf("emptying the log: %w", err), write.close())
		}
	}
	if err := source.migrate(ctx, c.Program); err != nil {
		var tooNew *sqlstore.TooNewError
		if !errors.As(err, &tooNew) {
			err = errors.Join(err, write.damage())
		}
		return nil, errors.Join(err, write.close())
	}
	compact, err := compactTables(write)
	if err != nil {
		return nil, errors.Join(err, write.close())
	}
	data, err := os.Open(source.file)
	if err != nil {
		return nil, errors.Join(err, write.close())
	}
	s := &Store{
		readers: newReaders(source.reader, max(4, runtime.GOMAXPROCS(0))),
		cache:   newCache(cmp.Or(c.CacheBytes, DefaultCacheBytes)),

		readTexts: readTexts(compact),
		decoys:    sqlstore.NewDecoys(),
	}
	s.writer = newWriter(write, source, data, s.readers, s.cache, compact)
	go s.writer.run()
	return s, nil
}

// source makes connections to one database file. It is all that knows the
// driver by name.
type source struct {
	file   string
	places places
}

// source returns how a file in the folder is reached.
func (c Config) source(name string) (*source, error) {
	if err := registerLogFiles(); err != nil {
		return nil, err
	}
	return &source{file: filepath.Join(c.Path, name)}, nil
}

// create makes the file, readable by its owner only; SQLite gives the files
// beside it the same permissions.
func (s *source) create() error {
	f, err := os.OpenFile(s.file, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// Settings of connections. The log is synced at every commit, before COMMIT
// returns; checkpoints sync the log and then the file.
const (
	// pageSize is fixed when the file is made.
	pageSize = 4096
	// busyMillis is for the moment when a checkpoint or a recovery holds a lock;
	// nobody else writes.
	busyMillis = 10_000
	// logLimit is the size in bytes that the log is cut back to after a burst: what it
	// has when the writer begins to help. A log that is cut back in the usual case, too, gives
	// blocks to the file system only to ask for them again, and both hold up commits.
	logLimit = longLog * usualLogPages * (pageSize + frameHeader)
)

func (s *source) writer() (*conn, error) {
	return s.open(
		fmt.Sprintf("page_size = %d", pageSize),
		"journal_mode = WAL",
		"synchronous = FULL",
		"cache_size = -24576",
		"wal_autocheckpoint = 0", // see checkpoint.go
		fmt.Sprintf("journal_size_limit = %d", logLimit),
	)
}

func (s *source) reader() (*conn, error) {
	return s.open("cache_size = -4096", "query_only = 1")
}

func (s *source) open(pragmas ...string) (*conn, error) {
	dc, err := (&sqlite.Driver{}).Open(s.dsn())
	if err != nil {
		return nil, err
	}
	c, err := newConn(dc)
	if err != nil {
		return nil, err
	}
	common := []string{"foreign_keys = 0", "temp_store = MEMORY", "trusted_schema = 0"}
	for _, p := range append(common, pragmas...) {
		if _, err := c.exec("PRAGMA "+p, nil); err != nil {
			return nil, errors.Join(fmt.Errorf("setting %s: %w", p, err), c.close())
		}
	}
	return c, nil
}

// dsn has the timeout, since turning the log on may already have to wait. A file that
// is gone is not made anew.
func (s *source) dsn() string {
	values := url.Values{"_pragma": {fmt.Sprintf("busy_timeout(%d)", busyMillis)}, "vfs": {logFiles}, "mode": {"rw"}}
	u := url.URL{Scheme: "file", Path: s.file, RawQuery: values.Encode()}
	if !filepath.IsAbs(s.file) {
		u = url.URL{Scheme: "file", Opaque: (&url.URL{Path: s.file}).EscapedPath(), RawQuery: values.Encode()}
	}
	return u.String()
}

func (s *source) migrate(ctx context.Context, p sqlstore.Program) error {
	db, err := sql.Open("sqlite", s.dsn())
	if err != nil {
		return err
	}
	return errors.Join(sqlstore.Migrate(ctx, db, sqlstore.SQLite, p), db.Close())
}
