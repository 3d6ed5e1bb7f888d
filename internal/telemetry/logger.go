package telemetry

import (
	"fmt"
	"io"
	"log/slog"
)

// LogOptions are what a logger is made of.
type LogOptions struct {
	// Writer takes one line per Write call; it need not be safe for concurrent
	// use.
	Writer io.Writer
	// Level is "debug", "info", "warn" or "error".
	Level string
	// Format is "text" or "json".
	Format string
}

var levels = map[string]slog.Level{
	"debug": slog.LevelDebug,
	"info":  slog.LevelInfo,
	"warn":  slog.LevelWarn,
	"error": slog.LevelError,
}

// NewLogger returns a logger that passes every attribute through Redact. The
// error names an unknown level or format.
func NewLogger(o LogOptions) (*slog.Logger, error) {
	level, ok := levels[o.Level]
	if !ok {
		return nil, fmt.Errorf("log level %q is not debug, info, warn or error", o.Level)
	}
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: Redact}
	switch o.Format {
	case "text":
		return slog.New(slog.NewTextHandler(o.Writer, options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(o.Writer, options)), nil
	}
	return nil, fmt.Errorf("log format %q is not text or json", o.Format)
}
