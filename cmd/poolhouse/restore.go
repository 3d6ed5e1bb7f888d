package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"poolhouse.dev/internal/app"
	"poolhouse.dev/internal/backup"
	"poolhouse.dev/internal/config"
)

// restoreArgs are the flags of `poolhouse restore`.
type restoreArgs struct {
	Data                     string             `default:"./poolhouse-data" placeholder:"FOLDER" help:"Folder to make the embedded store in, which has none (${default})."`
	Database                 config.DatabaseURL `placeholder:"URL" help:"Empty PostgreSQL database to restore into, in place of the embedded store. Prefer the variable, since other users of the machine can see a command line."`
	DatabaseUnsafeDurability bool               `help:"Accept a PostgreSQL server whose fsync or synchronous_commit is off."`
	KeyFile                  string             `placeholder:"PATH" help:"File of the master key of the store that was backed up (master.key in the data folder). POOLHOUSE_MASTER_KEY can hold the key instead."`
	VerifyOnly               bool               `env:"-" help:"Only check that the file is whole and can be restored. A file that is not sealed needs no master key for that."`
	EndSignIns               bool               `env:"-" help:"End every sign-in that the backup has, so that everybody has to sign in again."`
	File                     string             `arg:"" help:"File that poolhouse backup made, - for the standard input."`
}

// Help returns the paragraphs that `poolhouse restore --help` adds.
func (restoreArgs) Help() string {
	return `Restores a backup into an empty store, of either kind, whichever the backup is of: a folder without a store, or a database without rows. No server may run on it. Everything is there when the command has ended with success, and nothing otherwise.

It takes the master key of the store that was backed up, which is not in the backup. Start the servers with that key, too.

What was changed after the backup is as it was before: users who were deleted are back, and sign-ins that were ended since are good again, unless --end-sign-ins is given.`
}

// restore restores a backup, or only checks it, and tells what is in it.
func (s surroundings) restore(ctx context.Context, args restoreArgs, r Runner) error {
	c := storeConfig(args.Data, args.Database, args.KeyFile, s.environment.Get)
	c.DatabaseUnsafeDurability = args.DatabaseUnsafeDurability
	shown := s.progress()
	in := &meter{Reader: s.stdin, shown: shown, what: "checking"}
	var file io.Reader = in
	if args.File != "-" {
		f, err := os.Open(args.File)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		in.Reader = f
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			in.size = info.Size()
			file = &rereadable{meter: in, file: f}
		}
	}
	if args.VerifyOnly {
		summary, err := r.verify(ctx, c, file)
		shown.clear()
		if err != nil {
			return fmt.Errorf("%v", err) // a check that was stopped has checked nothing
		}
		return errors.Join(summary.Print(s.stdout), tell(s.stdout, "the backup is whole and can be restored"))
	}
	o := app.RestoreOptions{RestoreOptions: backup.RestoreOptions{EndSignIns: args.EndSignIns}, Phase: func(what string) { in.what = what }}
	h, summary, err := r.restore(ctx, c, file, o)
	shown.clear()
	if err != nil {
		return fmt.Errorf("nothing was restored: %v", err)
	}
	err = errors.Join(summary.Print(s.stdout), tell(s.stdout, "restored the backup of %s; what is stored has the same digest", h.TakenAt.Format(time.RFC3339)))
	if args.EndSignIns {
		err = errors.Join(err, tell(s.stdout, "then removed its sign-ins: everybody has to sign in again"))
	}
	return err
}

func tell(w io.Writer, format string, args ...any) error {
	_, err := fmt.Fprintf(w, format+"\n", args...)
	return err
}

// meter shows how much of a file was read.
type meter struct {
	io.Reader
	shown      progress
	what       string
	read, size int64
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.Reader.Read(p)
	m.read += int64(n)
	if m.size > 0 {
		m.shown.show("%s %3d%%", m.what, 100*m.read/m.size)
	} else {
		m.shown.show("%s %.1f MiB", m.what, float64(m.read)/(1<<20))
	}
	return n, err
}

// rereadable is a meter of a file that can be read again.
type rereadable struct {
	*meter
	file *os.File
}

func (r *rereadable) Seek(offset int64, whence int) (int64, error) {
	at, err := r.file.Seek(offset, whence)
	r.read = at
	return at, err
}
