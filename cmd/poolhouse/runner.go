package main

import (
	"context"
	"fmt"
	"io"

	"poolhouse.dev/internal/app"
	"poolhouse.dev/internal/backup"
	"poolhouse.dev/internal/config"
)

// Runner holds the functions behind the commands. Each returns when its work is
// done or, after ctx is cancelled, when it has finished in good order. A nil
// function makes its command fail with an error that says so.
type Runner struct {
	// Serve runs a server until ctx is cancelled.
	Serve func(ctx context.Context, c config.Config) error
	// Dev runs a throw-away server with an inbox until ctx is cancelled.
	Dev func(ctx context.Context, c config.Config) error
	// Demo plays one user's way through a server and tells of it on w.
	Demo func(ctx context.Context, w io.Writer) error
	// Operations lists the API's operations and how far each is supported.
	Operations func(w io.Writer, asJSON bool) error
	// Backup, Restore and Verify are app's functions of these names.
	Backup  func(ctx context.Context, c config.Config, w io.Writer, seal bool, progress func(rows int64)) (backup.Summary, error)
	Restore func(ctx context.Context, c config.Config, in io.Reader, o app.RestoreOptions) (backup.Header, backup.Summary, error)
	Verify  func(ctx context.Context, c config.Config, in io.Reader) (backup.Summary, error)
	// Schema writes the statements that make the schema in a dialect, those after
	// a schema's number.
	Schema func(w io.Writer, dialect string, after int, asJSON bool) error
	// Distribute lets a database that runs Citus spread its tables, and tells of
	// each on w.
	Distribute func(ctx context.Context, database config.DatabaseURL, w io.Writer) error
}

func (r Runner) serve(ctx context.Context, c config.Config) error {
	if r.Serve == nil {
		return missing("serve")
	}
	return r.Serve(ctx, c)
}

func (r Runner) dev(ctx context.Context, c config.Config) error {
	if r.Dev == nil {
		return missing("dev")
	}
	return r.Dev(ctx, c)
}

func (r Runner) demo(ctx context.Context, w io.Writer) error {
	if r.Demo == nil {
		return missing("demo")
	}
	return r.Demo(ctx, w)
}

func (r Runner) operations(w io.Writer, asJSON bool) error {
	if r.Operations == nil {
		return missing("operations")
	}
	return r.Operations(w, asJSON)
}

func (r Runner) backup(ctx context.Context, c config.Config, w io.Writer, seal bool, progress func(rows int64)) (backup.Summary, error) {
	if r.Backup == nil {
		return backup.Summary{}, missing("backup")
	}
	return r.Backup(ctx, c, w, seal, progress)
}

func (r Runner) restore(ctx context.Context, c config.Config, in io.Reader, o app.RestoreOptions) (backup.Header, backup.Summary, error) {
	if r.Restore == nil {
		return backup.Header{}, backup.Summary{}, missing("restore")
	}
	return r.Restore(ctx, c, in, o)
}

func (r Runner) verify(ctx context.Context, c config.Config, in io.Reader) (backup.Summary, error) {
	if r.Verify == nil {
		return backup.Summary{}, missing("restore")
	}
	return r.Verify(ctx, c, in)
}

func (r Runner) printSchema(w io.Writer, args schemaPrintArgs) error {
	if r.Schema == nil {
		return missing("schema print")
	}
	return r.Schema(w, args.Dialect, args.After, args.JSON)
}

func (r Runner) distribute(ctx context.Context, args schemaDistributeArgs, w io.Writer) error {
	if r.Distribute == nil {
		return missing("schema distribute")
	}
	return r.Distribute(ctx, args.Database, w)
}

func missing(command string) error {
	return fmt.Errorf("this build has no %s; use a released binary or one built with it", command)
}
