package webhook

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"poolhouse.dev/internal/notify"
)

const (
	defaultTimeout = 10 * time.Second
	// maxAnswer is how much of an answer is read, in bytes. Its content is of
	// no interest; reading a short one to its end lets the connection be reused.
	maxAnswer = 16 << 10
)

// Config describes the receiver.
type Config struct {
	// URL is an absolute http or https address.
	URL string
	// Secret is sent as a bearer token; "" sends none.
	Secret string
	// Timeout bounds one message. The default is 10 seconds.
	Timeout time.Duration
	// Client calls the receiver and bounds the headers and the length of its
	// answer; required.
	Client *http.Client
}

// Driver is a [notify.Driver] for both media.
type Driver struct {
	cfg    Config
	client *http.Client
}

// request is the JSON body of a delivery.
type request struct {
	ID      string `json:"id"`
	Medium  string `json:"medium"`
	To      string `json:"to"`
	Subject string `json:"subject"`
	Body    string `json:"body"`
	Kind    string `json:"kind"`
	PoolID  string `json:"poolId"`
}

// New returns a driver that posts to the address in cfg. It does not connect.
func New(cfg Config) (*Driver, error) {
	u, err := url.Parse(cfg.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("webhook: the URL is not an absolute http or https address")
	}
	if strings.ContainsFunc(cfg.Secret, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New("webhook: the secret holds a character that a header cannot")
	}
	cfg.Timeout = cmp.Or(cfg.Timeout, defaultTimeout)
	if cfg.Timeout < 0 {
		return nil, errors.New("webhook: the time limit must be positive")
	}
	if cfg.Client == nil {
		return nil, errors.New("webhook: no client")
	}
	client := *cfg.Client
	// A redirect would carry the code to an address nobody configured.
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Driver{cfg: cfg, client: &client}, nil
}

// Send posts m. An answer of 2xx means accepted. 4xx is a *[notify.Refused],
// except 408, 425 and 429; those, every other status and no answer at all are
// temporary. A message may be posted twice with the same id.
func (d *Driver) Send(ctx context.Context, m notify.Message) error {
	if err := m.Check(); err != nil {
		return err
	}
	body, err := json.Marshal(request{
		ID: m.ID, Medium: string(m.Medium), To: m.To, Subject: m.Subject,
		Body: m.Body, Kind: string(m.Kind), PoolID: m.PoolID,
	})
	if err != nil {
		return fmt.Errorf("webhook: encoding %s: %w", m.ID, err)
	}
	ctx, cancel := context.WithTimeout(ctx, d.cfg.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.cfg.URL, bytes.NewReader(body))
	if err != nil {
		return errors.New("webhook: the request cannot be built")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "poolhouse")
	if d.cfg.Secret != "" {
		req.Header.Set("Authorization", "Bearer "+d.cfg.Secret)
	}
	resp, err := d.client.Do(req)
	if err != nil {
		return fmt.Errorf("webhook: posting: %w", withoutURL(err))
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.CopyN(io.Discard, resp.Body, maxAnswer)
	return judge(resp.StatusCode)
}

// judge returns what a status means for the message.
func judge(status int) error {
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly, status == http.StatusTooManyRequests:
	case status >= 400 && status < 500:
		return &notify.Refused{Reason: fmt.Sprintf("the webhook answered %d", status)}
	}
	return fmt.Errorf("webhook: answered %d", status)
}

// withoutURL takes the address out of err, since a webhook's address is often a
// secret itself.
func withoutURL(err error) error {
	var e *url.Error
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}
