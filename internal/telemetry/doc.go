// Package telemetry owns what the server tells its operator: the structured
// log, which redacts what must not be in it, the Prometheus metrics, and the
// handler of the admin address that serves metrics and profiles.
//
// It does not decide what is worth logging or counting; callers do, through
// [slog.Logger] and the methods of [Metrics]. It opens no listener.
//
// Redaction is a net below careful callers, not a licence: it knows values by
// type and by key, and cannot see a secret inside a message or an error text.
//
// Start with [NewLogger] and [NewMetrics]; redact.go has the rules of the log.
package telemetry
