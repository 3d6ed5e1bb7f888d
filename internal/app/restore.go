package app

import (
	"context"
	"fmt"
	"io"

	"poolhouse.dev/internal/backup"
	"poolhouse.dev/internal/config"
	"poolhouse.dev/internal/store/sqlstore"
	"poolhouse.dev/internal/store/sqlstore/postgres"
	"poolhouse.dev/internal/store/sqlstore/sqlite"
)

// RestoreOptions are how a backup is restored.
type RestoreOptions struct {
	backup.RestoreOptions
	// Phase, if not nil, is told what begins: "checking", if the file is read twice, and
	// "restoring".
	Phase func(what string)
}

// Restore restores a backup into the store that c names, which must be empty, with the
// master key that c names. A file that can be read twice is verified before anything is
// written; another one is while it is written, and what was written counts only after
// that.
func Restore(ctx context.Context, c config.Config, in io.Reader, o RestoreOptions) (backup.Header, backup.Summary, error) {
	unlock := unlockWith(c)
	r, err := backup.NewReader(ctx, in, unlock)
	if err != nil {
		return backup.Header{}, backup.Summary{}, err
	}
	h := r.Header()
	if !h.Sealed() {
		// What is sealed in the rows is worthless without the key.
		if _, err := unlock(ctx, h.Keyset); err != nil {
			return h, backup.Summary{}, err
		}
	}
	to := restoreTo(c)
	if err := to.vacant(ctx, h.Schema); err != nil {
		return h, backup.Summary{}, fmt.Errorf("%s: %w", to.setting, err)
	}
	if again, ok := in.(io.Seeker); ok {
		o.begin("checking")
		if r, err = verifyFirst(ctx, in, again, unlock); err != nil {
			return h, backup.Summary{}, err
		}
	}
	o.begin("restoring")
	var summary backup.Summary
	err = to.restore(ctx, h.Schema, func(ctx context.Context, target sqlstore.Target) (err error) {
		summary, err = backup.Restore(ctx, target, r, o.RestoreOptions)
		return err
	})
	return h, summary, err
}

func (o RestoreOptions) begin(what string) {
	if o.Phase != nil {
		o.Phase(what)
	}
}

// verifyFirst reads the file from its start to its end, and returns a reader that is at
// its start.
func verifyFirst(ctx context.Context, in io.Reader, again io.Seeker, unlock backup.Unlock) (*backup.Reader, error) {
	if _, err := again.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	if _, err := backup.Verify(ctx, in, unlock); err != nil {
		return nil, err
	}
	if _, err := again.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return backup.NewReader(ctx, in, unlock)
}

// VerifyBackup reads a backup to its end and writes nothing. The master key that c names
// is needed for a sealed one.
func VerifyBackup(ctx context.Context, c config.Config, in io.Reader) (backup.Summary, error) {
	return backup.Verify(ctx, in, unlockWith(c))
}

// destination is an engine as something to restore into.
type destination struct {
	setting string
	vacant  func(ctx context.Context, version int64) error
	restore func(ctx context.Context, version int64, fill func(context.Context, sqlstore.Target) error) error
}

func restoreTo(c config.Config) destination {
	if c.Database.IsSet() {
		server := postgres.Config{URL: c.Database.Reveal(), AllowUnsafeDurability: c.DatabaseUnsafeDurability}
		return destination{
			setting: "--database",
			vacant:  func(ctx context.Context, version int64) error { return postgres.Vacant(ctx, server, version) },
			restore: func(ctx context.Context, version int64, fill func(context.Context, sqlstore.Target) error) error {
				return postgres.Restore(ctx, server, version, fill)
			},
		}
	}
	folder := sqlite.Config{Path: c.Data}
	return destination{
		setting: "--data",
		vacant:  func(context.Context, int64) error { return sqlite.Vacant(folder) },
		restore: func(ctx context.Context, version int64, fill func(context.Context, sqlstore.Target) error) error {
			return sqlite.Restore(ctx, folder, version, fill)
		},
	}
}
