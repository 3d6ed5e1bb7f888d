package conformance

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/mail"
	"regexp"
	"strings"
	"sync"
	"testing"

	gosmtp "github.com/emersion/go-smtp"

	"poolhouse.dev/poolhousetest"
)

// mailbox is a mail server that keeps what it is sent.
type mailbox struct {
	port int

	mu      sync.Mutex
	letters []letter
	refused map[string]bool
	broken  int           // how many of the next letters are broken off in the middle
	held    chan struct{} // while not nil, letters wait for its end
	arrived chan struct{} // gets a value for each letter that waits
}

// letter is a message as a mail server has it.
type letter struct {
	to, subject, text string
}

// newMailbox starts a mail server that ends with the test.
func newMailbox(t *testing.T) *mailbox {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &mailbox{port: listener.Addr().(*net.TCPAddr).Port, refused: map[string]bool{}, arrived: make(chan struct{}, 16)}
	server := gosmtp.NewServer(gosmtp.BackendFunc(func(c *gosmtp.Conn) (gosmtp.Session, error) {
		return &mailSession{box: m, conn: c.Conn()}, nil
	}))
	server.Domain = "mail.test"
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener) // ends with Close
	}()
	t.Cleanup(func() {
		server.Close()
		<-done
	})
	return m
}

// server starts a poolhouse that sends its mail here.
func (m *mailbox) server(t *testing.T) *env {
	t.Helper()
	srv := poolhousetest.Start(t, poolhousetest.Options{SMTPHost: "127.0.0.1", SMTPPort: m.port})
	return &env{Client: newClient(srv.URL), url: srv.URL, srv: srv}
}

func (m *mailbox) refuse(address string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refused[address] = true
}

// breakOff has the connection end in the middle of the next letter.
func (m *mailbox) breakOff() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.broken++
}

// hold makes letters wait until the function that it returns is called.
func (m *mailbox) hold() (release func()) {
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

// last returns the newest letter to an address.
func (m *mailbox) last(t *testing.T, to string) letter {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := len(m.letters) - 1; i >= 0; i-- {
		if m.letters[i].to == to {
			return m.letters[i]
		}
	}
	t.Fatalf("no letter to %s among %d", to, len(m.letters))
	return letter{}
}

func (m *mailbox) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.letters)
}

// code returns the code that a letter carries.
func (l letter) code(t *testing.T) string {
	t.Helper()
	code := regexp.MustCompile(`\b[0-9]{6}\b`).FindString(l.text)
	if code == "" {
		t.Fatalf("no code in %q", l.text)
	}
	return code
}

// readLetter reads a letter as a mail program does; text is its plain part.
func readLetter(to string, r io.Reader) (letter, error) {
	message, err := mail.ReadMessage(r)
	if err != nil {
		return letter{}, err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject"))
	if err != nil {
		return letter{}, err
	}
	l := letter{to: to, subject: subject}
	_, parameters, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil {
		return letter{}, err
	}
	parts := multipart.NewReader(message.Body, parameters["boundary"])
	for {
		part, err := parts.NextPart()
		if err != nil {
			return letter{}, err
		}
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/plain") {
			text, err := io.ReadAll(part)
			l.text = strings.TrimSpace(string(text))
			return l, err
		}
	}
}

// mailSession is one connection to a mailbox.
type mailSession struct {
	box  *mailbox
	conn net.Conn
	to   string
}

func (s *mailSession) Mail(string, *gosmtp.MailOptions) error { return nil }
func (s *mailSession) Reset()                                 {}
func (s *mailSession) Logout() error                          { return nil }

func (s *mailSession) Rcpt(to string, _ *gosmtp.RcptOptions) error {
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	if s.box.refused[to] {
		return &gosmtp.SMTPError{Code: 550, EnhancedCode: gosmtp.EnhancedCode{5, 1, 1}, Message: "no such mailbox"}
	}
	s.to = to
	return nil
}

func (s *mailSession) Data(r io.Reader) error {
	s.box.mu.Lock()
	held, broken := s.box.held, s.box.broken > 0
	if broken {
		s.box.broken--
	}
	s.box.mu.Unlock()
	if broken {
		_, err := io.ReadFull(r, make([]byte, 100))
		return errors.Join(err, s.conn.Close())
	}
	l, err := readLetter(s.to, r)
	if err != nil {
		return err
	}
	if held != nil {
		s.box.arrived <- struct{}{}
		<-held
	}
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.box.letters = append(s.box.letters, l)
	return nil
}
