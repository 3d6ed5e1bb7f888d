// Package mototest starts moto, the mock of AWS's APIs, for tests that talk to an
// AWS API which nothing else here speaks. It owns the process and nothing else:
// what a test expects of moto stands in the test.
//
// Start with [Start].
package mototest

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"
)

// requireVariable, set to 1, turns the skipping of tests without moto into a
// failure.
const requireVariable = "POOLHOUSE_REQUIRE_CLIENTS"

const program = "moto_server"

// startTime bounds the start, which imports much Python.
const startTime = 2 * time.Minute

var running = regexp.MustCompile(`Running on (http://127\.0\.0\.1:[0-9]+)`)

// Start starts a moto of the test's own and returns its URL, which is the
// endpoint of every AWS service. It ends with the test. Any credentials are good
// there. The test is skipped where moto is not installed, unless
// POOLHOUSE_REQUIRE_CLIENTS is 1.
func Start(t testing.TB) string {
	t.Helper()
	path, err := find()
	if err != nil {
		if os.Getenv(requireVariable) == "1" {
			t.Fatalf("%s=1, and %v", requireVariable, err)
		}
		t.Skipf("no moto: %v", err)
	}
	cmd := exec.Command(path, "-H", "127.0.0.1", "-p", "0")
	cmd.Dir = t.TempDir()
	// Its account database lies in the home folder, which is the test's own.
	cmd.Env = append(os.Environ(), "HOME="+cmd.Dir, "PYTHONUNBUFFERED=1")
	// Both outputs end in one pipe, which ends when the process does.
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = writer, writer
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting moto: %v", err)
	}
	_ = writer.Close()
	told := &log{url: make(chan string, 1)}
	var reading sync.WaitGroup
	reading.Go(func() { told.read(reader) })
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // told by its log
		reading.Wait()
		_ = reader.Close()
		if t.Failed() {
			t.Logf("moto's log:\n%s", told.text)
		}
	})
	select {
	case url, ok := <-told.url:
		if !ok {
			t.Fatal("moto ended before it answered")
		}
		return url
	case <-time.After(startTime):
		t.Fatalf("moto did not start within %s", startTime)
	}
	return ""
}

// log is what moto writes, of which the address matters.
type log struct {
	url  chan string
	text []byte
}

func (l *log) read(r io.Reader) {
	defer close(l.url)
	const most = 64 << 10
	sent := false
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if len(l.text) < most {
			l.text = append(append(l.text, lines.Bytes()...), '\n')
		}
		if found := running.FindSubmatch(lines.Bytes()); found != nil && !sent {
			l.url <- string(found[1])
			sent = true
		}
	}
}

// find looks for the program on the path and where .ci/run installs it.
func find() (string, error) {
	if path, err := exec.LookPath(program); err == nil {
		return path, nil
	}
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; folder != filepath.Dir(folder); folder = filepath.Dir(folder) {
		path := filepath.Join(folder, ".cache", "python", "bin", program)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s is not installed; pip install --requirement conformance/stories/python/requirements.txt", program)
}
