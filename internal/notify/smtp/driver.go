package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"strconv"
	"time"

	"github.com/wneessen/go-mail"

	"poolhouse.dev/internal/notify"
)

// quitTime bounds the farewell after the relay has accepted a message.
const quitTime = time.Second

// Driver is a [notify.Driver] for e-mail. Each message has its own connection.
type Driver struct {
	cfg   Config
	slots chan struct{}
	now   func() time.Time
}

// New returns a driver for the relay that cfg describes. It does not connect.
// now dates a message that has no time of its own.
func New(cfg Config, now func() time.Time) (*Driver, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Driver{cfg: cfg, slots: make(chan struct{}, cfg.MaxConns), now: now}, nil
}

// Send hands m to the relay. A 5xx answer to the message (its sender, its
// recipient, its text) is a *[notify.Refused]. All else that goes wrong is
// temporary: a 4xx answer, time running out, and anything before the message is
// named (no connection, a bad certificate, credentials turned down), which tells
// of the relay and its configuration and nothing of the message.
func (d *Driver) Send(ctx context.Context, m notify.Message) error {
	if m.Medium != notify.Email {
		return &notify.Refused{Reason: "smtp delivers e-mail only"}
	}
	if err := m.Check(); err != nil {
		return err
	}
	letter, err := d.compose(m)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, d.cfg.Timeout)
	defer cancel()
	select {
	case d.slots <- struct{}{}:
		defer func() { <-d.slots }()
	case <-ctx.Done():
		return fmt.Errorf("smtp: waiting for a connection: %w", ctx.Err())
	}
	err = d.deliver(ctx, letter)
	if err != nil && ctx.Err() != nil && !notify.IsRefused(err) {
		return fmt.Errorf("%w: %w", err, ctx.Err())
	}
	return err
}

// deliver sends letter over a connection of its own, which is cut when ctx ends.
func (d *Driver) deliver(ctx context.Context, letter *mail.Msg) error {
	var conn net.Conn
	stop := func() bool { return true }
	dial := func(dialCtx context.Context, network, address string) (net.Conn, error) {
		c, err := d.dial(dialCtx, network, address)
		if err != nil {
			return nil, err
		}
		// The library sets its own deadline anew at several points; cutting
		// the connection is what bounds the whole.
		conn, stop = c, context.AfterFunc(ctx, func() { _ = c.Close() })
		return c, nil
	}
	client, err := mail.NewClient(d.cfg.Host, d.options(dial)...)
	if err != nil {
		return fmt.Errorf("smtp: preparing the client: %w", err)
	}
	session, err := client.DialToSMTPClientWithContext(ctx)
	if conn != nil {
		defer func() { stop(); _ = conn.Close() }()
	}
	if err != nil {
		return fmt.Errorf("smtp: opening a session: %w", withoutText(err))
	}
	err = client.SendWithSMTPClient(session, letter)
	if letter.IsDelivered() {
		// Accepted. How the farewell goes changes nothing.
		_ = conn.SetDeadline(time.Now().Add(quitTime))
		_ = client.CloseWithSMTPClient(session)
		return nil
	}
	return judge(err)
}

// dial opens the connection, with TLS around it when that comes first.
func (d *Driver) dial(ctx context.Context, network, address string) (net.Conn, error) {
	raw, err := d.cfg.Dial(ctx, network, address)
	if err != nil || d.cfg.Security != TLS {
		return raw, err
	}
	conn := tls.Client(raw, d.cfg.tls())
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = raw.Close()
		return nil, err
	}
	return conn, nil
}

func (d *Driver) options(dial mail.DialContextFunc) []mail.Option {
	policy := mail.NoTLS
	if d.cfg.Security == StartTLS {
		policy = mail.TLSMandatory
	}
	options := []mail.Option{
		mail.WithPort(d.cfg.Port),
		// Never the first to end: Send's context is, and its error says so.
		mail.WithTimeout(2 * d.cfg.Timeout),
		mail.WithTLSPolicy(policy),
		mail.WithTLSConfig(d.cfg.tls()),
		mail.WithDialContextFunc(dial),
		mail.WithoutNoop(),
		mail.WithoutRset(),
		// Addresses are ASCII, so a relay need not promise anything more.
		mail.WithoutSMTPUTF8(),
	}
	if d.cfg.HELO != "" {
		options = append(options, mail.WithHELO(d.cfg.HELO))
	}
	if d.cfg.Username != "" {
		options = append(options,
			mail.WithUsername(d.cfg.Username), mail.WithPassword(d.cfg.Password),
			mail.WithOpportunisticSMTPAuth(mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthPlain, mail.SMTPAuthLogin))
	}
	return options
}

// judge turns the outcome of a transaction into an error of this package. A
// relay's text often repeats the recipient, so only its codes are kept.
func judge(err error) error {
	var failed *mail.SendError
	if !errors.As(err, &failed) {
		return errors.New("smtp: the relay did not accept the message")
	}
	step := failed.Reason.String()
	code := failed.ErrorCode()
	if code == 0 {
		return fmt.Errorf("smtp: %s: no answer", step)
	}
	answer := strconv.Itoa(code)
	if status := failed.EnhancedStatusCode(); status != "" {
		answer += " " + status
	}
	if code >= 500 {
		return &notify.Refused{Reason: fmt.Sprintf("%s: the relay answered %s", step, answer)}
	}
	return fmt.Errorf("smtp: %s: the relay answered %s", step, answer)
}

// withoutText replaces a relay's answer in err by its code: the text may name
// the account.
func withoutText(err error) error {
	var answer *textproto.Error
	if errors.As(err, &answer) {
		return fmt.Errorf("the relay answered %d", answer.Code)
	}
	return err
}
