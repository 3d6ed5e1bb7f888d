package reliability

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/mail"
	"regexp"
	"strconv"
	"sync"
	"testing"

	gosmtp "github.com/emersion/go-smtp"
)

// mailServer takes every letter and keeps of it the code, until it is read.
type mailServer struct {
	port int

	mu    sync.Mutex
	codes map[string]string // by address
	held  chan struct{}     // while not nil, letters wait for its end
	// arrived gets a value for each letter that waits.
	arrived chan struct{}
}

// newMailServer starts a mail server that ends with the test.
func newMailServer(t testing.TB) *mailServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	noError(t, err)
	m := &mailServer{port: listener.Addr().(*net.TCPAddr).Port, codes: map[string]string{}, arrived: make(chan struct{}, 64)}
	server := gosmtp.NewServer(gosmtp.BackendFunc(func(*gosmtp.Conn) (gosmtp.Session, error) { return &mailSession{server: m}, nil }))
	server.Domain = "mail.test"
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener) // ends with Close
	}()
	t.Cleanup(func() {
		noError(t, server.Close())
		<-done
	})
	return m
}

// flags are those of a node that sends its mail here.
func (m *mailServer) flags() []string {
	return []string{"--smtp-host=127.0.0.1", "--smtp-port=" + strconv.Itoa(m.port), "--smtp-security=none", "--smtp-from=no-reply@example.com"}
}

// code returns the code of the newest letter to an address, and forgets it.
func (m *mailServer) code(to string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	code := m.codes[to]
	delete(m.codes, to)
	return code
}

// hold makes letters wait until the function that it returns is called.
func (m *mailServer) hold() (release func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	held := make(chan struct{})
	m.held = held
	return sync.OnceFunc(func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.held = nil
		close(held)
	})
}

// mailSession is one connection to a mail server.
type mailSession struct {
	server *mailServer
	to     string
}

func (s *mailSession) Mail(string, *gosmtp.MailOptions) error { return nil }
func (s *mailSession) Reset()                                 {}
func (s *mailSession) Logout() error                          { return nil }

func (s *mailSession) Rcpt(to string, _ *gosmtp.RcptOptions) error {
	s.to = to
	return nil
}

func (s *mailSession) Data(r io.Reader) error {
	code, err := codeOf(r)
	if err != nil {
		return err
	}
	m := s.server
	m.mu.Lock()
	held := m.held
	m.mu.Unlock()
	if held != nil {
		m.arrived <- struct{}{}
		<-held
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.codes[s.to] = code
	return nil
}

var sixDigits = regexp.MustCompile(`\b[0-9]{6}\b`)

// codeOf reads a letter, whose first part is plain text.
func codeOf(r io.Reader) (string, error) {
	letter, err := mail.ReadMessage(r)
	if err != nil {
		return "", err
	}
	_, parameters, err := mime.ParseMediaType(letter.Header.Get("Content-Type"))
	if err != nil {
		return "", err
	}
	part, err := multipart.NewReader(letter.Body, parameters["boundary"]).NextPart()
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(part)
	code := sixDigits.Find(text)
	if err == nil && code == nil {
		err = errors.New("a letter without a code")
	}
	return string(code), err
}
