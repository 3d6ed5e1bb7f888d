package smpp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// errEnded says that a session ended, and errUnsent that it had before a request
// was sent.
var (
	errEnded  = errors.New("the session with the message centre ended")
	errUnsent = errors.New("nothing was sent to the message centre")
)

// session is one bound connection. Requests run side by side on it and find their
// answers by their sequence numbers.
type session struct {
	conn  net.Conn
	times times
	// room bounds the requests that wait for answers.
	room chan struct{}

	writing sync.Mutex
	mu      sync.Mutex
	last    uint32
	waiting map[uint32]chan pdu
	// used is when the last request ended.
	used time.Time

	// over is closed when the session has ended, for reason.
	over   chan struct{}
	end    sync.Once
	reason error
}

// times are how long things may take.
type times struct {
	// bind bounds the connection and the bind, answer any other request.
	bind, answer time.Duration
	// check is how often a quiet connection is asked whether it lives, and idle
	// after how long without messages it is given up.
	check, idle time.Duration
}

var usualTimes = times{bind: 10 * time.Second, answer: 10 * time.Second, check: 30 * time.Second, idle: 5 * time.Minute}

// window is how many requests may wait for answers.
const window = 10

// open connects and binds.
func (d *Driver) open(ctx context.Context) (*session, error) {
	ctx, cancel := context.WithTimeout(ctx, d.times.bind)
	defer cancel()
	conn, err := d.connect(ctx)
	if err != nil {
		return nil, fmt.Errorf("connecting to the message centre: %w", err)
	}
	s := &session{
		conn: conn, times: d.times, room: make(chan struct{}, window), waiting: map[uint32]chan pdu{}, over: make(chan struct{}), used: time.Now(),
	}
	go s.read()
	if err := s.ask(ctx, cmdBindTransmitter, d.config.bindTransmitter()); err != nil {
		s.close(err)
		return nil, err
	}
	go s.keep()
	return s, nil
}

func (d *Driver) connect(ctx context.Context) (net.Conn, error) {
	conn, err := d.config.Dial(ctx, "tcp", d.target)
	if err != nil || !d.config.TLS {
		return conn, err
	}
	sealed := tls.Client(conn, &tls.Config{ServerName: d.config.Host, RootCAs: d.config.Roots, MinVersion: tls.VersionTLS12})
	if err := sealed.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return sealed, nil
}

// ask sends a request and waits for its answer. A session whose other side does
// not answer in time is ended.
func (s *session) ask(ctx context.Context, command uint32, body []byte) error {
	select {
	case s.room <- struct{}{}:
		defer func() { <-s.room }()
	case <-s.over:
		return fmt.Errorf("%w: %w", errUnsent, s.reason)
	case <-ctx.Done():
		return fmt.Errorf("waiting for the message centre: %w", ctx.Err())
	}
	late := time.NewTimer(s.times.answer)
	defer late.Stop()
	answer := make(chan pdu, 1)
	s.mu.Lock()
	s.last = s.last%0x7fffffff + 1
	sequence := s.last
	s.waiting[sequence] = answer
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.waiting, sequence)
		s.used = time.Now()
		s.mu.Unlock()
	}()
	if err := s.write(pdu{command: command, sequence: sequence, body: body}); err != nil {
		return err
	}
	select {
	case p := <-answer:
		if p.command != command|answerBit && p.status == 0 {
			s.close(errors.New("the message centre answered with another command"))
			return s.reason
		}
		return judge(command, p.status)
	case <-s.over:
		return s.reason
	case <-late.C:
		s.close(fmt.Errorf("%w: no answer in time", errEnded))
		return s.reason
	case <-ctx.Done():
		return fmt.Errorf("waiting for the message centre's answer: %w", ctx.Err())
	}
}

func (s *session) write(p pdu) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	err := s.conn.SetWriteDeadline(time.Now().Add(s.times.answer))
	if err == nil {
		err = p.write(s.conn)
	}
	if err != nil {
		s.close(fmt.Errorf("%w: %w", errEnded, err))
		return s.reason
	}
	return nil
}

// read takes what the message centre sends until the session ends.
func (s *session) read() {
	for {
		p, err := readPDU(s.conn)
		if err != nil {
			s.close(fmt.Errorf("%w: %w", errEnded, err))
			return
		}
		switch {
		case p.command&answerBit != 0:
			s.mu.Lock()
			answer, ok := s.waiting[p.sequence]
			delete(s.waiting, p.sequence)
			s.mu.Unlock()
			if ok {
				answer <- p
			}
			continue
		case p.command == cmdEnquireLink:
			err = s.write(pdu{command: cmdEnquireLink | answerBit, sequence: p.sequence})
		case p.command == cmdUnbind:
			_ = s.write(pdu{command: cmdUnbind | answerBit, sequence: p.sequence})
			s.close(errEnded)
			return
		default:
			const invalidCommand = 0x03
			err = s.write(pdu{command: cmdGenericNack, status: invalidCommand, sequence: p.sequence})
		}
		if err != nil {
			return
		}
	}
}

// keep asks a quiet connection whether it lives, and gives up one that nobody has
// used for long.
func (s *session) keep() {
	ticker := time.NewTicker(s.times.check)
	defer ticker.Stop()
	for {
		select {
		case <-s.over:
			return
		case <-ticker.C:
		}
		s.mu.Lock()
		quiet := time.Since(s.used)
		s.mu.Unlock()
		switch {
		case quiet >= s.times.idle:
			s.unbind()
			return
		case quiet < s.times.check:
			continue
		}
		if err := s.enquire(); err != nil {
			s.close(fmt.Errorf("%w: %w", errEnded, err))
			return
		}
	}
}

// enquire asks whether the other side lives. It is no use of the session.
func (s *session) enquire() error {
	s.mu.Lock()
	used := s.used
	s.mu.Unlock()
	err := s.ask(context.Background(), cmdEnquireLink, nil)
	s.mu.Lock()
	s.used = used
	s.mu.Unlock()
	return err
}

// unbind takes leave and ends the session.
func (s *session) unbind() {
	_ = s.ask(context.Background(), cmdUnbind, nil)
	s.close(errEnded)
}

func (s *session) close(reason error) {
	s.end.Do(func() {
		s.reason = reason
		close(s.over)
		_ = s.conn.Close()
	})
}
