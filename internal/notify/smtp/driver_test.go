package smtp_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	gosmtp "github.com/emersion/go-smtp"

	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/notify/smtp"
)

func TestSendDelivers(t *testing.T) {
	tests := map[string]struct {
		security smtp.Security
		setUp    func(t *testing.T, r *relay)
		login    bool
	}{
		"in the clear":               {smtp.None, func(t *testing.T, r *relay) { r.start(t, plain, false) }, false},
		"in the clear, logged in":    {smtp.None, func(t *testing.T, r *relay) { r.start(t, plain, false) }, true},
		"starttls":                   {smtp.StartTLS, func(t *testing.T, r *relay) { r.start(t, startTLS, false) }, false},
		"starttls by default":        {"", func(t *testing.T, r *relay) { r.start(t, startTLS, false) }, true},
		"tls from the first byte":    {smtp.TLS, func(t *testing.T, r *relay) { r.start(t, plain, true) }, false},
		"tls from the first, log in": {smtp.TLS, func(t *testing.T, r *relay) { r.start(t, plain, true) }, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := &relay{authenticate: test.login}
			test.setUp(t, r)
			cfg := r.config(test.security)
			if test.login {
				cfg.Username, cfg.Password = account, password
			}
			if err := newDriver(t, cfg).Send(t.Context(), message()); err != nil {
				t.Fatal(err)
			}
			got := r.received()
			if len(got) != 1 || got[0].from != "no-reply@pool.example" || got[0].to != "fixture@example.com" {
				t.Fatalf("received %+v", got)
			}
			if test.login && r.loggedIn != 1 {
				t.Errorf("logged in %d times", r.loggedIn)
			}
		})
	}
}

func TestSendJudgesAnswers(t *testing.T) {
	refusal := &gosmtp.SMTPError{Code: 550, EnhancedCode: gosmtp.EnhancedCode{5, 1, 1}, Message: "no mailbox fixture@example.com"}
	later := &gosmtp.SMTPError{Code: 451, EnhancedCode: gosmtp.EnhancedCode{4, 7, 1}, Message: "greylisted fixture@example.com"}
	tests := map[string]struct {
		onMail, onRcpt, onData error
		refused                bool
		want                   string
	}{
		"sender refused":    {refusal, nil, nil, true, "550 5.1.1"},
		"recipient refused": {nil, refusal, nil, true, "550 5.1.1"},
		"text refused":      {nil, nil, refusal, true, "550 5.1.1"},
		"sender later":      {later, nil, nil, false, "451 4.7.1"},
		"recipient later":   {nil, later, nil, false, "451 4.7.1"},
		"text later":        {nil, nil, later, false, "451 4.7.1"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := &relay{onMail: test.onMail, onRcpt: test.onRcpt, onData: test.onData}
			r.start(t, plain, false)
			err := newDriver(t, r.config(smtp.None)).Send(t.Context(), message())
			if err == nil || notify.IsRefused(err) != test.refused {
				t.Fatalf("Send() = %v, want refused = %v", err, test.refused)
			}
			if !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "fixture") {
				t.Errorf("the error has not just the codes: %v", err)
			}
		})
	}
}

func TestSendKeepsTroubleWithTheRelayTemporary(t *testing.T) {
	withLogin := func(c smtp.Config) smtp.Config { c.Username, c.Password = account, "wrong"; return c }
	tests := map[string]struct {
		security smtp.Security
		setUp    func(t *testing.T, r *relay)
		change   func(smtp.Config) smtp.Config
	}{
		"wrong credentials":   {smtp.StartTLS, func(t *testing.T, r *relay) { r.start(t, startTLS, false) }, withLogin},
		"no starttls offered": {smtp.StartTLS, func(t *testing.T, r *relay) { r.start(t, plain, false) }, func(c smtp.Config) smtp.Config { return c }},
		"unknown authority": {smtp.StartTLS, func(t *testing.T, r *relay) { r.start(t, startTLS, false) }, func(c smtp.Config) smtp.Config {
			c.RootCAs = nil
			return c
		}},
		"unknown authority, tls": {smtp.TLS, func(t *testing.T, r *relay) { r.start(t, plain, true) }, func(c smtp.Config) smtp.Config {
			c.RootCAs = nil
			return c
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := &relay{}
			test.setUp(t, r)
			err := newDriver(t, test.change(r.config(test.security))).Send(t.Context(), message())
			if err == nil || notify.IsRefused(err) || len(r.received()) != 0 {
				t.Fatalf("Send() = %v, received %d", err, len(r.received()))
			}
			if strings.Contains(err.Error(), account) || strings.Contains(err.Error(), "wrong") {
				t.Errorf("the error names the account: %v", err)
			}
		})
	}
}

