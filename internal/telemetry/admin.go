package telemetry

import (
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"strings"
)

// AdminHandler serves the metrics at /_poolhouse/metrics and the Go profiles
// below /debug/pprof/. It asks for no credentials, so its listener must be one
// that only the operator reaches. Web pages get nothing: a request for a host
// name other than localhost, or one that a browser marks as coming from another
// site, is answered with 403, and there are no CORS headers.
//
// Package net/http/pprof also registers itself with http.DefaultServeMux, which
// for this reason no listener may serve.
func AdminHandler(m *Metrics) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /_poolhouse/metrics", m.Handler())
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("POST /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isDirect(r) {
			http.Error(w, "ask for this page by address or as localhost, not from another site", http.StatusForbidden)
			return
		}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		mux.ServeHTTP(w, r)
	})
}

// isDirect reports whether r can only come from a tool or a page of this very
// server. A name that an attacker has pointed at this machine arrives as that
// name in Host; an address or localhost cannot be repointed.
func isDirect(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
	default:
		return false
	}
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	_, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil
}
