package smtp

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"time"

	"poolhouse.dev/internal/notify"
)

// Security is how the connection to the relay is protected.
type Security string

// The ways to protect a connection. There is no "if the relay offers it": who
// can strip the offer could read the codes.
const (
	// None sends in the clear. Credentials are then accepted for a relay on
	// this very machine only.
	None Security = "none"
	// StartTLS upgrades the connection and gives up when that fails.
	StartTLS Security = "starttls"
	// TLS speaks TLS from the first byte.
	TLS Security = "tls"
)

// Config describes a relay.
type Config struct {
	Host string
	// Port defaults to 587 for starttls, 465 for tls and 25 for none.
	Port int
	// Security defaults to starttls.
	Security Security
	// Username and Password are the relay's credentials; both "" for none.
	Username, Password string
	// From is the sender for pools that have none of their own, an address or
	// `Name <address>`.
	From string
	// HELO is the name by which the server introduces itself; the machine's
	// own name by default.
	HELO string
	// Dial opens connections, to the addresses that are allowed; required.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Timeout bounds one message from waiting for a connection to the relay's
	// last answer. The default is 10 seconds.
	Timeout time.Duration
	// RootCAs are the authorities that may vouch for the relay; nil means
	// those of the system.
	RootCAs *x509.CertPool
	// MaxConns bounds the connections open at once. The default is 4.
	MaxConns int
}

const (
	defaultTimeout  = 10 * time.Second
	defaultMaxConns = 4
	maxPort         = 65535
)

// withDefaults returns c complete and checked.
func (c Config) withDefaults() (Config, error) {
	ports := map[Security]int{None: 25, StartTLS: 587, TLS: 465}
	c.Security = cmp.Or(c.Security, StartTLS)
	c.Port = cmp.Or(c.Port, ports[c.Security])
	c.Timeout = cmp.Or(c.Timeout, defaultTimeout)
	c.MaxConns = cmp.Or(c.MaxConns, defaultMaxConns)
	switch {
	case c.Host == "":
		return c, errors.New("smtp: no host")
	case c.Dial == nil:
		return c, errors.New("smtp: no dialer")
	case ports[c.Security] == 0:
		return c, fmt.Errorf("smtp: security %q is none of none, starttls, tls", c.Security)
	case c.Port < 1 || c.Port > maxPort:
		return c, fmt.Errorf("smtp: port %d is out of range", c.Port)
	case c.Timeout < 0 || c.MaxConns < 0:
		return c, errors.New("smtp: the time limit and the number of connections must be positive")
	case (c.Username == "") != (c.Password == ""):
		return c, errors.New("smtp: user name and password belong together")
	case c.Username != "" && c.Security == None && !isLoopback(c.Host):
		return c, errors.New("smtp: credentials for another machine need starttls or tls")
	}
	if _, err := notify.ParseSender(c.From); err != nil {
		return c, fmt.Errorf("smtp: sender: %w", err)
	}
	return c, nil
}

func (c Config) tls() *tls.Config {
	return &tls.Config{ServerName: c.Host, RootCAs: c.RootCAs, MinVersion: tls.VersionTLS12}
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
