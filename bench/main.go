package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// options are the command line.
type options struct {
	pair  time.Duration
	pairs int
	users int
	conns int
	// driver is one of drivers.
	driver  string
	mixed   time.Duration
	engines []string
	only    *regexp.Regexp
	profile string
	// rival is another build of poolhouse, "" for none.
	rival string
}

func main() {
	// The bare server is this very program, told by its first argument.
	if len(os.Args) == 2 && os.Args[1] == bareArgument {
		exit(serveBare())
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	o, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err == nil {
		err = run(ctx, o)
	}
	exit(err)
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func parse(args []string) (o options, err error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.DurationVar(&o.pair, "pair", 5*time.Second, "how long each side of a pair is loaded")
	flags.IntVar(&o.pairs, "pairs", 7, "pairs behind each figure")
	flags.IntVar(&o.users, "users", 1_000_000, "users of the large store")
	flags.IntVar(&o.conns, "connections", 64, "connections, kept alive")
	flags.StringVar(&o.driver, "client", sdkDriver, "sdk for the AWS SDK for Go, go for Go's own HTTP client, or lean for one that costs next to nothing")
	flags.DurationVar(&o.mixed, "mixed", 10*time.Minute, "mixed load before memory is measured")
	flags.StringVar(&o.profile, "profile", "", "folder for CPU profiles of the server under each load")
	flags.StringVar(&o.rival, "rival", "", "another poolhouse binary to compare with, on a store of the same size, in place of the large store")
	engines := flags.String("engines", "sqlite,postgres", "engines to measure")
	only := flags.String("only", "", "regular expression: measure matching rows only")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	o.engines = strings.Split(*engines, ",")
	if o.only, err = regexp.Compile(*only); err != nil {
		return o, err
	}
	if _, ok := drivers[o.driver]; !ok {
		return o, errors.New("-client is sdk, go or lean")
	}
	if o.rival != "" {
		o.users = smallUsers
	}
	if o.users < smallUsers || o.conns < 1 || o.conns > smallUsers || o.pairs < 1 {
		return o, fmt.Errorf("-users must be at least %d, -connections 1 to %d, -pairs at least 1", smallUsers, smallUsers)
	}
	return o, nil
}

// run measures engine by engine and prints the table at the end.
func run(ctx context.Context, o options) (err error) {
	folder, err := os.MkdirTemp("", "poolhouse-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	binary, err := build(ctx, folder)
	if err != nil {
		return err
	}
	bare, err := startBare(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, bare.stop()) }()
	b := &bench{options: o, folder: folder, binary: binary, bare: bare}
	for _, name := range o.engines {
		if err := b.engine(ctx, name); err != nil {
			b.table.print(os.Stdout)
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	b.table.print(os.Stdout)
	return nil
}
