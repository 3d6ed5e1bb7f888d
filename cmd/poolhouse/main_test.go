package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"poolhouse.dev/internal/config"
)

// The scripts run two commands: poolhouse as it is built today, and poolhouse
// with a Runner that tells what it was called with.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"poolhouse": main,
		"poolhouse-told": func() {
			os.Exit(run(os.Args[1:], process(), telling()))
		},
	})
}

// telling returns a Runner that prints its arguments. The variable FAIL makes
// every function return an error.
func telling() Runner {
	outcome := func() error {
		if text := os.Getenv("FAIL"); text != "" {
			return errors.New(text)
		}
		return nil
	}
	server := func(_ context.Context, c config.Config) error {
		fmt.Printf("%s on %s as %s for %s, inbox %d, %s, mail password set: %t\n",
			c.Mode, c.Listen, c.PublicURL, strings.Join(c.Regions, " "), c.Inbox.Size, c.Log.Format, c.SMTP.Password.IsSet())
		fmt.Printf("%+v\n", c)
		for _, warning := range c.Warnings() {
			fmt.Fprintln(os.Stderr, warning)
		}
		return outcome()
	}
	return Runner{
		Serve: server,
		Dev:   server,
		Demo: func(_ context.Context, w io.Writer) error {
			_, _ = fmt.Fprintln(w, "demo")
			return outcome()
		},
		Operations: func(w io.Writer, asJSON bool) error {
			_, _ = fmt.Fprintln(w, "operations, JSON:", asJSON)
			return outcome()
		},
		Schema: func(w io.Writer, dialect string, after int, asJSON bool) error {
			_, _ = fmt.Fprintln(w, "schema of", dialect, "after", after, "JSON:", asJSON)
			return outcome()
		},
		Distribute: func(_ context.Context, database config.DatabaseURL, w io.Writer) error {
			_, _ = fmt.Fprintln(w, "distribute", database)
			return outcome()
		},
	}
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:  "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}

// exits is the script command `exits code program args...`: it runs the program
// and wants that very exit code.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: exits code program args...")
	}
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("running %s: %v", args[1], err)
		}
		code = exit.ExitCode()
	}
	if want := args[0]; strconv.Itoa(code) != want {
		ts.Fatalf("exit code %d, want %s", code, want)
	}
}

// serveUnder runs `poolhouse serve` with serve as its function.
func serveUnder(serve func(context.Context, config.Config) error, exit func(int)) (code int, stderr string) {
	var out bytes.Buffer
	s := surroundings{stdout: io.Discard, stderr: &out, exit: exit}
	code = run([]string{"serve"}, s, Runner{Serve: serve})
	return code, out.String()
}

func signalSelf(t *testing.T, sig syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(os.Getpid(), sig); err != nil {
		t.Error(err)
	}
}

func TestFirstSignalCancels(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(sig.String(), func(t *testing.T) {
			code, stderr := serveUnder(func(ctx context.Context, _ config.Config) error {
				signalSelf(t, sig)
				<-ctx.Done()
				return fmt.Errorf("serving: %w", ctx.Err())
			}, func(int) { t.Error("exit was called") })
			if code != exitOK {
				t.Errorf("code %d, stderr %s", code, stderr)
			}
			if !strings.Contains(stderr, "stopping") {
				t.Errorf("stderr %q does not tell of the stop", stderr)
			}
		})
	}
}

func TestErrorWhileStoppingIsAFailure(t *testing.T) {
	code, stderr := serveUnder(func(ctx context.Context, _ config.Config) error {
		signalSelf(t, syscall.SIGTERM)
		<-ctx.Done()
		return errors.New("closing the database: disk full")
	}, func(int) { t.Error("exit was called") })
	if code != exitError || !strings.Contains(stderr, "disk full") {
		t.Errorf("code %d, stderr %q", code, stderr)
	}
}

func TestSecondSignalExits(t *testing.T) {
	exited := make(chan int, 1)
	serveUnder(func(ctx context.Context, _ config.Config) error {
		signalSelf(t, syscall.SIGTERM)
		<-ctx.Done()
		signalSelf(t, syscall.SIGTERM)
		if code := <-exited; code != exitError {
			t.Errorf("exit code %d, want %d", code, exitError)
		}
		return nil
	}, func(code int) { exited <- code })
}

// A canceled context that no signal caused is an error like any other.
func TestCanceledWithoutSignalIsAFailure(t *testing.T) {
	code, _ := serveUnder(func(context.Context, config.Config) error { return context.Canceled }, nil)
	if code != exitError {
		t.Errorf("code %d, want %d", code, exitError)
	}
}