func TestSendEndsWithItsTime(t *testing.T) {
	// The relay greets, or not, and then says nothing until the client leaves.
	for name, greeting := range map[string]string{"no greeting": "", "no answer to EHLO": "220 relay.example\r\n"} {
		t.Run(name, func(t *testing.T) {
			host, port := listen(t, func(c net.Conn) {
				_, _ = io.WriteString(c, greeting)
				_, _ = io.Copy(io.Discard, c)
			})
			d := newDriver(t, smtp.Config{Host: host, Port: port, Security: smtp.None, From: "a@pool.example", Timeout: 50 * time.Millisecond})
			err := d.Send(t.Context(), message())
			if !errors.Is(err, context.DeadlineExceeded) || notify.IsRefused(err) {
				t.Fatalf("Send() = %v", err)
			}
		})
	}
}

func TestSendEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	host, port := listen(t, func(c net.Conn) { cancel(); _, _ = io.Copy(io.Discard, c) })
	d := newDriver(t, smtp.Config{Host: host, Port: port, Security: smtp.None, From: "a@pool.example", Timeout: time.Minute, MaxConns: 1})
	if err := d.Send(ctx, message()); !errors.Is(err, context.Canceled) || notify.IsRefused(err) {
		t.Fatalf("Send() = %v", err)
	}
}

func TestSendWaitsForAConnection(t *testing.T) {
	connected, release := make(chan struct{}), make(chan struct{})
	host, port := listen(t, func(net.Conn) { connected <- struct{}{}; <-release })
	d := newDriver(t, smtp.Config{Host: host, Port: port, Security: smtp.None, From: "a@pool.example", Timeout: time.Minute, MaxConns: 1})
	first := make(chan error)
	go func() { first <- d.Send(t.Context(), message()) }()
	<-connected

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err := d.Send(ctx, message())
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "waiting for a connection") {
		t.Errorf("the second Send() = %v", err)
	}
	close(release)
	if err := <-first; err == nil {
		t.Error("a closed connection counts as delivery")
	}
}

// script plays a relay that accepts everything and ends the connection at the
// given step.
func script(end string) func(net.Conn) {
	return func(c net.Conn) {
		say := func(s string) { _, _ = fmt.Fprintf(c, "%s\r\n", s) }
		say("220 relay.example")
		for in := bufio.NewScanner(c); in.Scan(); {
			line := in.Text()
			switch {
			case line == end:
				return
			case line == "DATA":
				say("354 go on")
			case line == "QUIT":
				say("221 bye")
			case line == "." || line == "EHLO poolhouse.example" || strings.HasPrefix(line, "MAIL") || strings.HasPrefix(line, "RCPT"):
				say("250 ok")
			}
		}
	}
}

func TestSendWhenTheConnectionBreaks(t *testing.T) {
	for end, delivered := range map[string]bool{"QUIT": true, ".": false, "DATA": false} {
		t.Run(end, func(t *testing.T) {
			host, port := listen(t, script(end))
			d := newDriver(t, smtp.Config{Host: host, Port: port, Security: smtp.None, From: "a@pool.example", HELO: "poolhouse.example", Timeout: 5 * time.Second})
			err := d.Send(t.Context(), message())
			if (err == nil) != delivered || notify.IsRefused(err) {
				t.Fatalf("Send() = %v, want delivered = %v", err, delivered)
			}
		})
	}
}

func TestNewChecksItsConfig(t *testing.T) {
	good := smtp.Config{Host: "relay.example", From: "a@pool.example", Dial: (&net.Dialer{}).DialContext}
	tests := map[string]struct {
		change func(*smtp.Config)
		ok     bool
	}{
		"defaults":                         {func(*smtp.Config) {}, true},
		"credentials on this machine":      {func(c *smtp.Config) { c.Host, c.Security, c.Username, c.Password = "::1", smtp.None, "u", "p" }, true},
		"no dialer":                        {func(c *smtp.Config) { c.Dial = nil }, false},
		"no host":                          {func(c *smtp.Config) { c.Host = "" }, false},
		"no sender":                        {func(c *smtp.Config) { c.From = "" }, false},
		"sender with a line end":           {func(c *smtp.Config) { c.From = "a@pool.example\r\nX: y" }, false},
		"unknown security":                 {func(c *smtp.Config) { c.Security = "opportunistic" }, false},
		"port out of range":                {func(c *smtp.Config) { c.Port = 65536 }, false},
		"credentials in the clear":         {func(c *smtp.Config) { c.Security, c.Username, c.Password = smtp.None, "u", "p" }, false},
		"user name without password":       {func(c *smtp.Config) { c.Username = "u" }, false},
		"time limit below zero":            {func(c *smtp.Config) { c.Timeout = -1 }, false},
		"number of connections below zero": {func(c *smtp.Config) { c.MaxConns = -1 }, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			cfg := good
			test.change(&cfg)
			if _, err := smtp.New(cfg, time.Now); (err == nil) != test.ok {
				t.Errorf("New() = %v, want ok = %v", err, test.ok)
			}
		})
	}
}
