package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/alecthomas/kong"
	"golang.org/x/term"

	"poolhouse.dev/internal/config"
)

// The exit codes.
const (
	exitOK    = 0
	exitError = 1
	exitUsage = 2
)

const description = `Amazon Cognito user pools on your own machine.

Every setting can be given as a flag, as the variable named beside it, or in the JSON file that --config names; the first of these wins.`

// grammar is the command line.
type grammar struct {
	Serve      config.Serve   `cmd:"" help:"Run a server for real users."`
	Dev        config.Dev     `cmd:"" help:"Run a throw-away server for development. E-mails and text messages land in an inbox on this machine."`
	Demo       struct{}       `cmd:"" help:"Show one user signing up and signing in, on a server that is gone afterwards."`
	Operations operationsArgs `cmd:"" help:"List the operations of the API and how far each is supported."`
	History    historyArgs    `cmd:"" help:"Write the history of changes of attributes that a running server keeps."`
	Import     importArgs     `cmd:"" name:"import-users" help:"Make users of another system users of a pool, with the hashes of their passwords, on a running server."`
	Rotate     rotateArgs     `cmd:"" name:"rotate-keys" help:"Give a user pool new keys to sign its tokens with, on a running server."`
	MasterKey  masterKeyArgs  `cmd:"" name:"rotate-master-key" help:"Change the master key of a running store."`
	DataKeys   dataKeysArgs   `cmd:"" name:"rotate-data-keys" help:"Make a new key for all that a running store keeps sealed."`
	Reseal     resealArgs     `cmd:"" name:"reseal" help:"Seal anew what an old data key sealed, on a running server."`
	Backup     backupArgs     `cmd:"" help:"Write everything that is stored into one file, while the server runs."`
	Restore    restoreArgs    `cmd:"" help:"Restore a backup into an empty store."`
	Schema     schemaArgs     `cmd:"" help:"Print the schema of the database, or spread it over machines."`
	Version    struct{}       `cmd:"" help:"Print the version."`
}

type operationsArgs struct {
	JSON bool `name:"json" env:"-" help:"Print JSON instead of a table."`
}

// surroundings are what the command line touches of its process.
type surroundings struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	// terminal is whether stdout is one.
	terminal    bool
	environment config.Environment
	// exit ends the process at once, for the second signal.
	exit func(code int)
}

func process() surroundings {
	return surroundings{
		stdin:    os.Stdin,
		stdout:   os.Stdout,
		stderr:   os.Stderr,
		terminal: term.IsTerminal(int(os.Stdout.Fd())),
		environment: config.Environment{
			Vars:     os.Environ(),
			Terminal: term.IsTerminal(int(os.Stderr.Fd())),
		},
		exit: os.Exit,
	}
}

// run parses args, runs the command and returns the exit code.
func run(args []string, s surroundings, r Runner) int {
	var g grammar
	helped := false
	parser, err := kong.New(&g,
		kong.Name("poolhouse"),
		kong.Description(description),
		kong.Writers(s.stdout, s.stderr),
		// The parser exits only after it has printed help, and goes on if the
		// function returns.
		kong.Exit(func(int) { helped = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		config.EnvVars(),
		config.Parsers(),
	)
	if err != nil {
		return report(s.stderr, exitError, err, "")
	}
	command, err := parser.Parse(args)
	switch {
	case helped:
		return exitOK
	case err != nil:
		return report(s.stderr, exitUsage, err, hint(args))
	}
	return execute(command.Command(), &g, s, r)
}

// execute runs one command with its settings.
func execute(command string, g *grammar, s surroundings, r Runner) int {
	var settings config.Config
	var err error
	command, _, _ = strings.Cut(command, " <") // without the names of its arguments
	switch command {
	case "serve":
		settings, err = g.Serve.Load(s.environment)
	case "dev":
		settings, err = g.Dev.Load(s.environment)
	}
	if err != nil {
		return report(s.stderr, exitUsage, err, hint([]string{command}))
	}
	ctx, stop := untilSignal(context.Background(), s.stderr, s.exit)
	defer stop()
	switch command {
	case "serve":
		err = r.serve(ctx, settings)
	case "dev":
		err = r.dev(ctx, settings)
	case "demo":
		err = r.demo(ctx, s.stdout)
	case "operations":
		err = r.operations(s.stdout, g.Operations.JSON)
	case "history":
		err = s.history(ctx, g.History)
	case "rotate-keys":
		err = rotateKeys(ctx, g.Rotate, s.environment.Get, s.stdout)
	case "rotate-master-key":
		err = changeMasterKey(ctx, g.MasterKey, s.environment.Get, s.stdout)
	case "rotate-data-keys":
		err = rotateDataKeys(ctx, g.DataKeys, s.environment.Get, s.stdout)
	case "reseal":
		var progress io.Writer
		if s.environment.Terminal {
			progress = s.stderr
		}
		err = reseal(ctx, g.Reseal, s.environment.Get, s.stdout, progress)
	case "import-users":
		err = s.importUsers(ctx, g.Import)
	case "backup":
		err = s.backup(ctx, g.Backup, r)
	case "restore":
		err = s.restore(ctx, g.Restore, r)
	case "schema print":
		err = r.printSchema(s.stdout, g.Schema.Print)
	case "schema distribute":
		err = r.distribute(ctx, g.Schema.Distribute, s.stdout)
	case "version":
		_, err = fmt.Fprintln(s.stdout, version())
	}
	// A command that was asked to stop and says so has done what it should.
	if err == nil || errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return exitOK
	}
	return report(s.stderr, exitError, err, "")
}

// history writes the history to the standard output, with its progress where a
// person is looking and the output goes elsewhere.
func (s surroundings) history(ctx context.Context, args historyArgs) error {
	var progress io.Writer
	if s.environment.Terminal && !s.terminal {
		progress = s.stderr
	}
	return writeHistory(ctx, args, s.environment.Get, s.stdout, progress)
}

// importUsers imports users, with the progress where a person is looking.
func (s surroundings) importUsers(ctx context.Context, args importArgs) error {
	var progress io.Writer
	if s.environment.Terminal {
		progress = s.stderr
	}
	return importUsers(ctx, args, s.environment.Get, s.stdin, s.stdout, progress)
}

// report prints each line of err, then what to do next, and returns code.
func report(w io.Writer, code int, err error, next string) int {
	for line := range strings.SplitSeq(err.Error(), "\n") {
		fmt.Fprintln(w, "poolhouse: "+line)
	}
	if next != "" {
		fmt.Fprintln(w, next)
	}
	return code
}

// hint names the help of the command in args, or the general one.
func hint(args []string) string {
	for _, arg := range args {
		switch arg {
		case "serve", "dev", "demo", "operations", "history", "import-users", "rotate-keys", "rotate-master-key", "rotate-data-keys", "reseal", "backup", "restore", "schema", "version":
			return "Run `poolhouse " + arg + " --help` for its settings."
		}
	}
	return "Run `poolhouse --help` for the commands."
}

// version describes the build: the module's version, the commit if the build
// recorded one, and the Go release.
func version() string {
	name, commit := "(devel)", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		if info.Main.Version != "" {
			name = info.Main.Version
		}
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				commit = " " + setting.Value
			}
		}
	}
	return fmt.Sprintf("poolhouse %s%s %s %s/%s", name, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
