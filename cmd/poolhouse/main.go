package main

import (
	"context"
	"io"
	"os"

	"golang.org/x/term"

	"poolhouse.dev/internal/app"
	"poolhouse.dev/internal/config"
	"poolhouse.dev/internal/demo"
)

func main() {
	os.Exit(run(os.Args[1:], process(), Runner{
		Serve:      serve,
		Dev:        serve,
		Demo:       demo.Run,
		Operations: app.WriteOperations,
		Backup:     app.Backup,
		Restore:    app.Restore,
		Verify:     app.VerifyBackup,
		Schema:     app.WriteSchema,
		Distribute: app.Distribute,
	}))
}

// serve runs a server until ctx ends. A new root access key is shown where a
// person is looking and never goes into a log.
func serve(ctx context.Context, c config.Config) error {
	var terminal io.Writer
	if term.IsTerminal(int(os.Stdout.Fd())) {
		terminal = os.Stdout
	}
	return app.Run(ctx, c, app.Options{Log: os.Stderr, Terminal: terminal})
}
