package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/go-json-experiment/json"

	"poolhouse.dev/internal/wire"
)

// bareArgument makes this program the bare server, and bareAddr says where.
const (
	bareArgument = "serve-bare"
	bareAddr     = "POOLHOUSE_BENCH_BARE"
)

// startBare starts the bare server, the baseline B.
func startBare(ctx context.Context) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, bareArgument)
	cmd.Env = append(os.Environ(), bareAddr+"="+addr)
	p, err := startProcess(ctx, cmd, addr, "/ready")
	if err != nil {
		return nil, fmt.Errorf("starting the bare server: %w", err)
	}
	return p, nil
}

// serveBare reads a request, decodes its JSON and answers {}, until it is told
// to stop. Nothing that speaks HTTP from Go does much better.
func serveBare() error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ready", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("POST /", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = json.Unmarshal(body, new(wire.UpdateUserAttributesRequest))
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_, _ = w.Write([]byte("{}"))
	})
	server := &http.Server{Addr: os.Getenv(bareAddr), Handler: mux}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		return err
	}
	return nil
}
