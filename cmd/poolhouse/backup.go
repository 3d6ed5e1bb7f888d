package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strconv"

	"poolhouse.dev/internal/backup"
	"poolhouse.dev/internal/config"
)

// envMasterKey holds the master key itself.
const envMasterKey = "POOLHOUSE_MASTER_KEY"

// defaultData is the data folder of `poolhouse serve` unless it is set.
const defaultData = "./poolhouse-data"

// backupArgs are the flags of `poolhouse backup`.
type backupArgs struct {
	adminArgs
	Data     string             `env:"-" xor:"store" placeholder:"FOLDER" help:"Read the embedded store in this folder, which no server may be using, instead of asking a server."`
	Database config.DatabaseURL `env:"-" xor:"store" placeholder:"URL" help:"Read this PostgreSQL database instead of asking a server. PGPASSWORD can hold the password."`
	KeyFile  string             `placeholder:"PATH" help:"With --data or --database, file of the master key (master.key in the data folder). POOLHOUSE_MASTER_KEY can hold the key instead."`
	Seal     bool               `env:"-" default:"true" negatable:"" help:"Seal the file with the store's keys. Unsealed, whoever has the file reads the names and attributes of all users."`
	Force    bool               `env:"-" help:"Replace the file if it is there."`
	File     string             `arg:"" help:"File to write, - for the standard output."`
}

// Help returns the paragraphs that `poolhouse backup --help` adds.
func (backupArgs) Help() string {
	return `Writes everything that is stored, as it stands at one instant, into one file, which poolhouse restore reads. A running server makes it and goes on answering, whichever database it uses; with --data or --database no server is asked.

The file is sealed with the store's keys, which the master key opens. The master key itself is not in the file: keep a copy of it apart, without it nothing can be restored. The passwords, codes and keys in the store are sealed in any case.

` + accessKeyHelp
}

// read are the settings of the store that the command reads itself.
func (a backupArgs) read(getenv func(string) string) config.Config {
	return storeConfig(a.Data, a.Database, a.KeyFile, getenv)
}

// storeConfig are the settings of a store for a command beside `poolhouse serve`.
func storeConfig(data string, database config.DatabaseURL, keyFile string, getenv func(string) string) config.Config {
	c := config.Config{Data: data, Database: database, MasterKey: config.NewSecret(getenv(envMasterKey))}
	if !c.MasterKey.IsSet() {
		c.KeyFile = cmp.Or(keyFile, filepath.Join(cmp.Or(data, defaultData), "master.key"))
	}
	return c
}

// backup makes a backup and tells what is in it.
func (s surroundings) backup(ctx context.Context, args backupArgs, r Runner) error {
	telling := s.stdout
	if args.File == "-" {
		if s.terminal {
			return errors.New("a backup is not for a terminal; name a file, or send the standard output to a program")
		}
		telling = s.stderr
	}
	write := func(w io.Writer) (backup.Summary, error) { return s.backupFromServer(ctx, args, w) }
	if args.Data != "" || args.Database.IsSet() {
		write = func(w io.Writer) (backup.Summary, error) { return s.backupOfStore(ctx, args, w, r) }
	}
	summary, err := s.writeBackup(args, write)
	if err != nil {
		// Not the context's own error, since a backup that was stopped is not made.
		return fmt.Errorf("no backup was made: %v", err)
	}
	if err := summary.Print(telling); err != nil {
		return err
	}
	if args.Seal {
		_, err = fmt.Fprintln(telling, "sealed: the master key opens it, and is not in it")
	} else {
		_, err = fmt.Fprintln(telling, "not sealed: keep it from other eyes; restoring it takes the master key, which is not in it")
	}
	return err
}

// writeBackup has write make the file that args name, which is there only when it is
// whole.
func (s surroundings) writeBackup(args backupArgs, write func(io.Writer) (backup.Summary, error)) (backup.Summary, error) {
	if args.File == "-" {
		return write(s.stdout)
	}
	f, err := backup.Create(args.File, args.Force)
	if err != nil {
		return backup.Summary{}, err
	}
	summary, err := write(f)
	if err != nil {
		return summary, errors.Join(err, f.Discard())
	}
	return summary, f.Keep()
}

func (s surroundings) backupFromServer(ctx context.Context, args backupArgs, w io.Writer) (summary backup.Summary, err error) {
	key, err := accessKey(s.environment.Get)
	if err != nil {
		return summary, err
	}
	shown := s.progress()
	defer shown.clear()
	out := io.MultiWriter(w, &counted{tell: func(n int64) { shown.show("%.1f MiB", float64(n)/(1<<20)) }})
	query := url.Values{"seal": {strconv.FormatBool(args.Seal)}}
	return summary, args.download(ctx, key, "/_poolhouse/backup", query, out, &summary)
}

func (s surroundings) backupOfStore(ctx context.Context, args backupArgs, w io.Writer, r Runner) (backup.Summary, error) {
	shown := s.progress()
	defer shown.clear()
	return r.backup(ctx, args.read(s.environment.Get), w, args.Seal, func(rows int64) { shown.show("%d rows", rows) })
}

// counted tells how much was written to it.
type counted struct {
	n    int64
	tell func(n int64)
}

func (c *counted) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	c.tell(c.n)
	return len(p), nil
}
