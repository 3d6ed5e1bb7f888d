package smtp_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	gosmtp "github.com/emersion/go-smtp"

	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/notify/smtp"
)

const (
	account  = "relay-account"
	password = "relay-password"
)

// relay is a mail server that keeps what it accepts.
type relay struct {
	host  string
	port  int
	roots *x509.CertPool

	// authenticate demands credentials; the others are what the relay answers.
	authenticate           bool
	onMail, onRcpt, onData error

	mu       sync.Mutex
	letters  []letter
	loggedIn int
}

type letter struct{ from, to, data string }

// start runs the relay; change may set TLS up, given a usable configuration.
func (r *relay) start(t *testing.T, change func(*gosmtp.Server, *tls.Config), implicit bool) {
	t.Helper()
	// A certificate for 127.0.0.1 that comes with the standard library.
	authority := httptest.NewTLSServer(nil)
	authority.Close()
	config := &tls.Config{Certificates: authority.TLS.Certificates, MinVersion: tls.VersionTLS12}
	r.roots = x509.NewCertPool()
	r.roots.AddCert(authority.Certificate())

	server := gosmtp.NewServer(gosmtp.BackendFunc(func(*gosmtp.Conn) (gosmtp.Session, error) {
		return &session{relay: r}, nil
	}))
	server.Domain = "relay.example"
	server.AllowInsecureAuth = true
	server.ErrorLog = silent{}
	change(server, config)

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().(*net.TCPAddr)
	r.host, r.port = addr.IP.String(), addr.Port
	if implicit {
		listener = tls.NewListener(listener, config)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(listener) }()
	// Close does not end a Serve that has yet to begin; the listener does.
	t.Cleanup(func() { _ = server.Close(); _ = listener.Close(); <-done })
}

func plain(*gosmtp.Server, *tls.Config) {}

func startTLS(s *gosmtp.Server, c *tls.Config) { s.TLSConfig, s.AllowInsecureAuth = c, false }

func (r *relay) config(security smtp.Security) smtp.Config {
	return smtp.Config{
		Host: r.host, Port: r.port, Security: security, RootCAs: r.roots,
		From: "Pool <no-reply@pool.example>", HELO: "poolhouse.example", Timeout: 5 * time.Second,
	}
}

func (r *relay) received() []letter {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]letter(nil), r.letters...)
}

// session is one connection to a relay.
type session struct {
	relay    *relay
	from, to string
	known    bool
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, secret string) error {
		if username != account || secret != password {
			return &gosmtp.SMTPError{Code: 535, EnhancedCode: gosmtp.EnhancedCode{5, 7, 8}, Message: "bad credentials for " + username}
		}
		s.known = true
		s.relay.mu.Lock()
		defer s.relay.mu.Unlock()
		s.relay.loggedIn++
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *gosmtp.MailOptions) error {
	if s.relay.authenticate && !s.known {
		return errors.New("not authenticated")
	}
	s.from = from
	return s.relay.onMail
}

func (s *session) Rcpt(to string, _ *gosmtp.RcptOptions) error {
	s.to = to
	return s.relay.onRcpt
}

func (s *session) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if s.relay.onData != nil {
		return s.relay.onData
	}
	s.relay.mu.Lock()
	defer s.relay.mu.Unlock()
	s.relay.letters = append(s.relay.letters, letter{s.from, s.to, string(data)})
	return nil
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}

func newDriver(t *testing.T, cfg smtp.Config) *smtp.Driver {
	t.Helper()
	cfg.Dial = (&net.Dialer{}).DialContext
	d, err := smtp.New(cfg, func() time.Time { return time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC) })
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func message() notify.Message {
	return notify.Message{
		ID: "0001-abcd", Medium: notify.Email, To: "fixture@example.com", Subject: "Your verification code",
		Body: "Your confirmation code is <b>482913</b>", Code: "482913", Attribute: "email",
		PoolID: "us-east-1_Test", Kind: notify.SignUp, Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	}
}

// listen returns the address of a listener that handle answers, one connection
// at a time.
func listen(t *testing.T, handle func(net.Conn)) (host string, port int) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			handle(conn)
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = listener.Close(); <-done })
	host, text, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	port, err = strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return host, port
}
