package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"poolhouse.dev/internal/freeport"
)

// startLimit is how long a server may take until it is ready.
const startLimit = 2 * time.Minute

// process is a server that runs as a child.
type process struct {
	cmd   *exec.Cmd
	addr  string // of the API
	admin string // of profiles; "" for the bare server
	said  bytes.Buffer
}

// thisProcess is the driver itself, to be asked for its CPU time.
func thisProcess() (*process, error) {
	p, err := os.FindProcess(os.Getpid())
	return &process{cmd: &exec.Cmd{Process: p}}, err
}

// build compiles poolhouse into folder.
func build(ctx context.Context, folder string) (string, error) {
	binary := filepath.Join(folder, "poolhouse")
	out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, "poolhouse.dev/cmd/poolhouse").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building poolhouse: %w\n%s", err, out)
	}
	return binary, nil
}

// startProcess runs a server and waits until it answers GET ready with 200.
func startProcess(ctx context.Context, cmd *exec.Cmd, addr, ready string) (*process, error) {
	p := &process{cmd: cmd, addr: addr}
	cmd.Stderr = &p.said
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for this process alone
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	for {
		if isReady(ctx, "http://"+addr+ready) {
			return p, nil
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("%s is not ready: %w", cmd.Path, ctx.Err()), p.stop(), errors.New(p.said.String()))
		case <-time.After(2 * time.Millisecond):
		}
	}
}

func isReady(ctx context.Context, url string) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	r.Close = true
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// stop ends the server as an administrator does.
func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("stopping %s: %w\n%s", filepath.Base(p.cmd.Path), err, p.said.String())
	}
	return nil
}

// resident returns the process's resident memory in bytes, where the system
// tells it.
func (p *process) resident() (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kib << 10, err
		}
	}
	return 0, errors.New("the system does not tell the resident memory")
}

// clockTick is the unit of the system's account of CPU time.
const clockTick = 10 * time.Millisecond

// cpu returns the CPU time that the process has used, or 0 where the system
// does not tell it.
func (p *process) cpu() time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	// Behind the name, which is in brackets, user and system time are the 12th
	// and 13th field.
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * clockTick
}

// profile writes a CPU profile of the next d to a file.
func (p *process) profile(ctx context.Context, file string, d time.Duration) error {
	url := fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", p.admin, max(1, int(d.Seconds())))
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, resp.Body)
	return errors.Join(err, f.Close())
}

// freeAddr returns an address of this machine that nobody listens on.
func freeAddr() (string, error) {
	port, err := freeport.Choose()
	return freeport.Addr(port), err
}
