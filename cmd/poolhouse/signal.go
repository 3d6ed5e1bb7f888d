package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// untilSignal returns a context that the first SIGINT or SIGTERM cancels, after
// a line on w. The second calls exit with the code of a failure. It handles the
// second itself, because the system's default does not end process 1 of a
// container. Stop ends the watch and cancels the context.
func untilSignal(parent context.Context, w io.Writer, exit func(code int)) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancel(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		select {
		case <-signals:
		case <-done:
			return
		}
		_, _ = fmt.Fprintln(w, "poolhouse: stopping; a second signal ends at once")
		cancel()
		select {
		case <-signals:
			exit(exitError)
		case <-done:
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(done)
		cancel()
	}
}
