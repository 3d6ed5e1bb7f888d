package app

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"poolhouse.dev/internal/telemetry"
)

// Bounds of the listeners, besides those of the configuration.
const (
	headerTimeout = 10 * time.Second
	maxHeader     = 64 << 10
)

// serve begins to answer on the listeners.
func (s *Server) serve(handler http.Handler, metrics *telemetry.Metrics) error {
	c := s.config
	s.server = s.newServer(s.counting(handler), c.RequestTimeout)
	listener := s.listener
	if c.TLSCert != "" {
		own, err := openCertificate(c.TLSCert, c.TLSKey, s.logger)
		if err != nil {
			return fmt.Errorf("--tls-cert and --tls-key: %w", err)
		}
		s.server.TLSConfig = &tls.Config{GetCertificate: own.get, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
		listener = tls.NewListener(listener, s.server.TLSConfig)
	}
	if c.AdminListen != "" {
		l, err := net.Listen("tcp", c.AdminListen)
		if err != nil {
			return fmt.Errorf("--admin-listen: %w", err)
		}
		s.adminAddr = l.Addr().String()
		s.admin = s.newServer(telemetry.AdminHandler(metrics), time.Minute)
		go s.run(s.admin, l)
	}
	go s.run(s.server, listener)
	return nil
}

// newServer bounds what a client can hold by being slow: a request's head and a
// connection's handshake, the whole of a request, its answer, and the wait for
// the next one.
func (s *Server) newServer(h http.Handler, timeout time.Duration) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: min(headerTimeout, timeout), ReadTimeout: timeout, WriteTimeout: timeout + 10*time.Second,
		IdleTimeout: s.config.IdleTimeout, MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(s.logger.Handler(), slog.LevelWarn),
	}
}

func (s *Server) run(server *http.Server, l net.Listener) {
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		s.failed <- err
	}
}

// counting counts the requests that are under way.
func (s *Server) counting(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.underWay.Add(1)
		defer s.underWay.Add(-1)
		h.ServeHTTP(w, r)
	})
}
