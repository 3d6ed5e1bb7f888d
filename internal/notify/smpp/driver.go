package smpp

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"strconv"
	"strings"
	"sync"

	"poolhouse.dev/internal/notify"
)

// maxSessions bounds how many sessions one message is tried on.
const maxSessions = 3

// Driver is a [notify.Driver] for text messages. One session is kept for all of
// them; it is opened for the first message, and for the first one after it ended.
// It is safe for concurrent use.
type Driver struct {
	config Config
	source address
	target string
	times  times

	// opening is held by who opens a session.
	opening chan struct{}
	mu      sync.Mutex
	current *session
	closed  bool
}

// New returns a driver. It does not connect. The error names each field that
// cannot be used.
func New(c Config) (*Driver, error) {
	source, err := c.check()
	if err != nil {
		return nil, err
	}
	return &Driver{
		config: c, source: source, target: net.JoinHostPort(c.Host, strconv.Itoa(c.Port)), times: usualTimes, opening: make(chan struct{}, 1),
	}, nil
}

// Send submits m, in as many short messages as its text takes, and returns when
// the message centre has taken all of them. A message that was taken in part may be
// sent again whole.
func (d *Driver) Send(ctx context.Context, m notify.Message) error {
	if m.Medium != notify.SMS {
		return &notify.Refused{Reason: "smpp delivers text messages only"}
	}
	if err := m.Check(); err != nil {
		return err
	}
	var reference [1]byte
	_, _ = rand.Read(reference[:])
	t := encode(m.Body)
	messages, err := parts(t, reference[0])
	if err != nil {
		return err
	}
	to := address{tonInternational, npiE164, strings.TrimPrefix(m.To, "+")}
	for _, message := range messages {
		if err := d.submit(ctx, submit(d.source, to, t.coding, message, len(messages) > 1)); err != nil {
			return err
		}
	}
	return nil
}

// submit sends one short message, over another session where the first one turns
// out to have ended before anything was sent.
func (d *Driver) submit(ctx context.Context, body []byte) (err error) {
	for range maxSessions {
		var s *session
		if s, err = d.session(ctx); err != nil {
			return err
		}
		if err = s.ask(ctx, cmdSubmit, body); !errors.Is(err, errUnsent) {
			return err
		}
	}
	return err
}

// session returns the session that lives, or opens one.
func (d *Driver) session(ctx context.Context) (*session, error) {
	if s, err := d.living(); s != nil || err != nil {
		return s, err
	}
	select {
	case d.opening <- struct{}{}:
		defer func() { <-d.opening }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if s, err := d.living(); s != nil || err != nil {
		return s, err
	}
	s, err := d.open(ctx)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		s.close(errClosed)
		return nil, errClosed
	}
	d.current = s
	return s, nil
}

var errClosed = errors.New("the driver is closed")

// living returns the session if there is one that has not ended.
func (d *Driver) living() (*session, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, errClosed
	}
	if d.current == nil {
		return nil, nil
	}
	select {
	case <-d.current.over:
		return nil, nil
	default:
		return d.current, nil
	}
}

// Close takes leave of the message centre. Messages under way fail.
func (d *Driver) Close() error {
	d.mu.Lock()
	d.closed = true
	s := d.current
	d.mu.Unlock()
	if s != nil {
		s.unbind()
	}
	return nil
}
