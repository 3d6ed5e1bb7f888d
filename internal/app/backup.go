package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"poolhouse.dev/internal/backup"
	"poolhouse.dev/internal/config"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/store/sqlstore"
	"poolhouse.dev/internal/store/sqlstore/postgres"
	"poolhouse.dev/internal/store/sqlstore/sqlite"
	"poolhouse.dev/internal/vault"
)

// backupPath is where administrators get a backup of the whole store, with requests that
// are signed like those of operations. ?seal=false leaves it in the clear.
const backupPath = "/_poolhouse/backup"

// backups answers with a backup of the server's store.
type backups struct {
	engine engine
	kind   string
	vault  *vault.Vault
	now    func() time.Time
	// one is held while a backup is made: each holds on to what was written since.
	one sync.Mutex
}

func (b *backups) call(ctx context.Context, r *http.Request, w io.Writer) (any, []slog.Attr, error) {
	seal := r.URL.Query().Get("seal")
	if seal != "" && seal != "true" && seal != "false" {
		return nil, nil, fault.InvalidParameterf("seal: want true or false, not %q", seal)
	}
	told := []slog.Attr{slog.Bool("sealed", seal != "false")}
	if !b.one.TryLock() {
		return nil, told, fault.TooManyRequests("Another backup is being made. Wait for its end.")
	}
	defer b.one.Unlock()
	snapshot, err := b.engine.Snapshot(ctx)
	if err != nil {
		return nil, told, err
	}
	var unlock backup.Unlock
	if seal != "false" {
		unlock = func(context.Context, []byte) (*vault.Vault, error) { return b.vault, nil }
	}
	summary, err := writeBackup(ctx, w, snapshot, backup.Options{Header: backup.Header{Engine: b.kind, TakenAt: b.now()}, Unlock: unlock})
	if errors.Is(err, errSchemaAhead) {
		err = fault.OperationNotEnabled("The schema of the database is that of a newer release than this server. Ask a server of that release.")
	}
	return summary, append(told, slog.Int64("rows", summary.Rows())), errors.Join(err, snapshot.Close())
}

// errSchemaAhead says that this program would leave out what it does not know of.
var errSchemaAhead = errors.New("the store was brought up to date by a newer release than this one; take the backup with that release")

// writeBackup writes a backup of a snapshot.
func writeBackup(ctx context.Context, w io.Writer, snapshot sqlstore.Snapshot, o backup.Options) (backup.Summary, error) {
	schema, err := snapshot.Schema(ctx)
	if err != nil {
		return backup.Summary{}, err
	}
	switch known := sqlstore.SchemaVersion(); {
	case schema > known:
		return backup.Summary{}, errSchemaAhead
	case schema < known:
		return backup.Summary{}, fmt.Errorf("the schema %d of the store is behind this release's %d; start a server of this release on it first, or take the backup with the release that ran on it", schema, known)
	}
	o.Header.Schema, o.Header.Release, o.Header.TakenAt = schema, version(), o.Header.TakenAt.UTC().Truncate(time.Second)
	return backup.Write(ctx, w, snapshot, o)
}

// Backup writes a backup of the store that c names, read by this process itself: of a
// database, or of a data folder that no server uses. It is sealed unless seal is false,
// which is the one case without the master key. progress is told the rows so far.
func Backup(ctx context.Context, c config.Config, w io.Writer, seal bool, progress func(rows int64)) (backup.Summary, error) {
	snapshot, err := openSnapshot(ctx, c)
	if err != nil {
		return backup.Summary{}, err
	}
	o := backup.Options{Header: backup.Header{Engine: engineKind(c), TakenAt: time.Now()}, Progress: progress}
	if seal {
		o.Unlock = unlockWith(c)
	}
	summary, err := writeBackup(ctx, w, snapshot, o)
	return summary, errors.Join(err, snapshot.Close())
}

func openSnapshot(ctx context.Context, c config.Config) (sqlstore.Snapshot, error) {
	if c.Database.IsSet() {
		snapshot, err := postgres.OpenSnapshot(ctx, postgres.Config{URL: c.Database.Reveal(), AllowUnsafeDurability: true})
		if err != nil {
			return nil, fmt.Errorf("--database: %w", err)
		}
		return snapshot, nil
	}
	snapshot, err := sqlite.OpenSnapshot(ctx, sqlite.Config{Path: c.Data})
	if errors.Is(err, sqlite.ErrLocked) {
		return nil, fmt.Errorf("--data: %w; if a server runs on it, leave --data out and have the server make the backup", err)
	}
	if err != nil {
		return nil, fmt.Errorf("--data: %w", err)
	}
	return snapshot, nil
}

func engineKind(c config.Config) string {
	if c.Database.IsSet() {
		return "PostgreSQL"
	}
	return "SQLite"
}

// unlockWith opens the data keys of a backup, or of a store, with the configured key.
func unlockWith(c config.Config) backup.Unlock {
	return func(ctx context.Context, keyset []byte) (*vault.Vault, error) {
		key, err := presentKey(c)
		if err != nil {
			return nil, fmt.Errorf("%w; it has to be the master key of the store that was backed up", err)
		}
		v, err := vault.Open(ctx, key, keyset)
		if errors.Is(err, vault.ErrWrongKey) {
			return nil, fmt.Errorf("%s: this is not the master key of the store that was backed up, or the backup is damaged; give the key that the store was made with", keySetting(c))
		}
		return v, err
	}
}
