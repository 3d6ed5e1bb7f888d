package storetest

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
)

// Crasher says how Crash reaches the store.
type Crasher struct {
	// Place is what Open is told, in this process and in the children: a folder
	// or an address. Nothing else may use the store that is there.
	Place string
	// Open opens the store and returns what closes it.
	Open func(ctx context.Context, place string) (store.Store, func() error, error)
}

// Environment of Crash.
const (
	// crashKills is how many children are killed; five when it is not set.
	crashKills = "POOLHOUSE_CRASH_KILLS"
	// crashPlace and crashPool turn the test binary into a child.
	crashPlace = "POOLHOUSE_CRASH_PLACE"
	crashPool  = "POOLHOUSE_CRASH_POOL"
)

// InCrashChild reports whether this process is a child of Crash, which is told
// its place and needs none of its own.
func InCrashChild() bool { return os.Getenv(crashPlace) != "" }

// Crash starts the calling test again in a child process, which commits change
// sets of several rows as fast as it can and prints each one after Commit has
// answered. It kills the child in the middle of that, opens the store itself and
// looks at what is there: every set that was answered, and no part of a set
// without the rest. Then the next child goes on with what the last one left.
//
// The test that calls Crash is found by its name, so it cannot be a subtest. What
// it does before the call, each child does too, unless it asks InCrashChild.
func Crash(t *testing.T, c Crasher) {
	if InCrashChild() {
		crashLoad(t, c, os.Getenv(crashPlace), pool.ID(os.Getenv(crashPool)))
		return
	}
	kills := 5
	if text := os.Getenv(crashKills); text != "" {
		var err error
		if kills, err = strconv.Atoi(text); err != nil {
			t.Fatalf("%s is no number", crashKills)
		}
	}
	var runs []*crashRun
	for i := range kills {
		run := &crashRun{pool: pool.ID(fmt.Sprintf("crash-1_%d", i)), acked: make(map[string]ack)}
		run.killChild(t, c.Place, 40+i*37%300)
		runs = append(runs, run)
		check(t, c, run)
	}
	check(t, c, runs...)
	total := 0
	for _, run := range runs {
		total += run.sets
	}
	t.Logf("%d processes were killed; all of their %d answered change sets are there, and no other in part", kills, total)
}

// check opens the store and judges what the runs left.
func check(t *testing.T, c Crasher, runs ...*crashRun) {
	t.Helper()
	s, closeStore, err := c.Open(t.Context(), c.Place)
	if err != nil {
		t.Fatalf("opening the store after a crash: %v", err)
	}
	for _, run := range runs {
		run.judge(&env{T: t, store: s, pool: run.pool})
	}
	if err := closeStore(); err != nil {
		t.Fatalf("closing the store: %v", err)
	}
}

// ack is the last answered change set of one user.
type ack struct {
	setID   string
	version int64
}

// crashRun is one child and what it said.
type crashRun struct {
	pool  pool.ID
	acked map[string]ack // by sub
	sets  int
}

// killChild runs a child until it has printed a number of lines, kills it, and
// takes in whatever it had printed until then.
func (r *crashRun) killChild(t *testing.T, place string, lines int) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.timeout=10m")
	child.Env = append(os.Environ(), crashPlace+"="+place, crashPool+"="+string(r.pool))
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var other []string
	for scanner := bufio.NewScanner(out); scanner.Scan(); {
		fields := strings.Fields(scanner.Text())
		if len(fields) != 4 || fields[0] != "ack" {
			other = append(other, scanner.Text())
			continue
		}
		version, err := strconv.ParseInt(fields[2], 10, 64)
		if err != nil {
			continue // the kill cut the line short
		}
		if last := r.acked[fields[1]]; version > last.version {
			r.acked[fields[1]] = ack{setID: fields[3], version: version}
		}
		if r.sets++; r.sets == lines {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	child.Wait() // says that it was killed
	if r.sets < lines {
		t.Fatalf("the child ended by itself after %d change sets:\n%s", r.sets, strings.Join(other, "\n"))
	}
}
